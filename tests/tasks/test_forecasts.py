"""tests of tasks/: forecasts, from windows and the next steps to compared variants."""

from typing import Any

import numpy as np
import pytest

from optimizer.choose.comparison import compare
from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.data.dataset import Dataset
from optimizer.data.forecast_scale import continued_columns, naive_errors
from optimizer.data.labels import RawLabels, Task
from optimizer.data.understand_labels import understand
from optimizer.errors import DataError
from optimizer.export.results import results
from optimizer.jobs.scheduler import Scheduler
from optimizer.measure.horizons import horizons
from optimizer.recipes import parse
from optimizer.store.study import Study
from tests.refused import refused
from tests.results_schema import check_schema
from tests.summaries import summary

WINDOW, AHEAD = 12, 3
RNG = np.random.default_rng(8)


def series(count: int = 300) -> tuple[Any, Any]:
    """Windows (n, 12, 2) of a wave with noise and of another column, and the wave's next steps."""
    steps = np.arange(count + WINDOW + AHEAD)
    wave = np.sin(2 * np.pi * steps / 6) + 0.1 * np.random.default_rng(1).normal(size=len(steps))
    both = np.stack([5 + np.cos(steps), wave], axis=1)
    x = np.stack([both[at : at + WINDOW] for at in range(count)])
    y = np.stack([wave[at + WINDOW : at + WINDOW + AHEAD] for at in range(count)])
    return x.astype(np.float32), y.astype(np.float32)


@pytest.fixture(scope="module")
def study(scheduler: Scheduler, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A model that repeats what was six steps ago, and an int8 variant and a trained one."""
    import keras

    folder = tmp_path_factory.mktemp("forecast")
    inputs = keras.Input((WINDOW, 2), name="window")
    layer = keras.layers.Dense(AHEAD, name="next")
    model = keras.Model(inputs, layer(keras.layers.Flatten()(inputs)))
    kernel = np.zeros((WINDOW, 2, AHEAD))
    for step in range(AHEAD):
        kernel[WINDOW - 6 + step, 1, step] = 1
    layer.set_weights([kernel.reshape(-1, AHEAD), np.zeros(AHEAD)])
    model.compile("adam", "mse")
    model.save(folder / "repeat.keras")
    x, y = series()
    np.savez(folder / "windows.npz", x=x, y=y)
    made = scheduler.open_model(folder / "repeat.keras", "repeat").result()
    options = DataOptions(task=Task.FORECAST, season=6)
    made = scheduler.add_data(made, DataFiles(folder / "windows.npz"), "windows", options).result()
    trained = "finetune(epochs=2,distillation=0)+float32"
    scheduler.start(made, [parse("int8"), parse(trained)])
    scheduler.wait(made)
    assert [job.error for job in made.index.jobs] == [None] * 2
    return made


def test_errors_by_horizon_and_mase_are_those_of_a_plain_loop(study: Study) -> None:
    record, baseline = study.index.dataset, study.index.variants[0]
    assert record is not None
    assert (record.task, record.first_metric, record.season) == (Task.FORECAST, "mae", 6)
    x, y = series()
    roles = Dataset(study.data_folder, record).roles
    apart = [abs(y[i, h] - x[i, WINDOW - 6 + h, 1]) for i in roles.evaluation for h in range(AHEAD)]
    by_step = np.array(apart).reshape(-1, AHEAD)
    seen = np.concatenate([roles.tuning, roles.training, roles.calibration])
    naive = np.mean([
        abs(x[i, t, 1] - x[i, t - 6, 1]) for i in seen for t in range(6, WINDOW)
    ])  # fmt: skip
    assert list(record.naive_errors) == pytest.approx([naive], rel=1e-5)
    assert baseline.metric is not None
    assert baseline.metric.value == pytest.approx(by_step.mean(), rel=1e-5)
    found = {one.name: one.value for one in baseline.others}
    assert found["mase"] == pytest.approx(by_step.mean() / naive, rel=1e-5)
    assert set(found) == {"mase", "r2", "rmse"}
    assert [one.step for one in baseline.horizons] == [1, 2, 3]
    for one, errors in zip(baseline.horizons, by_step.T, strict=True):
        assert one.mae.value == pytest.approx(errors.mean(), rel=1e-5)
        assert one.rmse.value == pytest.approx(np.sqrt(np.square(errors).mean()), rel=1e-5)
        assert one.mae.low is not None
        assert one.mae.high is not None
        assert one.mae.low < errors.mean() < one.mae.high
    assert any("next steps of column 1" in note for note in record.notes)


def test_forecasts_are_compared_trained_and_exported(study: Study) -> None:
    for row in compare(study)[1:]:
        assert row.difference is not None
        assert row.difference.value is not None
        assert len(row.variant.horizons) == AHEAD
    content = results(study)
    check_schema(content)
    assert content["dataset"]["season"] == 6
    assert len(content["variants"][0]["horizons"]) == AHEAD


def test_steps_and_channels_have_errors_of_their_own() -> None:
    outputs, labels = RNG.normal(size=(2, 50, 4, 3)).astype(np.float32)
    found = horizons(outputs, labels)
    for h in range(4):
        apart = [abs(outputs[i, h, c] - labels[i, h, c]) for i in range(50) for c in range(3)]
        assert found[h].mae.value == pytest.approx(np.mean(apart), rel=1e-5)
    outputs[3, 0, 0] = np.nan
    assert horizons(outputs, labels) == ()


def test_the_naive_forecast_is_reckoned_column_by_column() -> None:
    x = RNG.normal(size=(20, 7, 3))
    y = np.stack([x[:, -1, 2] + 0.01, x[:, -1, 0]], axis=1)[:, None]
    columns = continued_columns(x, y)
    assert columns == (2, 0)
    for season in (1, 3):
        by_hand = [
            np.mean([abs(w[t, c] - w[t - season, c]) for w in x for t in range(season, 7)])
            for c in columns
        ]
        np.testing.assert_allclose(naive_errors(x, columns, season), by_hand)
    assert naive_errors(x[..., 0], (0,), 1).shape == (1,)
    with refused(DataError, "A season of 7 steps", "a window of 7", "Give from 1 to 6"):
        naive_errors(x, columns, 7)


def test_only_the_user_makes_a_forecast_of_a_regression() -> None:
    model = summary((WINDOW, 2), (AHEAD,), activation="linear")
    y = RawLabels(RNG.normal(size=(5, AHEAD)))
    assert understand({"": y}, model)[1].task is Task.REGRESSION
    assert understand({"": y}, model, task=Task.FORECAST)[1].task is Task.FORECAST
    with refused(DataError, "forecast", "the next steps", "Choose another task"):
        understand({"": y}, summary((8, 8, 3), (AHEAD,), activation="linear"), task=Task.FORECAST)
