"""tasks/: writes TFLite metadata into a copy of a file, which must compute the same as before."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from optimizer.errors import MeasurementError
from optimizer.reporting import Report
from optimizer.tasks.study_files import StudyData
from optimizer.tflite.described import Described
from optimizer.workers.work import Work

MADE = "described.tflite"
SAMPLES = 3


@dataclass(frozen=True)
class DescribeFile(Work[None]):
    """Writes the file with metadata into `out`, as `MADE`.

    Attributes:
        file: The variant's `.tflite`.
        data: The study's data, of which some samples run through both files.
        described: What the metadata say.
    """

    urgent: ClassVar[bool] = True
    needs_tensorflow: ClassVar[bool] = False

    file: Path
    data: StudyData
    described: Described

    def run(self, report: Report) -> None:
        """See `Work.run`.

        Raises:
            MeasurementError: the file is damaged, cannot be run, or computes something else now.
        """
        from optimizer.tflite.metadata import with_tflite_metadata  # noqa: PLC0415 (workers only)
        from optimizer.tflite.runner import Runner  # noqa: PLC0415

        report("Writing metadata", 0.0)
        made = self.out / MADE
        made.write_bytes(with_tflite_metadata(self.file.read_bytes(), self.described))
        samples = self.data.open().samples("evaluation")
        one = samples.batch(0, 1)
        before, after = Runner(self.file, one, samples.names), Runner(made, one, samples.names)
        for at in range(min(SAMPLES, len(samples))):
            arrays = samples.batch(at, at + 1)
            said = [[part.tobytes() for part in each.run(each.prepare(arrays))]
                    for each in (before, after)]  # fmt: skip
            if said[0] != said[1]:
                raise MeasurementError(
                    f"{self.file.name} computes something else with metadata in it, so none were "
                    "written. Ship the file without them."
                )
