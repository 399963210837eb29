"""store/: the folder that holds all studies, and the ones that this process has open."""

import hashlib
import os
import re
import shutil
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from optimizer.errors import StudyError
from optimizer.files.atomic import settle
from optimizer.store.records import ModelRecord, StudyIndex, now
from optimizer.store.study import INDEX, Study
from optimizer.store.training_folders import adopt_leftovers
from optimizer.workers import process, progress

STAGING = ".staging"
UPLOADS = ".uploads"
HOUR = 3600  # seconds
ABANDONED = 24 * HOUR
CHUNK = 2**20
READ_ONLY = 0o444


class Library:
    """Studies by id, which is the name of their folder."""

    def __init__(self, home: Path) -> None:
        """Uses `home`, which is made with the first study; old half-made work is removed."""
        self.home = home
        self._swept = -float("inf")
        self._sweep()
        self._open: dict[str, Study] = {}
        self._lock = threading.Lock()

    def ids(self) -> list[str]:
        """All studies, the one changed last first."""
        if not self.home.is_dir():
            return []
        found = [entry for entry in self.home.iterdir() if (entry / INDEX).is_file()]
        return [f.name for f in sorted(found, key=lambda f: -(f / INDEX).stat().st_mtime)]

    def open(self, study_id: str) -> Study:
        """The study called `study_id`, opened once for the whole process.

        Trainings that jobs were at when their server was killed are there to be gone on with.

        Raises:
            StudyError: there is none, it is damaged, or another process has it open.
        """
        with self._lock:
            if study_id not in self._open:
                if study_id not in self.ids():  # a path never is
                    raise StudyError(
                        f"There is no study “{study_id}” on this machine. It may have been "
                        "deleted; choose another or start a new one."
                    )
                study = Study(self.home / study_id)
                adopt_leftovers(study.folder)
                self._open[study_id] = study
            return self._open[study_id]

    def staging(self) -> Path:
        """A new empty folder on the same file system, for work that may fail."""
        folder = self.home / STAGING / uuid.uuid4().hex
        folder.mkdir(parents=True)
        return folder

    def keep_upload(self, content: BinaryIO) -> Path:
        """Writes what a browser sent to disk, once: the file is named by its SHA-256.

        It stays for a day, so that what is asked about it can be answered; a study has a link.

        Raises:
            StudyError: the disk is full.
        """
        self._sweep()
        folder = self.home / UPLOADS
        folder.mkdir(parents=True, exist_ok=True)
        beside = folder / f".{uuid.uuid4().hex}"
        sha = hashlib.sha256()
        try:
            with beside.open("wb") as file:
                while chunk := content.read(CHUNK):
                    sha.update(chunk)
                    file.write(chunk)
            beside.chmod(READ_ONLY)  # so that studies may link to it: nobody writes to it any more
            kept = folder / sha.hexdigest()
            settle(beside, kept)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise StudyError(
                f"The disk did not take the upload ({error.strerror}). Free some space, and "
                "upload it again."
            ) from error
        return kept

    def upload(self, sha: str) -> Path:
        """Where the kept upload with this SHA-256 lies."""
        return self.home / UPLOADS / sha

    def adopt(self, staging: Path, model: ModelRecord, study_id: str | None) -> Study:
        """Makes a study of a staging folder that holds an opened model."""
        study_id = study_id or new_id(model.summary.name)
        for leftover in (progress.FILE, process.LOG):
            (staging / leftover).unlink(missing_ok=True)
        target = self.home / study_id
        if target.exists():
            raise StudyError(f"{target} exists already and is not a study. Choose another folder.")
        staging.rename(target)
        return self._register(Study.create(target, StudyIndex(id=study_id, model=model)))

    def copy(self, study: Study) -> Study:
        """A new study of the same model and data, without jobs and variants.

        Files are linked, not copied: nothing in a study is ever changed in place.
        """
        study_id = new_id(study.index.model.summary.name)
        target = self.home / study_id
        for name in ("model", "data"):
            shutil.copytree(study.folder / name, target / name, copy_function=os.link)
        update = {"id": study_id, "created": now(), "jobs": (), "variants": ()}
        index = study.index.model_copy(update=update)
        return self._register(Study.create(target, index))

    def close(self) -> None:
        """Lets go of all studies."""
        with self._lock:
            for study in self._open.values():
                study.close()
            self._open.clear()
        with suppress(OSError):  # it stays if another process works in it
            (self.home / STAGING).rmdir()

    def _sweep(self) -> None:
        """Removes uploads and what a killed process left; those of today may be in use."""
        if time.monotonic() - self._swept < HOUR:
            return
        self._swept = time.monotonic()
        for left in (*(self.home / STAGING).glob("*"), *(self.home / UPLOADS).glob("*")):
            if time.time() - left.stat().st_mtime > ABANDONED:
                shutil.rmtree(left) if left.is_dir() else left.unlink()

    def _register(self, study: Study) -> Study:
        with self._lock:
            self._open[study.index.id] = study
        return study


def new_id(name: str) -> str:
    """A folder name that begins with the model's name and exists nowhere else."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "study"
    return f"{slug}-{uuid.uuid4().hex[:6]}"
