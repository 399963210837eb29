"""tasks/: what a bundle needs of each file: inputs as it takes them, and what it says then."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from optimizer.arrays import Array
from optimizer.files.digest import digest
from optimizer.reporting import Report
from optimizer.tasks.study_files import StudyData
from optimizer.workers.work import Work

if TYPE_CHECKING:
    from optimizer.data.dataset import ScaledSamples

SAMPLES = 16
"""As many as are timed at home; on these outputs are compared, too."""


@dataclass(frozen=True)
class BundledOutput:
    """What a value of an output stands for: scale * (value - zero point); a scale of 0: itself."""

    scale: float
    zero_point: int


@dataclass(frozen=True)
class BundledFile:
    """How a file is fed on a device, and what it should say; paths are in the task's `out`.

    Attributes:
        inputs: An .npz of arrays `input-sample`, both numbers, in the file's order of its inputs.
        expected: An .npz of arrays `output-sample`, in the file's order of its outputs.
        samples: How many.
        takes: Inputs of the file.
        gives: Its outputs.
    """

    inputs: str
    expected: str
    samples: int
    takes: int
    gives: tuple[BundledOutput, ...]


@dataclass(frozen=True)
class GatherBundle(Work[tuple[BundledFile, ...]]):
    """Runs some samples through files, and keeps what goes in and comes out.

    Attributes:
        files: `.tflite` files of the study.
        data: Its data.
    """

    urgent: ClassVar[bool] = True
    needs_tensorflow: ClassVar[bool] = False

    files: tuple[Path, ...]
    data: StudyData

    def run(self, report: Report) -> tuple[BundledFile, ...]:
        """See `Work.run`.

        Raises:
            MeasurementError: a file is damaged, or cannot be run.
        """
        dataset = self.data.open()
        samples = dataset.samples("calibration" if dataset.record.calibration else "evaluation")
        found = []
        for number, file in enumerate(self.files):
            report("Running samples", number / len(self.files))
            found.append(self._of(file, number, samples))
        return tuple(found)

    def _of(self, file: Path, number: int, samples: "ScaledSamples") -> BundledFile:
        from optimizer.tflite.runner import Runner  # noqa: PLC0415 (workers only)

        count = min(SAMPLES, len(samples))
        runner = Runner(file, samples.batch(0, 1), samples.names)
        ports = sorted(runner.ports()[1], key=lambda port: port.place)
        order = [port.place for port in runner.ports()[1]]
        fed, said = [], []
        for at in range(count):
            prepared = runner.prepare(samples.batch(at, at + 1))
            runner.run(prepared)
            fed.append(prepared)
            stored = dict(zip(order, runner.stored(), strict=True))
            said.append([stored[port.place] for port in ports])
        written = self._kept(fed, f"inputs-{number}")
        inputs = f"{digest(written)[:16]}.npz"  # several files take the same
        written.replace(self.out / inputs)
        expected = self._kept(said, f"expected-{number}").name
        gives = tuple(BundledOutput(port.scale, port.zero_point) for port in ports)
        return BundledFile(inputs, expected, count, len(fed[0]), gives)

    def _kept(self, each: Sequence[Sequence[Array]], name: str) -> Path:
        arrays = {
            f"{place}-{sample}": array
            for sample, arrays in enumerate(each)
            for place, array in enumerate(arrays)
        }
        path = self.out / f"{name}.npz"
        np.savez(path, **cast(dict[str, Any], arrays))  # of which one could be allow_pickle
        return path
