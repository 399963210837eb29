"""tests of pages/: what labels are for is asked on Data where several readings fit."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dashboard import page_files
from dashboard.server.engine import engine
from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.data.dataset import Dataset
from optimizer.data.labels import Task
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.study import Study
from tests.pages.conftest import Visit, address, press, texts, wait_for_operation
from tests.pages.test_questions import give_path
from tests.two_heads import samples, sizes, two_heads

Save = Callable[..., Path]


@pytest.fixture(scope="module")
def heads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_heads(tmp_path_factory.mktemp("model") / "heads.keras")


@pytest.fixture(scope="module")
def colours(save: Save) -> Path:
    x, _, colour = samples()
    return save(x=x, y=colour)


def opened(scheduler: Scheduler, heads: Path) -> Study:
    return scheduler.open_model(heads, "heads").result()


def test_the_head_is_asked_for_and_the_right_one_judged(
    visit: Visit, scheduler: Scheduler, heads: Path, colours: Path
) -> None:
    app = give_path(visit(page_files.DATA, opened(scheduler, heads)), "data", colours)
    assert "What are the labels for?" in texts(app)
    assert not app.error
    choice = app.radio(key="questions.meaning.choice")
    assert choice.options == [
        "one of 3 classes (output “shape”)", "one of 3 classes (output “colour”)",
        "a value (output “size”)",
    ]  # fmt: skip
    choice.set_value(1)
    press(app, "Use them so")
    app = wait_for_operation(app)
    study = engine().library.open(address(app))
    record = study.index.dataset
    assert record is not None
    assert (record.output, record.task, record.assumed) == (1, Task.CLASSIFICATION, "")
    x, _, colour = samples()
    evaluated = Dataset(study.data_folder, record).roles.evaluation
    expected = (x[:, 3:6].argmax(axis=1) == colour)[evaluated].mean()
    metric = study.index.variants[0].metric
    assert metric is not None
    assert metric.value == pytest.approx(expected)
    shown = {one.label: one.value for one in app.metric}
    assert shown["Float accuracy"] == f"{100 * expected:.2f} %"


@pytest.mark.slow
def test_what_was_assumed_is_said_until_the_user_says_that_it_is_so(
    visit: Visit, scheduler: Scheduler, heads: Path, colours: Path
) -> None:
    study = opened(scheduler, heads)
    options = DataOptions(assume=True)
    scheduler.add_data(study, DataFiles(colours), "colours", options).result()
    app = visit(page_files.DATA, study)
    assert any("Nobody said what the labels are for" in one.value for one in app.warning)
    for page in (page_files.COMPARE,):
        other = visit(page, study)
        assert any("Nobody said what the labels are for" in one.value for one in other.warning)
    press(app, "That is what they are for")
    app = wait_for_operation(app)
    record = study.index.dataset
    assert record is not None
    assert (record.output, record.assumed) == (0, "")
    assert not any("Nobody said" in one.value for one in app.warning)


@pytest.mark.slow
def test_labels_laid_aside_can_be_taken_up_again(
    visit: Visit, scheduler: Scheduler, tmp_path: Path, save: Save
) -> None:
    import keras

    inputs = keras.Input((8,))
    model = keras.Model(inputs, keras.layers.Dense(3)(inputs))
    model.compile("adam", "mse")
    model.save(tmp_path / "values.keras")
    x, shape, _ = samples()
    study = scheduler.open_model(tmp_path / "values.keras", "values").result()
    app = give_path(visit(page_files.DATA, study), "data", save(x=x, y=shape))
    assert "What are the labels for?" in texts(app)
    app.radio(key="questions.meaning.choice").set_value(1)
    press(app, "Use them so")
    app = wait_for_operation(app)
    place = f"{study.index.id}.{study.index.data_folder}"
    before = study.index.dataset
    assert before is not None
    assert before.task is Task.UNLABELLED
    app.selectbox(key=f"data.task.{place}").set_value(Task.CLASSIFICATION).run()
    press(app, "Apply this task")
    wait_for_operation(app)
    after = study.index.dataset
    assert after is not None
    assert after.task is Task.CLASSIFICATION
    assert after.class_counts == tuple(np.bincount(shape).tolist())


def test_compare_shows_each_output_and_data_chooses_the_headline(
    visit: Visit, scheduler: Scheduler, heads: Path, save: Save
) -> None:
    x, shape, colour = samples()
    study = opened(scheduler, heads)
    files = DataFiles(save(x=x, y_shape=shape, y_colour=colour, y_size=sizes(x)))
    scheduler.add_data(study, files, "all").result()
    app = visit(page_files.COMPARE, study)
    [frame] = [one.value for one in app.dataframe if "Agreement with float32" in one.value.columns]
    assert frame["Output"].tolist() == ["shape", "colour", "size"]
    assert frame["Metric"].tolist() == ["Accuracy", "Accuracy", "Mean absolute error"]
    assert frame["Value"][0] == "100.00 %"
    assert "root mean squared error" in frame["Others"][2]
    assert not frame["Others"].str.contains("–").any(), "what was not measured is not listed"

    app = visit(page_files.DATA, study)
    place = f"{study.index.id}.{study.index.data_folder}"
    app.selectbox(key=f"data.output.{place}").set_value(2).run()
    press(app, "Apply this task")
    wait_for_operation(app)
    record, metric = study.index.dataset, study.index.variants[0].metric
    assert record is not None
    assert metric is not None
    assert (record.output, record.task) == (2, Task.REGRESSION)
    assert [one.output for one in record.further] == [0, 1]
    evaluated = Dataset(study.data_folder, record).roles.evaluation
    assert metric.value == pytest.approx(np.abs(x[:, 6] - sizes(x))[evaluated].mean(), rel=1e-4)
