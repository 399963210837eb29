"""tests of jobs/: how long a recipe will take, of studies whose numbers are given."""

from typing import Any

import pytest

from optimizer.jobs.estimate import estimate_seconds
from optimizer.recipes import parse
from optimizer.store.records import FloatReport, ModelRecord, StudyIndex, TrainingRecord, Variant
from tests.variants import SUMMARY, dataset, variant

CONVERTING = 3.0  # twice the baseline's second and a half


def trained(recipe: str, **steps: tuple[int, float]) -> Variant:
    """A variant whose steps took so many epochs, and so many seconds for all of them."""
    return variant(
        recipe,
        training=tuple(
            TrainingRecord(
                step=step, folder="training/x", layers=(), epochs=epochs, best_epoch=epochs,
                fit_seconds=seconds, seconds=seconds + 100,
            )
            for step, (epochs, seconds) in steps.items()
        ),
    )  # fmt: skip


def study(*variants: Variant, per_sample: float | None = 0.002, **changes: Any) -> StudyIndex:
    """1000 training and 200 tuning samples, of which one takes 2 ms in the model's own library."""
    fields: dict[str, Any] = {
        "id": "study",
        "model": ModelRecord(summary=SUMMARY, digest="d", file="model/m", saved_model="model/s"),
        "dataset": dataset(training=1000, tuning=200),
        "float_report": FloatReport(
            scalings=(), keras=None, chance=None, seconds_per_sample=per_sample
        ),
        "variants": (variant("float32", seconds=1.5), *variants),
    }
    return StudyIndex(**{**fields, **changes})


def estimate(recipe: str, index: StudyIndex) -> float | None:
    return estimate_seconds(parse(recipe), index)


@pytest.mark.parametrize("recipe", ["int8", "float16", "weight_only_int8"])
def test_a_conversion_takes_twice_what_the_baseline_took(recipe: str) -> None:
    """Converting, and measuring its accuracy."""
    assert estimate(recipe, study()) == CONVERTING


@pytest.mark.parametrize(
    ("recipe", "seconds"),
    [
        # getting ready + epochs × (1000 samples × 3 passes × the technique's own work
        # + 200 samples) × 2 ms
        ("finetune(epochs=1)+int8", 8 + 1 * (3000 + 200) * 0.002),
        ("finetune(epochs=5)+int8", 8 + 5 * (3000 + 200) * 0.002),
        ("shrink(epochs=5,steps=3,between=2)+int8", 8 + 9 * (3000 + 200) * 0.002),
        ("prune(epochs=5)+int8", 8 + 5 * (3600 + 200) * 0.002),
        ("cluster(epochs=5)+int8", 8 + 5 * (4800 + 200) * 0.002),
        ("qat(epochs=5)+int8", 8 + 5 * (6000 + 200) * 0.002),
        ("prune(epochs=0)+int8", 8),
        (
            "prune(epochs=2)+cluster(epochs=1)+int8",
            8 + 2 * (3600 + 200) * 0.002 + 8 + 1 * (4800 + 200) * 0.002,
        ),
    ],
)
def test_before_any_training_the_float_models_own_speed_counts(recipe: str, seconds: float) -> None:
    assert estimate(recipe, study()) == pytest.approx(CONVERTING + seconds)


@pytest.mark.parametrize("per_sample", [0.002, None])
def test_what_the_same_technique_took_in_this_study_counts_first(
    per_sample: float | None,
) -> None:
    """Ten epochs took 40 s: four epochs will take 16."""
    index = study(trained("prune(epochs=10)+int8", prune=(10, 40.0)), per_sample=per_sample)
    assert estimate("prune(epochs=4)+float16", index) == pytest.approx(CONVERTING + 8 + 16)


def test_the_latest_of_several_trainings_counts() -> None:
    index = study(
        trained("prune(epochs=10)+int8", prune=(10, 40.0)),
        trained("prune(epochs=2)+int8", prune=(2, 18.0)),
        trained("cluster(epochs=1)+int8", cluster=(1, 500.0)),
    )
    assert estimate("prune(epochs=4)+int8", index) == pytest.approx(CONVERTING + 8 + 36)


def test_a_step_that_worked_at_once_says_nothing_of_an_epoch() -> None:
    index = study(trained("prune(epochs=0)+int8", prune=(0, 0.0)))
    assert estimate("prune(epochs=5)+int8", index) == pytest.approx(
        CONVERTING + 8 + 5 * (3600 + 200) * 0.002
    )


def test_a_step_of_a_longer_recipe_counts_too() -> None:
    index = study(trained("prune+cluster+int8", prune=(10, 40.0), cluster=(2, 30.0)))
    assert estimate("cluster(epochs=3)+int8", index) == pytest.approx(CONVERTING + 8 + 45)


@pytest.mark.parametrize(
    ("recipe", "index"),
    [
        ("int8", study(dataset=None)),
        ("int8", study(float_report=None)),
        ("int8", study(variants=())),
        ("prune+int8", study(per_sample=None)),
        ("prune+int8", study(trained("cluster+int8", cluster=(1, 9.0)), per_sample=None)),
    ],
    ids=["no data", "no report", "no baseline", "no speed", "another technique's training"],
)
def test_where_nothing_is_known_nothing_is_said(recipe: str, index: StudyIndex) -> None:
    assert estimate(recipe, index) is None


def test_without_labels_a_conversion_is_estimated_all_the_same() -> None:
    assert estimate("int8", study(per_sample=None)) == CONVERTING
