"""tasks/: the operators of a model's float `.tflite`, by the numbers that recipes name them by."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from optimizer.reporting import Report
from optimizer.techniques.scheme import FloatOperator
from optimizer.workers.work import Work


@dataclass(frozen=True)
class ListOperators(Work[tuple[FloatOperator, ...]]):
    """Lists the operators of a float file, and what each can be.

    Attributes:
        float_tflite: The file.
    """

    urgent: ClassVar[bool] = True
    needs_tensorflow: ClassVar[bool] = False

    float_tflite: Path

    def run(self, report: Report) -> tuple[FloatOperator, ...]:
        """See `Work.run`.

        Raises:
            MeasurementError: the file is damaged.
        """
        from optimizer.techniques.converters.mixing import operators_of  # noqa: PLC0415 (workers only)
        from optimizer.tflite.flatbuffer import open_flatbuffer, whole  # noqa: PLC0415

        report("Reading the operators", 0.0)
        file = open_flatbuffer(self.float_tflite)
        with whole(file.name):
            return operators_of(file.graphs[0])
