"""store/: a study folder: one writer, atomic writes, reopened after a kill at any moment.

study.json            the index (`records.StudyIndex`)
model/                the file as it came, and the SavedModel that conversions share
model/float32.tflite  what the LiteRT Quantizer starts from, and the baseline
data/ID/              inputs, labels and roles as .npy, and the float32 outputs
variants/             NAME.tflite, NAME.npz (predictions on the evaluation role), NAME.audit.json
brought/              finished files of others, see `brought_files`
training/             what training steps left, see `training_folders`
jobs/ID/              progress and log of each job, and what it has not finished yet
"""

import json
import logging
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from optimizer.data.class_names import check_names
from optimizer.errors import StudyError
from optimizer.files import locks, refusal
from optimizer.files.atomic import write_atomically
from optimizer.recipes import parse
from optimizer.store.records import Job, Status, StudyIndex, Variant, now
from optimizer.store.schema import NewerSchemaError, upgraded
from optimizer.words import LONGEST_LINE, one_line

LOGGER = logging.getLogger(__name__)
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
    except OSError as error:
        raise StudyError(
            f"The study in {folder} cannot be read ({error.strerror}). Check the disk, and that "
            "this user may read it."
        ) from error
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
        return one_line(f"{place}: {first['msg']}", LONGEST_LINE)
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError):
        return "it is not JSON"
    return one_line(str(error), LONGEST_LINE)


def no_study_in(folder: Path) -> StudyError:
    """The error for a folder without an index."""
    return StudyError(f"There is no study in {folder}: it has no {INDEX}. Choose a study's folder.")


class Study:
    """A study opened for writing. Its index is replaced whole, under a lock, at each change.

    Attributes:
        folder: Where it lies.
        held: Its lock, which is let go of with the last reference to the study.
        note: What is to be said of its folder, in a sentence: that it was copied or renamed; else
            None.
        trouble: Why the file of the index is behind what is known here, in a sentence for the
            user; None while it is not. See `catch_up`.
    """

    def __init__(self, folder: Path, study_id: str | None = None) -> None:
        """Opens the study in `folder`; jobs that a dead process left become interrupted.

        Where the disk takes nothing, it opens all the same.

        Args:
            folder: Where it lies.
            study_id: What it is called, if not by the folder: that is its name only once it is
                whole, see `move`.

        Raises:
            StudyError: there is none, it cannot be read, or another process has it open.
        """
        self.folder = folder
        self.note: str | None = None
        self.trouble: str | None = None
        self._lock = threading.RLock()
        self.held = _take(folder)
        weakref.finalize(self, self.held.let_go)
        try:  # only now: until the lock is had another process may still write
            index = read_index(folder)
            if study_id:
                index = index.model_copy(update={"id": study_id})
            self._index = _without_active_jobs(index)
            content = (folder / INDEX).read_bytes()
            self._behind = content != _content(self._index)
            if not study_id:
                self.note = _renamed(content, self._index.id)
        except BaseException:
            self.held.let_go()
            raise
        self.catch_up()

    @classmethod
    def create(cls, folder: Path, index: StudyIndex) -> "Study":
        """Turns `folder`, which holds the model already, into a study called `index.id`.

        Raises:
            OSError: the disk does not take it.
        """
        for name in ("data", "variants", "jobs"):
            (folder / name).mkdir(exist_ok=True)
        write_atomically(folder / INDEX, _content(index))
        return cls(folder, index.id)

    def move(self, folder: Path) -> None:
        """Gives the study its place, which is nobody's yet, once it is whole.

        Raises:
            OSError: the disk does not take it; it stays where it is.
        """
        self.folder.rename(folder)
        self.folder = folder

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

    def name_classes(self, names: Sequence[str]) -> None:
        """Says what the classes are called; nothing is computed anew.

        Args:
            names: In the order of the model's outputs; none: they are numbered.

        Raises:
            DataError: they cannot be the names of the study's classes.
        """
        dataset = self.index.dataset
        named = check_names(names, dataset.classes if dataset else None)
        if dataset is not None:
            changed = replace(dataset, class_names=named)
            self.update(lambda index: index.model_copy(update={"dataset": changed}))

    def update(self, change: Callable[[StudyIndex], StudyIndex]) -> None:
        """Replaces the index by `change(index)`: on disk first, so that what is seen is kept.

        Raises:
            OSError: the disk does not take it; the index is as it was.
        """
        with self._lock:
            changed = change(self._index)
            try:
                write_atomically(self.folder / INDEX, _content(changed))
            except OSError:
                self._behind = True  # the file may be the new one: only its name was not kept
                raise
            self._index, self._behind, self.trouble = changed, False, None

    def add_job(self, *jobs: Job) -> None:
        """Adds jobs and makes their folders.

        Raises:
            OSError: the disk does not take them; none was added.
        """
        try:
            for job in jobs:
                self.job_folder(job.id).mkdir()
            self.update(lambda index: index.model_copy(update={"jobs": (*index.jobs, *jobs)}))
        except OSError:
            for job in jobs:
                with suppress(OSError):
                    self.job_folder(job.id).rmdir()
            raise

    def set_job(self, job_id: str, **changes: object) -> None:
        """Changes fields of one job, whatever the disk says; see `catch_up`."""
        with self._lock:
            jobs = tuple(
                job.model_copy(update=changes) if job.id == job_id else job
                for job in self._index.jobs
            )
            self._index = self._index.model_copy(update={"jobs": jobs})
            self._behind = True
            self.catch_up()

    def catch_up(self) -> None:
        """Writes the index where its file is behind; if that fails, `trouble` says so.

        How jobs end is known at once, on a full disk too: a job that has ended must not look as if
        it ran, and its recipe must be free to be started again.
        """
        with self._lock:
            if not self._behind:
                return
            try:
                write_atomically(self.folder / INDEX, _content(self._index))
            except OSError as error:
                LOGGER.warning("The index of %s could not be written: %s", self.folder.name, error)
                self.trouble = f"How jobs have ended is not on disk yet. {refusal.in_words(error)}"
            else:
                self._behind, self.trouble = False, None

    def put_variant(self, *variants: Variant) -> None:
        """Adds variants, each in the place of one with the same recipe if there is one.

        Raises:
            OSError: the disk does not take them; all are as they were.
        """
        by_recipe = {variant.recipe: variant for variant in variants}

        def change(index: StudyIndex) -> StudyIndex:
            all_of_them = {old.recipe: old for old in index.variants} | by_recipe
            return index.model_copy(update={"variants": tuple(all_of_them.values())})

        self.update(change)

    def variant(self, recipe: str) -> Variant | None:
        """The variant that a recipe made; None if there is none."""
        return next((v for v in self._index.variants if v.recipe == recipe), None)

    def made(self, recipe: str) -> Variant:
        """The variant that a recipe made, in whatever way the recipe is written.

        Raises:
            RecipeError: it is none.
            StudyError: it was not run.
        """
        variant = self.variant(str(parse(recipe)))
        if variant is None:
            there = ", ".join(variant.recipe for variant in self._index.variants)
            raise StudyError(f"There is no variant “{recipe}”. There are: {there}. Run it first.")
        return variant

    def close(self) -> None:
        """Lets another process open the study."""
        self.catch_up()
        self.held.let_go()


def _content(index: StudyIndex) -> bytes:
    return index.model_dump_json(indent=1).encode()


def _renamed(content: bytes, name: str) -> str | None:
    """What is said of an index that has the name of another study."""
    written = json.loads(content)["id"]
    if written == name:
        return None
    return (
        f"The folder of this study was copied or renamed: its {INDEX} says “{one_line(written)}”. "
        f"It is called “{one_line(name)}” now, as its folder is."
    )


def _without_active_jobs(index: StudyIndex) -> StudyIndex:
    """What ran when a process died is interrupted."""
    interrupted = {"status": Status.INTERRUPTED, "ended": now()}
    jobs = (job.model_copy(update=interrupted) if job.status.active else job for job in index.jobs)
    return index.model_copy(update={"jobs": tuple(jobs)})


class Held:
    """A study's lock, which is let go of once, whoever does so."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        self._lock = threading.Lock()

    def let_go(self) -> None:
        """Lets another process, or another object of this one, open the study."""
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
            self._descriptor = None


def _take(folder: Path) -> Held:
    """Locks the study for this process; the system lets go when the process dies."""
    if not (folder / INDEX).is_file():
        raise no_study_in(folder)
    try:
        return Held(locks.take(folder / LOCK))
    except BlockingIOError as error:
        raise StudyError(
            f"Another process has the study {folder.name} open. Close it there first."
        ) from error
    except OSError as error:
        raise StudyError(
            f"The study {folder.name} cannot be opened: {refusal.in_words(error)}"
        ) from error
