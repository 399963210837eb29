"""tests of devices/: a bundle of the golden study, and what its program found here."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from optimizer.export.device_bundle import bundle_writer
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.study import Study

SCHEMA = 2  # of the golden study: five variants, the baseline first
RECIPES = ("int8", "weight_only_int8")


def write(scheduler: Scheduler, study: Study, file: Path, recipes: tuple[str, ...] = ()) -> Path:
    """Writes a bundle that takes as little time as one can."""
    take = bundle_writer(study, file, seconds=0.4)
    return scheduler.gather_bundle(study, recipes, take).result()


def unpack(file: Path, folder: Path) -> Path:
    """Unpacks a bundle and returns the folder in it."""
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    [inside] = folder.iterdir()
    return inside


def run(bundle: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs a bundle's program, as a user does."""
    return subprocess.run(
        [sys.executable, bundle / "run.py", *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def read(file: Path) -> Any:
    """A result as it is written."""
    return json.loads(file.read_text())


def put(content: Any, file: Path) -> Path:
    """Writes a result that may be anything."""
    file.write_text(json.dumps(content))
    return file
