"""tests of dashboard/state/: what pages read of studies is computed once, until it changes."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from dashboard.state import readings
from dashboard.state.readings import MOST_KEPT, Kept
from optimizer.store.limits import Limits
from optimizer.store.study import Study
from tests.variants import study as made_by_hand
from tests.variants import variant


def test_it_is_computed_again_only_when_the_key_is_another() -> None:
    asked: list[Study] = []
    kept = Kept(lambda study: asked.append(study) or len(asked))  # type: ignore[func-returns-value]
    first, second = study_in("a"), study_in("b")
    assert [kept.of(first, ("x",)), kept.of(first, ("x",)), kept.of(second, ("x",))] == [1, 1, 2]
    assert [kept.of(first, ("y",)), kept.of(first, ("x",)), kept.of(second, ("x",))] == [3, 4, 2]


def test_of_many_studies_the_last_are_kept() -> None:
    asked: list[str] = []
    kept = Kept(lambda study: asked.append(study.folder.name))
    for number in range(MOST_KEPT + 1):
        kept.of(study_in(str(number)), ())
    kept.of(study_in(str(MOST_KEPT)), ())
    assert len(asked) == MOST_KEPT + 1
    kept.of(study_in("0"), ())
    assert asked[-1] == "0"


def study_in(folder: str) -> Study:
    return cast(Study, SimpleNamespace(folder=Path(folder)))


def test_a_new_variant_and_new_limits_are_seen(tmp_path: Path) -> None:
    study = made_by_hand(tmp_path / "one", variant("float32"), variant("float16"))
    assert [row.variant.recipe for row in readings.rows(study)] == ["float32", "float16"]
    before: Any = readings.choice(study)
    assert readings.choice(study) is before, "a rerun of a page computes nothing"
    study.put_variant(study.index.variants[1].model_copy(update={"size_bytes": 1}))
    assert readings.rows(study)[1].variant.size_bytes == 1
    study.update(lambda index: index.model_copy(update={"limits": Limits(size_bytes=2)}))
    assert readings.choice(study).limits.size_bytes == 2
    study.close()
