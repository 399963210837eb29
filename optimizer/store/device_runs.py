"""store/: what devices have measured with bundles, as a study keeps it.

Every single time lies in `devices/ID.npz`, by the run's id; all else stands in the index.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from optimizer.devices.device import Device
from optimizer.devices.measured import DeviceRun, FileThere
from optimizer.store.records import StudyIndex, Variant
from optimizer.store.study import Study

FOLDER = "devices"


def put_run(study: Study, device: Device, run: DeviceRun, raw_times: Path) -> None:
    """Adds a run, and the device where it is new or has another name now.

    Args:
        study: Open for writing.
        device: That measured it.
        run: With that device's id.
        raw_times: Is moved into the study.

    Raises:
        OSError: the disk does not take it; nothing was added.
    """
    folder = study.folder / FOLDER
    folder.mkdir(exist_ok=True)
    kept = folder / f"{run.id}.npz"
    shutil.move(raw_times, kept)

    def change(index: StudyIndex) -> StudyIndex:
        others = {one.id: one for one in index.devices} | {device.id: device}
        runs = (*index.device_runs, run)
        return index.model_copy(update={"devices": tuple(others.values()), "device_runs": runs})

    try:
        study.update(change)
    except OSError:
        kept.unlink(missing_ok=True)
        raise


def runs_on(index: StudyIndex, device: str) -> Iterator[DeviceRun]:
    """What a device measured, the latest first."""
    return (run for run in reversed(index.device_runs) if run.device == device)


def found_there(
    index: StudyIndex, variant: Variant, device: str
) -> tuple[DeviceRun, FileThere] | None:
    """What a device last found of a variant's file as it is now; None where it did not run it."""
    for run in runs_on(index, device):
        for file in run.files:
            if file.sha256 == variant.sha256 and file.recipe == variant.recipe:
                return run, file
    return None
