"""tasks/: what a bundle needs of each file: inputs as it takes them, and what it says then."""

import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from optimizer.arrays import Array
from optimizer.devices.wheels import LEFT_OUT, MOST_BYTES, too_large
from optimizer.files.digest import digest
from optimizer.reporting import Report
from optimizer.tasks.study_files import StudyData
from optimizer.workers.work import Work

if TYPE_CHECKING:
    from optimizer.data.dataset import ScaledSamples

WHEELS, SLIMMED = "wheels", "ai_edge_litert-"
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
        wheels: What goes along for a machine without a network; a copy of each, without parts that
            no CPU needs where all are too large, lies in `WHEELS` afterwards.
    """

    urgent: ClassVar[bool] = True
    needs_tensorflow: ClassVar[bool] = False

    files: tuple[Path, ...]
    data: StudyData
    wheels: tuple[Path, ...] = ()

    def run(self, report: Report) -> tuple[BundledFile, ...]:
        """See `Work.run`.

        Raises:
            MeasurementError: a file is damaged, or cannot be run.
            DeviceError: the wheels are too large.
        """
        dataset = self.data.open()
        samples = dataset.samples("calibration" if dataset.record.calibration else "evaluation")
        found = []
        for number, file in enumerate(self.files):
            report("Running samples", number / len(self.files))
            found.append(self._of(file, number, samples))
        if self.wheels:
            report("Packing wheels", 0.0)
            self._pack_wheels()
        return tuple(found)

    def _pack_wheels(self) -> None:
        """Here and not in the server, which opens no file of others."""
        folder = self.out / WHEELS
        folder.mkdir()
        small = sum(wheel.stat().st_size for wheel in self.wheels) <= MOST_BYTES
        for wheel in self.wheels:
            if small or not wheel.name.startswith(SLIMMED):
                shutil.copyfile(wheel, folder / wheel.name)
                continue
            with (
                zipfile.ZipFile(wheel) as whole,
                zipfile.ZipFile(folder / wheel.name, "w", zipfile.ZIP_DEFLATED) as kept,
            ):
                for member in whole.infolist():
                    if not member.filename.startswith(LEFT_OUT):
                        kept.writestr(member, whole.read(member))
        if sum(wheel.stat().st_size for wheel in folder.iterdir()) > MOST_BYTES:
            raise too_large(MOST_BYTES)

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
