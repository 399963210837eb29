"""tests of tasks/: anomalies, from an autoencoder and labels to compared variants."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.choose.comparison import compare
from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.data.dataset import Dataset
from optimizer.data.labels import Task
from optimizer.errors import DataError
from optimizer.export.results import results
from optimizer.export.warnings import baseline_trouble
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.prediction_files import read_predictions
from optimizer.store.study import Study
from tests import autoencoders
from tests.refused import refused
from tests.results_schema import check_schema

TRAINED = "finetune(epochs=3,distillation=0)+float32"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return autoencoders.projection(tmp_path_factory.mktemp("model") / "projection.keras")


def opened(scheduler: Scheduler, model: Path, folder: Path, arrays: Any, **decided: Any) -> Study:
    """A study of the model with these arrays as its data."""
    file = folder / "data.npz"
    np.savez(file, **arrays)
    study = scheduler.open_model(model, "m").result()
    return scheduler.add_data(study, DataFiles(file), "data", DataOptions(**decided)).result()


@pytest.fixture(scope="module")
def study(scheduler: Scheduler, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Labelled vectors, with three variants."""
    x, y = autoencoders.vectors()
    made = opened(scheduler, model, tmp_path_factory.mktemp("data"), {"x": x, "y": y})
    scheduler.start(made, [parse(text) for text in ("int8", "float16", TRAINED)])
    scheduler.wait(made)
    assert [job.error for job in made.index.jobs] == [None] * 3
    return made


def test_the_float_models_area_and_threshold_are_those_of_its_errors(study: Study) -> None:
    record = study.index.dataset
    assert record is not None
    assert (record.task, record.first_metric) == (Task.ANOMALY, "auc")
    assert (record.scaling, record.target_scaling) == ("none", "none")
    x, y = autoencoders.vectors()
    errors = autoencoders.errors(x)
    roles = Dataset(study.data_folder, record).roles
    others = np.concatenate([roles.training, roles.calibration, roles.tuning])
    normal = np.sort(errors[others][y[others] == 0])
    place = math.ceil((len(normal) + 1) * 0.95)
    assert record.threshold == pytest.approx(normal[place - 1], rel=1e-5)

    judged, odd = errors[roles.evaluation], y[roles.evaluation]
    pairs = judged[odd == 1][:, None] > judged[odd == 0]
    baseline = study.index.variants[0]
    assert baseline.metric is not None
    assert baseline.metric.value == pytest.approx(pairs.mean(), abs=1e-6)
    found = {metric.name: metric.value for metric in baseline.others}
    alarm = judged > record.threshold
    assert found["recall"] == pytest.approx(alarm[odd == 1].mean())
    assert found["false_alarm_rate"] == pytest.approx(alarm[odd == 0].mean())
    assert found["reconstruction_error"] == pytest.approx(judged[odd == 0].mean(), rel=1e-5)
    assert set(found) == {
        "average_precision", "balanced_accuracy", "false_alarm_rate", "precision", "recall",
        "reconstruction_error",
    }  # fmt: skip
    report = study.index.float_report
    assert report is not None
    assert report.keras is not None
    assert report.keras.value == pytest.approx(baseline.metric.value, abs=1e-6)
    assert report.chance == 0.5
    assert baseline_trouble(study.index) is None


def test_every_variant_is_compared_by_its_area_and_keeps_its_errors(study: Study) -> None:
    record = study.index.dataset
    assert record is not None
    assert record.threshold is not None
    for row in compare(study)[1:]:
        assert row.difference is not None
        assert row.difference.low is not None
        assert row.difference.value is not None
        assert row.difference.high is not None
        assert row.difference.low <= row.difference.value <= row.difference.high
        assert row.variant.metric is not None
        assert row.variant.fidelity is not None
        kept = read_predictions(study.folder / row.variant.predictions)
        assert kept.errors is not None
        assert kept.classes is not None
        assert kept.scores is not None
        assert kept.rebuilt is not None
        np.testing.assert_array_equal(kept.classes, kept.errors > record.threshold)
        assert kept.scores.mean() == pytest.approx(row.variant.metric.value)
        of_float = read_predictions(study.folder / study.index.variants[0].predictions)
        assert of_float.classes is not None
        agreement = (kept.classes == of_float.classes).mean()
        assert row.variant.fidelity.agreement == pytest.approx(agreement)
        x, _ = autoencoders.vectors()
        role = Dataset(study.data_folder, record).roles.evaluation
        given = x[role[kept.rebuilt.samples]]
        by_hand = np.square(kept.rebuilt.answers - given).mean(axis=1)
        np.testing.assert_allclose(by_hand, kept.errors[kept.rebuilt.samples], rtol=1e-4)
    content = results(study)
    check_schema(content)
    assert content["dataset"]["task"] == "anomaly"
    assert content["dataset"]["reconstruction"] == "mse"


def test_training_learns_to_rebuild_normal_samples_alone(study: Study) -> None:
    errors = {}
    for variant in study.index.variants:
        kept = read_predictions(study.folder / variant.predictions)
        assert kept.errors is not None
        errors[variant.recipe] = kept.errors
    dataset = Dataset(study.data_folder, study.index.dataset)  # type: ignore[arg-type]
    odd = dataset.labels("evaluation")
    assert odd is not None
    [trained] = [errors for recipe, errors in errors.items() if recipe.startswith("finetune")]
    assert trained[odd == 0].mean() < errors["float32"][odd == 0].mean()
    [record] = study.index.variants[-1].training
    assert record.epochs == 3


def test_without_labels_the_errors_are_compared(
    scheduler: Scheduler, model: Path, tmp_path: Path
) -> None:
    x, _ = autoencoders.vectors(200, every=300)
    study = opened(
        scheduler, model, tmp_path, {"x": x}, task=Task.ANOMALY, false_alarms=0.2,
        reconstruction="mae",
    )  # fmt: skip
    scheduler.start(study, [parse("int8")])
    scheduler.wait(study)
    record, baseline = study.index.dataset, study.index.variants[0]
    assert record is not None
    assert record.first_metric == "reconstruction_error"
    assert baseline.metric is not None
    role = Dataset(study.data_folder, record).roles.evaluation
    missed = np.abs(x[role][:, autoencoders.KEPT :]).sum(axis=1) / autoencoders.COLUMNS
    assert baseline.metric.value == pytest.approx(missed.mean(), rel=1e-5)
    alarms = next(one for one in baseline.others if one.name == "false_alarm_rate")
    assert alarms.value == pytest.approx((missed > record.threshold).mean())
    assert alarms.value == pytest.approx(0.2, abs=0.12)
    row = compare(study)[1]
    assert row.difference is not None
    assert row.difference.value is not None


def test_pictures_of_8_bits_are_rebuilt_in_the_models_scale(
    scheduler: Scheduler, tmp_path: Path
) -> None:
    x, y = autoencoders.pictures(80)
    model = autoencoders.blur(tmp_path / "blur.keras")
    study = opened(scheduler, model, tmp_path, {"x": x, "y": y})
    record, baseline = study.index.dataset, study.index.variants[0]
    assert record is not None
    assert (record.scaling, record.target_scaling) == ("unit", "unit")
    role = Dataset(study.data_folder, record).roles.evaluation
    units = x[role, ..., 0] / 255
    means = units.reshape(len(role), 8, 2, 8, 2).mean(axis=(2, 4))
    missed = np.square(means.repeat(2, axis=1).repeat(2, axis=2) - units).mean(axis=(1, 2))
    kept = read_predictions(study.folder / baseline.predictions)
    assert kept.errors is not None
    np.testing.assert_allclose(kept.errors, missed, rtol=1e-3)
    pairs = missed[y[role] == 1][:, None] > missed[y[role] == 0]
    assert baseline.metric is not None
    assert baseline.metric.value == pytest.approx(pairs.mean(), abs=1e-6)
    classes = scheduler.judge_again(study, DataOptions(task=Task.ANOMALY, scaling="none")).result()
    assert classes.index.dataset is not None
    assert classes.index.dataset.target_scaling == "none"


def test_labels_the_wrong_way_round_and_models_that_rebuild_nothing_are_said(
    scheduler: Scheduler, model: Path, tmp_path: Path
) -> None:
    x, y = autoencoders.vectors()
    study = opened(scheduler, model, tmp_path, {"x": x, "y": 1 - y})
    assert "the labels are the wrong way round" in str(baseline_trouble(study.index))
    rng = np.random.default_rng(0)
    x[:, : autoencoders.KEPT] = 0.01 * rng.normal(size=(len(x), autoencoders.KEPT))
    x[:, autoencoders.KEPT :] += (5 + y)[:, None]
    study = opened(scheduler, model, tmp_path, {"x": x, "y": y}, scaling="none")
    assert "rebuilds normal samples no better" in str(baseline_trouble(study.index))


def test_anomalies_alone_tell_nothing(scheduler: Scheduler, model: Path, tmp_path: Path) -> None:
    x, _ = autoencoders.vectors(40)
    with refused(DataError, "all anomalies", "no false alarm", "Give normal samples"):
        opened(scheduler, model, tmp_path, {"x": x, "y": np.ones(40, int)})
