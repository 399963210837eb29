"""tasks/: what files need on microcontrollers and accelerators that are not here."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from optimizer.devices.estimates import Estimate, MicroArena
from optimizer.reporting import Report
from optimizer.tasks.study_files import StudyData
from optimizer.workers.work import Work


@dataclass(frozen=True)
class AskedFile:
    """A variant's file.

    Attributes:
        recipe: Of the variant.
        file: The `.tflite`.
        runs: What LiteRT runs in its place, to be asked how samples are fed: what a packed one was
            made of; else the same.
        sha256: Of `file`.
        activations: Bytes that activations take, as far as the file tells.
    """

    recipe: str
    file: Path
    runs: Path
    sha256: str
    activations: int


@dataclass(frozen=True)
class EstimateDevices(Work[tuple[Estimate, ...]]):
    """Runs files in TFLite Micro, and has Vela compile them for Ethos-U, where both are installed.

    Attributes:
        files: The files.
        data: The study's data: one sample runs through each.
        accelerators: Of `devices.vela.ACCELERATORS`.
    """

    urgent: ClassVar[bool] = True
    needs_tensorflow: ClassVar[bool] = False

    files: tuple[AskedFile, ...]
    data: StudyData
    accelerators: tuple[str, ...]

    def run(self, report: Report) -> tuple[Estimate, ...]:
        """See `Work.run`.

        Raises:
            MeasurementError: a file is damaged.
        """
        found = []
        for place, one in enumerate(self.files):
            report(f"Trying {one.recipe}", place / len(self.files))
            found.append(self._of(one))
        return tuple(found)

    def _of(self, one: AskedFile) -> Estimate:
        from optimizer.devices.vela import run_in_vela, vela_version  # noqa: PLC0415
        from optimizer.measure.inside.targets import TARGETS  # noqa: PLC0415 (workers only)
        from optimizer.tflite.flatbuffer import open_flatbuffer, whole  # noqa: PLC0415

        read = open_flatbuffer(one.file)
        with whole(read.name):
            judged = TARGETS["tflite_micro"](read.uses, (), ())
        vela = vela_version()
        with tempfile.TemporaryDirectory(dir=self.out) as folder:
            wanted: Sequence[str] = self.accelerators if vela else ()
            npus = run_in_vela(one.file, wanted, Path(folder)) if wanted else ()
        return Estimate(
            recipe=one.recipe,
            sha256=one.sha256,
            missing=tuple(f"{each.what} ({each.reason})" for each in judged.obstacles),
            micro=self._in_micro(one),
            vela=vela,
            npus=npus,
        )

    def _in_micro(self, one: AskedFile) -> MicroArena | None:
        from optimizer.measure.micro import micro_version, run_in_micro  # noqa: PLC0415
        from optimizer.tflite.runner import Runner  # noqa: PLC0415

        version = micro_version()
        if version is None:
            return None
        samples = self.data.open().samples("evaluation")
        first = samples.batch(0, 1)
        runner = Runner(one.runs, first, samples.names)
        _, outputs = runner.ports()
        ran = run_in_micro(one.file, [runner.prepare(first)], len(outputs), one.activations)
        return MicroArena(version, ran.arena_bytes, ran.head_bytes, ran.reason)
