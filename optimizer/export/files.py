"""export/: the files a user takes away, under names that say what they are."""

import re
import zipfile
from pathlib import Path

from optimizer.errors import StudyError
from optimizer.export.results import RESULTS_FILE, write_results
from optimizer.files.atomic import written_atomically
from optimizer.files.refusal import said_as
from optimizer.recipes import parse
from optimizer.store.records import StudyIndex, Variant
from optimizer.store.study import LOCK, Study

STAYS_HERE = (LOCK, "jobs", "training")  # what training left serves to go on with it, here


def download_name(index: StudyIndex, variant: Variant) -> str:
    """`<model>-<recipe>.tflite`."""
    return f"{safe_name(index.model.summary.name, 'model')}-{parse(variant.recipe).slug}.tflite"


def bundle_name(index: StudyIndex) -> str:
    """`<study>.zip`."""
    return f"{safe_name(index.id, 'study')}.zip"


def safe_name(name: str, otherwise: str) -> str:
    """A name of others as the beginning of a file's: what no system takes amiss is left of it."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or otherwise


def study_name(index: StudyIndex) -> str:
    """`<study>-study.zip`."""
    return f"{safe_name(index.id, 'study')}-study.zip"


def write_study(study: Study, target: Path) -> Path:
    """Zips a whole study but the logs of its jobs into `target` and returns it.

    Unpacked it is a study again, in a folder of its own: `liteweigh choose`, `run --out`, and the
    app where it lies in its home.

    Raises:
        StudyError: the disk does not take it, or a file is gone.
    """
    with (
        said_as(StudyError),
        written_atomically(target) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
    ):
        write_results(study)
        for path in sorted(study.folder.rglob("*")):
            inside = path.relative_to(study.folder)
            if inside.parts[0] in STAYS_HERE:
                continue
            archive.write(path, study.index.id / inside)
        archive.writestr(f"{study.index.id}/jobs/", "")
    return target


def write_bundle(study: Study, target: Path) -> Path:
    """Zips every variant's `.tflite` with `results.json` into `target` and returns it.

    Inside, files lie where `results.json` says. They hardly compress further, so they are stored.

    Raises:
        StudyError: the disk does not take it, or a file is gone.
    """
    with (
        said_as(StudyError),
        written_atomically(target) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
    ):
        archive.write(write_results(study), RESULTS_FILE)
        for variant in study.index.variants:
            archive.write(study.folder / variant.file, variant.file)
    return target
