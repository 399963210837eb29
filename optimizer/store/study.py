"""store/: a study folder: one writer, atomic writes, reopened after a kill at any moment.

study.json            the index (`records.StudyIndex`)
model/                the file as it came, and the SavedModel that conversions share
model/float32.tflite  what the LiteRT Quantizer starts from, and the baseline
data/ID/              inputs, labels and roles as .npy, and the float32 outputs
variants/             NAME.tflite, NAME.npz (predictions on the evaluation role), NAME.audit.json
training/             what training steps left, see `training_folders`
jobs/ID/              progress and log of each job, and what it has not finished yet
"""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from optimizer.errors import StudyError
from optimizer.files import locks
from optimizer.files.atomic import write_atomically
from optimizer.store.records import Job, Status, StudyIndex, Variant, now
from optimizer.store.schema import NewerSchemaError, upgraded

INDEX = "study.json"
LOCK = ".lock"
FLOAT_TFLITE = "model/float32.tflite"


def read_index(folder: Path) -> StudyIndex:
    """Reads a study's index without opening the study.

    Raises:
        StudyError: there is none, a newer Liteweigh wrote it, or it is damaged.
    """
    try:
        content = (folder / INDEX).read_bytes()
    except FileNotFoundError as error:
        raise no_study_in(folder) from error
    try:
        index = StudyIndex.model_validate(upgraded(json.loads(content)))
    except NewerSchemaError as error:
        raise StudyError(
            f"The study in {folder} was written by a newer Liteweigh ({error}). Update Liteweigh, "
            "or open the study where it was made."
        ) from error
    except (ValueError, RecursionError) as error:
        raise StudyError(
            f"The study in {folder} cannot be read: its {INDEX} is damaged ({_phrase(error)}). "
            "Put back a copy of that file, or start a new study."
        ) from error
    # A folder may have been copied or renamed: two studies in one process are never called alike.
    return index.model_copy(update={"id": folder.absolute().name})


def _phrase(error: Exception) -> str:
    """What is wrong with an index, without line breaks."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return f"{place}: {first['msg']}"
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError):
        return "it is not JSON"
    return str(error)


def no_study_in(folder: Path) -> StudyError:
    """The error for a folder without an index."""
    return StudyError(f"There is no study in {folder}: it has no {INDEX}. Choose a study's folder.")


class Study:
    """A study opened for writing. Its index is replaced whole, under a lock, at each change."""

    def __init__(self, folder: Path) -> None:
        """Opens the study in `folder`; jobs that a dead process left become interrupted.

        Raises:
            StudyError: there is none, it cannot be read, or another process has it open.
        """
        self.folder = folder
        self._lock = threading.RLock()
        self._descriptor = _take(folder)
        try:  # only now: until the lock is had another process may still write
            self._index = read_index(folder)
        except StudyError:
            os.close(self._descriptor)
            raise
        self._write(self._index)
        for job in self._index.jobs:
            if job.status.active:
                self.set_job(job.id, status=Status.INTERRUPTED, ended=now())

    @classmethod
    def create(cls, folder: Path, index: StudyIndex) -> "Study":
        """Turns `folder`, which holds the model already, into a study."""
        for name in ("data", "variants", "jobs"):
            (folder / name).mkdir(exist_ok=True)
        write_atomically(folder / INDEX, index.model_dump_json(indent=1).encode())
        return cls(folder)

    @property
    def index(self) -> StudyIndex:
        """The index as it is now; immutable, so it can be read without a lock."""
        return self._index

    @property
    def float_tflite(self) -> Path:
        """The float32 `.tflite` that was made when the model was opened."""
        return self.folder / FLOAT_TFLITE

    @property
    def data_folder(self) -> Path:
        """Where the dataset lies.

        Raises:
            StudyError: the study has no data yet.
        """
        if self._index.data_folder is None:
            raise StudyError("The study has no data yet. Add some on the Data page.")
        return self.folder / self._index.data_folder

    def job_folder(self, job_id: str) -> Path:
        """Where a job keeps its progress and its log."""
        return self.folder / "jobs" / job_id

    def update(self, change: Callable[[StudyIndex], StudyIndex]) -> None:
        """Replaces the index by `change(index)`."""
        with self._lock:
            self._write(change(self._index))

    def add_job(self, job: Job) -> None:
        """Adds a job and makes its folder."""
        self.job_folder(job.id).mkdir()
        self.update(lambda index: index.model_copy(update={"jobs": (*index.jobs, job)}))

    def set_job(self, job_id: str, **changes: object) -> None:
        """Changes fields of one job."""

        def change(index: StudyIndex) -> StudyIndex:
            jobs = tuple(
                job.model_copy(update=changes) if job.id == job_id else job for job in index.jobs
            )
            return index.model_copy(update={"jobs": jobs})

        self.update(change)

    def put_variant(self, variant: Variant) -> None:
        """Adds a variant, in the place of one with the same recipe if there is one."""

        def change(index: StudyIndex) -> StudyIndex:
            recipes = [old.recipe for old in index.variants]
            if variant.recipe not in recipes:
                return index.model_copy(update={"variants": (*index.variants, variant)})
            variants = tuple(
                variant if old.recipe == variant.recipe else old for old in index.variants
            )
            return index.model_copy(update={"variants": variants})

        self.update(change)

    def variant(self, recipe: str) -> Variant | None:
        """The variant that a recipe made; None if there is none."""
        return next((v for v in self._index.variants if v.recipe == recipe), None)

    def close(self) -> None:
        """Lets another process open the study."""
        os.close(self._descriptor)

    def _write(self, index: StudyIndex) -> None:
        write_atomically(self.folder / INDEX, index.model_dump_json(indent=1).encode())
        self._index = index


def _take(folder: Path) -> int:
    """Locks the study for this process; the system lets go when the process dies."""
    if not (folder / INDEX).is_file():
        raise no_study_in(folder)
    try:
        return locks.take(folder / LOCK)
    except BlockingIOError as error:
        raise StudyError(
            f"Another process has the study {folder.name} open. Close it there first."
        ) from error
