"""tasks/: reads what a device has measured, which may be anybody's file, for one study."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from optimizer.devices.measured import DeviceResult, FileThere
from optimizer.devices.outputs import how_they_differ
from optimizer.errors import DeviceError
from optimizer.reporting import Report
from optimizer.words import one_line
from optimizer.workers.work import Work

RAW_TIMES = "times.npz"
SHORT = 12  # characters of a SHA-256 in a message


@dataclass(frozen=True)
class KnownFile:
    """A variant's file, as the study has it.

    Attributes:
        recipe: Of the variant.
        sha256: Of the file.
        whole_numbers: Whether it may compute with integers inside.
    """

    recipe: str
    sha256: str
    whole_numbers: bool


@dataclass(frozen=True)
class ReadDeviceResult(Work[DeviceResult]):
    """Reads a result file, and holds it against the study. `out` takes every time, as `RAW_TIMES`.

    Attributes:
        file: What somebody gave.
        mark: Of the study, see `store.mark`.
        known: Its files, the baseline first.
    """

    urgent: ClassVar[bool] = True
    needs_tensorflow: ClassVar[bool] = False

    file: Path
    mark: str
    known: tuple[KnownFile, ...]

    def run(self, report: Report) -> DeviceResult:
        """See `Work.run`.

        Raises:
            DeviceError: it is none, contradicts itself, or is not about this study's files.
        """
        from optimizer.devices.result_file import read_result  # noqa: PLC0415 (workers only)

        report("Reading the result", 0.0)
        mark, found, times = read_result(self.file)
        if mark != self.mark:
            raise DeviceError(
                "The file was measured for another study: its model or data are others. Import it "
                "where its bundle was made."
            )
        files = tuple(self._held(one) for one in found.run.files)
        if files[0].sha256 != self.known[0].sha256:
            raise DeviceError(
                "The first file that ran there is not this study's baseline, so that no ratio has "
                "a meaning. Make a new bundle, and run that."
            )
        np.savez_compressed(
            self.out / RAW_TIMES,
            wall_ms=times.wall_ms, cpu_ms=times.cpu_ms, preempted=times.preempted,
        )  # fmt: skip
        return replace(found, run=replace(found.run, files=files))

    def _held(self, there: FileThere) -> FileThere:
        """What ran there, if it is a file of the study."""
        mine = next((one for one in self.known if one.sha256 == there.sha256), None)
        called = one_line(there.recipe)
        if mine is None:
            raise DeviceError(
                f"“{called}” ran there as a file that this study does not have (SHA-256 "
                f"{there.sha256[:SHORT]}…): it was made anew since, or is another's. Make a new "
                "bundle, and run that."
            )
        if mine.recipe != there.recipe:
            raise DeviceError(
                f"The file calls “{called}” what is {one_line(mine.recipe)} in this study. Run the "
                "bundle again, and import the file that it writes, as it is."
            )
        differs = how_they_differ(there.outputs, whole_numbers=mine.whole_numbers)
        return replace(there, differs=differs)
