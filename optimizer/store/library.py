"""store/: the folder that holds all studies, and the ones that this process has open."""

import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from optimizer.errors import StudyError
from optimizer.files import left
from optimizer.files.atomic import settle
from optimizer.files.refusal import said_as
from optimizer.store.leftovers import sweep
from optimizer.store.listing import Listed, Listings
from optimizer.store.open_studies import OpenStudies
from optimizer.store.records import ModelRecord, StudyIndex, now
from optimizer.store.staging import Staging
from optimizer.store.study import INDEX, Study

UPLOADS = ".uploads"
MODEL = "model"
HOUR = 3600  # seconds
ABANDONED = 24 * HOUR
CHUNK = 2**20
READ_ONLY = 0o444


class Library:
    """Studies by id, which is the name of their folder."""

    def __init__(self, home: Path) -> None:
        """Uses `home`, which is made with the first study; old half-made work is removed."""
        self.home = home
        self._staging = Staging(home)
        self._staging.sweep()
        self._swept = -float("inf")
        self._sweep()
        self._open = OpenStudies()
        self._listings = Listings()

    def ids(self) -> list[str]:
        """All studies, the one changed last first."""
        if not self.home.is_dir():
            return []
        found = [entry for entry in self.home.iterdir() if self.has(entry.name)]
        return [f.name for f in sorted(found, key=lambda f: -(f / INDEX).stat().st_mtime)]

    def listing(self) -> list[Listed]:
        """All studies as they are in a list, the one changed last first."""
        found = []
        for study_id in self.ids():
            with suppress(OSError):  # it was deleted in this moment
                found.append(self._listings.of(self.home / study_id))
        return found

    def open(self, study_id: str) -> Study:
        """The study called `study_id`; everybody in this process gets the same one.

        Trainings that jobs were at when their server was killed are there to be gone on with.

        Raises:
            StudyError: there is none, it is damaged, or another process has it open.
        """
        if not self.has(study_id):
            raise StudyError(
                f"There is no study “{study_id}” on this machine. It may have been deleted; choose "
                "another or start a new one."
            )

        def open_it() -> Study:
            study = Study(self.home / study_id)
            sweep(study)
            return study

        return self._open.get(study_id, open_it)

    def has(self, study_id: str) -> bool:
        """Whether that is the name of a study; a path never is."""
        if not study_id or study_id.startswith(".") or Path(study_id).name != study_id:
            return False
        with suppress(OSError):  # longer than a name can be
            return (self.home / study_id / INDEX).is_file()
        return False

    def staging(self) -> Path:
        """A new empty folder on the same file system, for work that may fail.

        Raises:
            StudyError: the disk is full, or may not be written to.
        """
        return self._staging.folder()

    @contextmanager
    def staged(self) -> Iterator[Path]:
        """An empty folder like those of `staging`, which is gone afterwards.

        Raises:
            StudyError: the disk is full, or may not be written to.
        """
        folder = self.staging()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep_upload(self, content: BinaryIO) -> Path:
        """Writes what a browser sent to disk, once: the file is named by its SHA-256.

        It stays for a day, so that what is asked about it can be answered; a study has a link.

        Raises:
            StudyError: the disk is full, or may not be written to.
        """
        self._sweep()
        with self.staged() as folder, said_as(StudyError):
            beside, sha = folder / "upload", hashlib.sha256()
            with beside.open("wb") as file:
                while chunk := content.read(CHUNK):
                    sha.update(chunk)
                    file.write(chunk)
            # So that studies may link to it: nobody writes to it any more.
            beside.chmod(READ_ONLY)
            kept = self.upload(sha.hexdigest())
            kept.parent.mkdir(exist_ok=True)
            settle(beside, kept)
        return kept

    def upload(self, sha: str) -> Path:
        """Where the kept upload with this SHA-256 lies."""
        return self.home / UPLOADS / sha

    def adopt(self, staging: Path, model: ModelRecord, study_id: str) -> Study:
        """Makes a study called `study_id` of a staging folder that holds an opened model.

        Raises:
            StudyError: there is something else of its name.
            OSError: the disk does not take it; there is no study then.
        """
        for entry in list(staging.iterdir()):
            if entry.name != MODEL:  # the log, and whatever else a worker left
                left.delete(entry) if entry.is_dir() else entry.unlink()
        if (self.home / study_id).exists():
            raise StudyError(
                f"{self.home / study_id} exists already and is not a study. Choose another folder."
            )
        return self._settle(Study.create(staging, StudyIndex(id=study_id, model=model)))

    def copy(self, study: Study, finish: Callable[[Study], None]) -> Study:
        """A new study of the same model and data, without jobs and variants.

        Files are linked, not copied: nothing in a study is ever changed in place.

        Args:
            study: The one that is copied.
            finish: Called with the new one before it has its place: it is there whole or not at
                all.

        Raises:
            OSError: the disk does not take it; there is no copy then.
        """
        return self._copied(study, ("model", "data"), {"variants": (), "remarks": ()}, finish)

    def _copied(
        self,
        study: Study,
        folders: Sequence[str],
        update: Mapping[str, object],
        finish: Callable[[Study], None] = lambda _: None,
    ) -> Study:
        staging, index = self.staging(), study.index
        try:
            for name in folders:
                shutil.copytree(study.folder / name, staging / name, copy_function=os.link)
            fresh = {"id": new_id(index.model.summary.name), "created": now(), "jobs": ()}
            copied = Study.create(staging, index.model_copy(update={**fresh, **update}))
            return self._settle(copied, finish)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise

    def duplicate(self, study: Study) -> Study:
        """A second study with the same model, data, variants and limits, and no jobs.

        Raises:
            OSError: the disk does not take it; there is no copy then.
        """
        labels = study.index.labels.model_copy(update={"title": f"{study.index.name} (copy)"})
        return self._copied(study, ("model", "data", "variants"), {"labels": labels})

    def delete(self, study_id: str) -> None:
        """Deletes a study with all its files.

        It is gone at once: where the server is killed meanwhile, the rest goes at the next start.

        Raises:
            StudyError: there is none, another process has it open, or jobs of it are at work.
            OSError: the disk does not allow it; the study is as it was.
        """
        study = self.open(study_id)
        if any(job.status.active for job in study.index.jobs):
            raise StudyError(
                f"“{study.index.name}” has jobs at work. Cancel them first, or wait for them."
            )
        doomed = self.staging()
        study.folder.rename(doomed / study_id)
        self._open.drop(study)
        shutil.rmtree(doomed, ignore_errors=True)

    def close(self) -> None:
        """Lets go of all studies."""
        self._open.close()
        self._staging.close()

    def _sweep(self) -> None:
        """Removes old uploads, also those of folders; those of today may be in use."""
        if time.monotonic() - self._swept < HOUR:
            return
        self._swept = time.monotonic()
        self._staging.drop_older(ABANDONED)
        for upload in (self.home / UPLOADS).glob("*"):
            with suppress(OSError):  # another server sweeps as well, or the disk is read-only
                if time.time() - upload.stat().st_mtime > ABANDONED:
                    upload.unlink()

    def _settle(self, study: Study, finish: Callable[[Study], None] = lambda _: None) -> Study:
        """Gives a new study its place, once nothing is missing."""
        try:
            finish(study)
            study.move(self.home / study.index.id)
        except BaseException:
            study.close()
            raise
        self._open.add(study)
        return study


def new_id(name: str) -> str:
    """A folder name that begins with the model's name and exists nowhere else."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "study"
    return f"{slug}-{uuid.uuid4().hex[:6]}"
