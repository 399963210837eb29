"""tests of tasks/: what a search learns of a recipe, and that it looks at the tuning role alone."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from optimizer.choose.known import known
from optimizer.choose.quick_search import QuickSearch
from optimizer.data.dataset import Dataset
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.study import Study
from optimizer.tasks.study_files import StudyFiles
from optimizer.tasks.try_recipe import TryRecipe
from optimizer.workers.progress import Reporter
from tests.waiting import PATIENCE


def test_a_search_looks_at_calibration_and_tuning_alone(
    fresh: Callable[[], Study], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = fresh()
    asked: set[str] = set()
    for name in ("samples", "labels"):
        plain = getattr(Dataset, name)

        def seen(self, role, *more, plain=plain):  # type: ignore[no-untyped-def]
            asked.add(role)
            return plain(self, role, *more)

        monkeypatch.setattr(Dataset, name, seen)
    monkeypatch.setattr(Dataset, "not_evaluated", None)
    baseline = study.folder / study.index.variants[0].predictions
    work = TryRecipe(tmp_path, StudyFiles.of(study), parse("int8(quantizer=litert)"), baseline)
    told = tmp_path.parent / "told"
    told.mkdir()
    found = work.run(Reporter(told))
    assert asked == {"calibration", "tuning"}
    assert found.weighed
    assert found.weighed.types == ("FLOAT32",)
    assert list(tmp_path.iterdir()) == [], "the file is not kept"


def test_what_a_search_learns_is_what_the_variant_turns_out_to_be(
    fresh: Callable[[], Study], scheduler: Scheduler
) -> None:
    study = fresh()
    search = scheduler.search(study, QuickSearch())
    assert search.wait(PATIENCE)
    assert search.error is None
    assert "weight_only_int8" in {one.recipe for one in study.index.tried}
    assert search.finalists
    found = {one.recipe: one for one in study.index.tried}
    arrays = {
        variant.recipe: np.load(study.folder / variant.predictions)["tuning_scores"]
        for variant in study.index.variants
    }
    for recipe in search.finalists:
        told, made = found[recipe], study.variant(recipe)
        assert made
        assert told.weighed
        assert told.lost
        assert (told.weighed.size_bytes, told.tuning) == (made.size_bytes, made.tuning)
        lost = arrays["float32"].mean() - arrays[recipe].mean()
        assert told.lost.value == pytest.approx(lost)
        assert told.lost == known(study)[recipe].lost
