"""store/: what a killed process left in a study: what can be gone on with is taken back, the rest
is deleted."""

import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from optimizer.files.atomic import HALF_WRITTEN
from optimizer.store.records import Status
from optimizer.store.study import Study
from optimizer.store.training_folders import TRAINING, take_back_if_possible
from optimizer.workers.cell import recover
from optimizer.workers.logs import clear_all_but_log

LOGGER = logging.getLogger(__name__)
OURS = re.compile("[0-9a-f]{12,32}")
"""Names that only Liteweigh gives: of a job's folder, of a dataset's."""


def sweep(study: Study) -> None:
    """Puts a study in order that was just opened; what the disk refuses stays for the next time."""
    index = study.index
    jobs = {job.id: job for job in index.jobs}
    for folder in _named_by_us(study.folder / "jobs"):
        if folder.name not in jobs:  # it was to be one's
            _delete(folder)
            continue
        recover(folder)
        if take_back_if_possible(folder, study.folder) and (
            jobs[folder.name].status is Status.INTERRUPTED
        ):
            with suppress(OSError):
                clear_all_but_log(folder)
    kept = Path(index.data_folder or "").name
    for folder in _named_by_us(study.folder / "data"):
        if folder.name != kept:
            _delete(folder)
    for place in (".", "model", "variants", f"{TRAINING}/*", "data/*"):
        for half in study.folder.glob(f"{place}/{HALF_WRITTEN}"):
            _delete(half)


def _named_by_us(folder: Path) -> Iterator[Path]:
    return (entry for entry in folder.glob("*") if OURS.fullmatch(entry.name))


def _delete(left: Path) -> None:
    try:
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    except OSError as error:
        LOGGER.warning("%s stays: %s", left, error)
