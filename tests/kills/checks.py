"""tests/kills: what must hold of a study whenever it is looked at, whoever was killed before."""

import json
from pathlib import Path

import numpy as np

from optimizer.audit.findings import AUDIT
from optimizer.files.digest import digest
from optimizer.measure.inside.facts import INSIDE
from optimizer.recipes import BASELINE_TEXT
from optimizer.store.brought_files import BROUGHT
from optimizer.store.prediction_files import read_predictions
from optimizer.store.records import Status, StudyIndex, Variant
from optimizer.store.study import FLOAT_TFLITE
from optimizer.store.training_folders import DONE, SAVED_MODEL, STEP, TRAINING
from optimizer.techniques.brought import DIGITS
from optimizer.tflite.flatbuffer import open_flatbuffer
from tests.kills.study import RECIPES, VENDORS, Ended, Running, finished

WHOLE = 3  # keys at least of what is in a profile or an index


class Watch:
    """Looks at one study again and again: what was there once is there the next time.

    Attributes:
        running: The study.
    """

    def __init__(self, running: Running) -> None:
        self.running = running
        self._variants: dict[str, str] = {}  # SHA-256 by recipe
        self._jobs: set[str] = set()

    def look(self) -> None:
        """After a kill: nothing is lost, and nothing half-made is taken for whole."""
        index, folder = self.running.index(), self.running.study
        if index is None or folder is None:
            assert not self._variants, "the study is lost"
            return
        for variant in index.variants:
            _check_variant(folder, variant)
        _check_model(folder, index)
        _check_trainings(folder)
        _check_brought(folder)
        now = {variant.recipe: variant.sha256 for variant in index.variants}
        for recipe, sha in self._variants.items():
            assert now.get(recipe) == sha, f"{recipe} is lost"
        # Only jobs of the process that was killed may look as if they ran: who opens next says so.
        before = [job for job in index.jobs if job.id in self._jobs]
        assert not [job for job in before if job.status.active], "a job runs for ever"
        self._variants, self._jobs = now, {job.id for job in index.jobs}

    def look_at_end(self, ended: Ended, expected: dict[str, str]) -> None:
        """After a run that nobody disturbed: all is there, and nothing else is left.

        Args:
            ended: How it ended.
            expected: SHA-256 by recipe of files that are the same whenever they are made.
        """
        assert ended.status == 0, ended.said
        self.look()
        index, folder = self.running.index(), self.running.study
        assert index
        assert folder
        sha = digest(finished(folder))[:DIGITS]
        recipes = (*RECIPES, f"brought(called={VENDORS},sha256={sha})")
        assert {variant.recipe for variant in index.variants} == {BASELINE_TEXT, *recipes}
        assert all(variant.latency for variant in index.variants)
        assert not [job for job in index.jobs if job.status.active]
        for recipe in recipes:
            [*_, last] = [job for job in index.jobs if job.recipe == recipe]
            assert last.status in {Status.DONE, Status.INTERRUPTED}
        for recipe, sha in expected.items():
            assert self._variants[recipe] == sha, f"{recipe} differs from what nobody disturbed"
        left = self.running.left()
        assert not left, left


def _check_variant(folder: Path, variant: Variant) -> None:
    file = folder / variant.file
    assert digest(file) == variant.sha256
    assert file.stat().st_size == variant.size_bytes
    open_flatbuffer(file)
    read_predictions(folder / variant.predictions)
    assert variant.audit
    assert variant.inside
    AUDIT.read(folder / variant.audit)
    INSIDE.read(folder / variant.inside)
    if variant.profile:
        assert json.loads((folder / variant.profile).read_text())


def _check_model(folder: Path, index: StudyIndex) -> None:
    assert digest(folder / index.model.file) == index.model.digest
    open_flatbuffer(folder / FLOAT_TFLITE)
    assert (folder / str(index.model.saved_model) / "saved_model.pb").is_file()
    if index.data_folder:
        for array in (folder / index.data_folder).glob("*.npy"):
            np.load(array)
        assert index.dataset
        assert index.float_report


def _check_brought(folder: Path) -> None:
    for kept in (folder / BROUGHT).glob("*.tflite"):
        assert digest(kept).startswith(kept.stem)


def _check_trainings(folder: Path) -> None:
    for step in (folder / TRAINING).glob(f"*/{STEP}"):
        assert DONE.read(step).epochs == 2
        with np.load(step.with_name("weights.npz")) as weights:
            assert all(np.isfinite(weights[name]).all() for name in weights)
        exported = step.with_name(SAVED_MODEL)
        assert not exported.exists() or (exported / "saved_model.pb").is_file()
