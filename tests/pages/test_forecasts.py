"""tests of pages/: a forecast is called so on Data, and Inspect shows errors by horizon."""

from collections.abc import Callable
from pathlib import Path

from dashboard import page_files
from optimizer.data.data_options import DataFiles
from optimizer.jobs.scheduler import Scheduler
from tests.pages.conftest import Visit, address, press, texts, wait_for_operation
from tests.pages.test_inspect_page import inspect
from tests.tasks.test_forecasts import AHEAD, WINDOW, series


def test_a_regression_becomes_a_forecast_on_the_page(
    visit: Visit, scheduler: Scheduler, save: Callable[..., Path], tmp_path: Path
) -> None:
    import keras

    inputs = keras.Input((WINDOW, 2), name="window")
    outputs = keras.layers.Dense(AHEAD)(keras.layers.Flatten()(inputs))
    keras.Model(inputs, outputs).save(tmp_path / "dense.keras")
    x, y = series(80)
    files = DataFiles(save(x=x, y=y))
    study = scheduler.open_both(tmp_path / "dense.keras", "dense", files, "windows").result()
    app = visit(page_files.DATA, study)
    [task] = [one for one in app.selectbox if one.label == "What the labels are for"]
    assert task.index == task.options.index("regression")
    task.select_index(task.options.index("forecast")).run()
    press(app, "Apply this task")
    wait_for_operation(app)
    assert "MASE" in [metric.label for metric in app.metric]
    [season] = [one for one in app.number_input if one.label == "Season, in steps"]
    season.set_value(6).run()
    press(app, "Apply this season")
    wait_for_operation(app)
    study = scheduler.library.open(address(app))
    assert study.index.dataset is not None
    assert study.index.dataset.season == 6
    app = inspect(visit, study, "float32", "Classes")
    assert "Errors by horizon" in texts(app)
    assert app.dataframe[0].value["Step"].tolist() == [1, 2, 3]
