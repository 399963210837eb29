"""tests of pages/: an autoencoder and labels of anomalies, on Data, Compare and Inspect."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard import page_files
from optimizer.data.data_options import DataFiles
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.study import Study
from tests import autoencoders
from tests.pages.conftest import Visit, address, press, texts, wait_for_operation
from tests.pages.test_inspect_page import answered, inspect

Save = Callable[..., Path]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return autoencoders.blur(tmp_path_factory.mktemp("model") / "blur.keras")


@pytest.fixture(scope="module")
def study(scheduler: Scheduler, model: Path, save: Save) -> Study:
    x, y = autoencoders.pictures()
    files = DataFiles(save(x=x, y=y))
    made = scheduler.open_both(model, "blur", files, "scratches").result()
    scheduler.start(made, [parse("int8")])
    scheduler.wait(made)
    return made


def charts(app: Any) -> list[Any]:
    return list(app.get("plotly_chart"))


def test_data_compare_and_inspect_speak_of_anomalies(visit: Visit, study: Study) -> None:
    record = study.index.dataset
    assert record is not None
    app = visit(page_files.DATA, study)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Task"] == "anomaly"
    assert {"Float AUC", "Recall", "False alarms", "Reconstruction error"} <= set(shown)
    assert "gives back what it takes" in texts(app)
    assert f"Alarm above an error of {record.threshold:.4g}." in texts(app)

    app = visit(page_files.COMPARE, study)
    table = app.dataframe[0].value
    assert table["Metric"].notna().all()
    assert table["Agreement"].notna().all()

    app = inspect(visit, study, "int8", "Classes")
    said = texts(app)
    assert "How badly samples are rebuilt" in said
    assert "a sample gives alarm" in said
    assert "What it gets wrong" in said or "What changed most" in said
    by_class = app.dataframe[0].value
    assert set(by_class["Class"]) == {"normal", "anomaly"}
    apart = sum("this file:" in caption.value for caption in app.caption)
    assert 0 < apart <= 12  # pictures to which this file and float32 give different classes
    assert (len(app.image) - apart) % 5 == 0  # and rows of what it rebuilds worst
    assert len(app.image) - apart >= 5
    assert len(charts(app)) == 2  # the errors, and what is taken for what

    app = answered(inspect(visit, study, "int8", "Predictions"))
    answers = app.dataframe[0].value
    assert set(answers["Answer"]) <= {"normal", "anomaly"}
    assert answers["Error"].astype(float).between(0, 1).all()
    assert answers["Right"].isin(["✓", "✗"]).all()


@pytest.mark.slow
def test_another_share_of_false_alarms_is_chosen_on_the_page(
    visit: Visit, scheduler: Scheduler, model: Path, save: Save
) -> None:
    x, y = autoencoders.pictures(80)
    study = scheduler.open_both(model, "blur", DataFiles(save(x=x, y=y)), "scratches").result()
    app = visit(page_files.DATA, study)
    assert study.index.dataset is not None
    before = study.index.dataset.threshold
    [alarms] = [one for one in app.number_input if one.label.startswith("False alarms")]
    assert alarms.value == pytest.approx(5)
    alarms.set_value(30.0).run()
    [error] = [one for one in app.selectbox if one.label == "Error of a rebuilt sample"]
    error.select("mae").run()
    press(app, "Apply this threshold")
    wait_for_operation(app)
    record = scheduler.library.open(address(app)).index.dataset
    assert record is not None
    assert record.false_alarms == pytest.approx(0.3)
    assert record.reconstruction == "mae"
    assert record.threshold != before


def test_without_labels_the_page_offers_to_look_at_the_errors(
    visit: Visit, scheduler: Scheduler, model: Path, save: Save
) -> None:
    x, _ = autoencoders.pictures(80, every=100)
    study = scheduler.open_both(model, "blur", DataFiles(save(x=x)), "pictures").result()
    app = visit(page_files.DATA, study)
    [task] = [one for one in app.selectbox if one.label == "What the labels are for"]
    assert task.options == ["label-free", "anomaly"]
    task.select_index(1).run()
    press(app, "Apply this task")
    wait_for_operation(app)
    assert "all samples are taken for normal ones" in texts(app)
    shown = {metric.label: metric.value for metric in app.metric}
    assert "Float reconstruction error" in shown
