"""tests of export/: numbers that are worth little say so, and others do not."""

from dataclasses import replace

import pytest

from optimizer.data.further_outputs import FurtherOutput
from optimizer.data.labels import Task
from optimizer.export.warnings import baseline_trouble, further_trouble, of_study, scaling_doubt
from optimizer.measure.measurements import Fidelity, Metric, OutputJudged
from optimizer.models.summary import TensorSpec
from optimizer.store.fitting_scalings import fitting
from optimizer.store.records import FloatReport, ModelRecord, ScalingScore, StudyIndex
from tests.variants import SUMMARY, accuracy, dataset, variant

MODEL = ModelRecord(summary=SUMMARY, digest="d", file="model/m", saved_model="model/s")


def judged(
    metric: Metric, *, task: Task = Task.CLASSIFICATION, others: tuple[Metric, ...] = (),
    chance: float | None = 0.34, scalings: tuple[ScalingScore, ...] = (), scaling: str = "unit",
) -> StudyIndex:  # fmt: skip
    """A study whose baseline has this metric."""
    return StudyIndex(
        id="s", model=MODEL,
        variants=(variant("float32", metric=metric, others=others),),
        dataset=dataset(task=task, scaling=scaling, evaluation=1000),
        float_report=FloatReport(scalings=scalings, keras=None, chance=chance),
    )  # fmt: skip


def score(scaling: str, value: float | None, low: float = 0.0, high: float = 1.0) -> ScalingScore:
    return ScalingScore(scaling=scaling, metric=Metric("accuracy", value, low, high, 300))


def test_a_baseline_that_guesses_is_said() -> None:
    said = baseline_trouble(judged(accuracy(0.36)))
    assert said is not None
    assert said.startswith("The float model reaches 36.00 %, hardly more than guessing (34.0 %)")
    assert baseline_trouble(judged(accuracy(0.9))) is None
    assert baseline_trouble(judged(accuracy(0.36), chance=None)) is None


def test_a_baseline_that_gives_no_numbers_is_said() -> None:
    said = baseline_trouble(judged(accuracy(None)))
    assert said is not None
    assert "not all numbers (NaN)" in said


@pytest.mark.parametrize(("explained", "trouble"), [(-0.2, True), (0.0, True), (0.4, False)])
def test_a_regression_no_better_than_the_mean_is_said(explained: float, trouble: bool) -> None:
    error, r2 = Metric("mae", 3.0, 2.9, 3.1, 100), Metric("r2", explained, -1.0, 1.0, 100)
    said = baseline_trouble(judged(error, task=Task.REGRESSION, others=(r2,), chance=None))
    assert (said is not None) == trouble
    assert said is None or "no better than answering the mean" in said


@pytest.mark.parametrize(("scaled", "trouble"), [(1.3, True), (1.0, True), (0.8, False)])
def test_a_forecast_no_better_than_the_naive_one_is_said(scaled: float, trouble: bool) -> None:
    """A R² above 0 does not help: the mean of a trend is easily beaten."""
    others = (Metric("r2", 0.6, 0.5, 0.7, 100), Metric("mase", scaled, 0.7, 1.4, 100))
    error = Metric("mae", 3.0, 2.9, 3.1, 100)
    said = baseline_trouble(judged(error, task=Task.FORECAST, others=others, chance=None))
    assert (said is not None) == trouble
    assert said is None or "repeating what was a season ago (MASE" in said


def test_a_further_output_that_guesses_or_explains_nothing_is_said() -> None:
    near = Fidelity(1.0, None, 0.0)
    heads = (
        OutputJudged("shape", "classification", accuracy(0.9), (), near),
        OutputJudged("colour", "classification", accuracy(0.34), (), near),
        OutputJudged(
            "size", "regression", Metric("mae", 3.0, 2.9, 3.1, 100),
            (Metric("r2", -0.1, -0.2, 0.0, 100),), near,
        ),
    )  # fmt: skip
    names = ("shape", "colour", "size")
    outputs = tuple(TensorSpec(name, (None, 3), "float32") for name in names)
    whole = judged(accuracy(0.9))
    index = whole.model_copy(
        update={
            "model": MODEL.model_copy(update={"summary": replace(SUMMARY, outputs=outputs)}),
            "variants": (variant("float32", metric=accuracy(0.9), outputs=heads),),
            "dataset": dataset(
                evaluation=1000,
                further=(
                    FurtherOutput(1, Task.CLASSIFICATION, 3, chance=0.33),
                    FurtherOutput(2, Task.REGRESSION, None),
                ),
            ),
        }
    )
    guesses, means = further_trouble(index)
    assert guesses.startswith("Output “colour”: The float model reaches 34.00 %, hardly more than")
    assert means.startswith("Output “size”: The float model is no better than answering the mean")
    assert of_study(index)[:2] == (guesses, means)


def test_scalings_within_the_interval_of_the_best_fit() -> None:
    scores = (score("none", 0.9967, 0.98, 0.999), score("unit", 0.9933), score("tf", 0.9967),
              score("torch", 0.97), score("caffe", None))  # fmt: skip
    assert fitting(scores) == ("none", "tf", "unit")
    errors = tuple(
        ScalingScore(scaling=name, metric=Metric("mae", value, value - 1, value + 1, 300))
        for name, value in (("none", 40.0), ("unit", 3.5), ("standardize", 3.0), ("tf", 4.1))
    )
    assert fitting(errors) == ("standardize", "unit")
    assert fitting(()) == fitting((score("none", None),)) == ()


def test_where_several_scalings_fit_it_says_which_was_taken() -> None:
    scores = (score("none", 0.99, 0.97, 0.999), score("unit", 0.98, 0.96, 0.99), score("tf", 0.4))
    said = scaling_doubt(judged(accuracy(0.98), scalings=scores))
    assert said is not None
    assert "(none 99.00 %, unit 98.00 % on 300 samples)" in said
    assert "unit was taken: 0…255 to 0…1 (x / 255)." in said
    assert scaling_doubt(judged(accuracy(0.98), scalings=scores[1:])) is None
    assert scaling_doubt(judged(accuracy(0.4), scalings=scores, scaling="tf")) is None


def test_nothing_is_said_of_a_good_baseline_or_where_nobody_can_tell() -> None:
    assert of_study(judged(accuracy(0.9))) == ()
    assert of_study(StudyIndex(id="s", model=MODEL)) == ()
    assert of_study(judged(accuracy(0.3), task=Task.UNLABELLED)) == ()
