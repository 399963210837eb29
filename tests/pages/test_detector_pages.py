"""tests of pages/: a detector on Data and Inspect."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard import page_files
from optimizer.data.boxes.head import Layout
from optimizer.data.data_options import DataFiles
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.study import Study
from tests.detector import save_detector, scenes
from tests.pages.conftest import Visit, address, press, texts, wait_for_operation
from tests.pages.test_inspect_page import answered, inspect

RECIPE = "int8(calibration_samples=20)"


@pytest.fixture(scope="module")
def found(scheduler: Scheduler, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study of a detector, with one variant."""
    folder = tmp_path_factory.mktemp("detector")
    np.savez(folder / "scenes.npz", **scenes(200, 3))
    model, data = save_detector(folder / "detector.keras"), DataFiles(folder / "scenes.npz")
    study = scheduler.open_both(model, "detector", data, "scenes").result()
    scheduler.start(study, [parse(RECIPE)])
    scheduler.wait(study)
    return study


def test_the_data_page_says_how_boxes_are_read_and_reads_them_otherwise(
    visit: Visit, scheduler: Scheduler, found: Study
) -> None:
    app = visit(page_files.DATA, found)
    said = texts(app)
    assert "Boxes are read as yolo(outputs=0, boxes=cxcywh, unit=unit" in said
    assert "The float model reaches" in said
    titles = [metric.label for metric in app.metric]
    assert {"Float mAP 0.5:0.95", "mAP 0.5", "Classes"} <= set(titles)
    place = f"data.head.{found.index.id}.{found.index.data_folder}"
    nms = next(box for box in app.number_input if box.key == f"{place}.yolo.nms")
    nms.set_value(0.3)
    press(app, "Read boxes so")
    wait_for_operation(app)
    again = scheduler.library.open(address(app))
    assert again.index.id != found.index.id, "there were results"
    assert again.index.dataset is not None
    assert again.index.dataset.head is not None
    assert again.index.dataset.head.layout is Layout.YOLO
    assert again.index.dataset.head.nms == 0.3
    assert "nms=0.3" in texts(app)


def test_classes_and_boxes_that_differ_are_shown(visit: Visit, found: Study) -> None:
    app = inspect(visit, found, RECIPE, "Classes")
    [by_class] = [table for table in app.dataframe if "Class" in table.value]
    assert len(by_class.value) > 0
    assert {"Boxes", "Found", "mAP"} <= set(by_class.value.columns)
    said = texts(app)
    assert "one of them finds boxes that the other does not" in said
    assert " lost, " in said


def test_a_sample_is_answered_with_boxes(visit: Visit, found: Study) -> None:
    app = inspect(visit, found, RECIPE, "Predictions")
    answered(app)
    table: Any = app.dataframe[0].value
    assert list(table["Recipe"]) == ["float32", RECIPE]
    assert all("cat" in said or "dog" in said or said == "nothing" for said in table["Answer"])
    assert " of " in table["Right"][0]
    assert "Boxes with a score from 0.25." in texts(app)


def test_outputs_that_no_shape_tells_are_asked_about(
    visit: Visit, scheduler: Scheduler, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.forms import file_chooser

    study = scheduler.open_model(model, "tiny").result()
    file = tmp_path / "boxes.npz"
    boxes = np.tile([0.1, 0.1, 0.5, 0.5], (30, 1, 1))
    np.savez(file, x=np.zeros((30, 8, 8, 3), np.uint8), boxes=boxes)
    app = visit(page_files.DATA, study)
    given = iter([file_chooser.Chosen(file, "boxes")])
    monkeypatch.setattr(file_chooser, "choose", lambda *_: next(given, None))
    app.run()
    wait_for_operation(app)
    assert any(head.value == "How are boxes read?" for head in app.subheader)
    assert any(button.label == "Read boxes so" for button in app.button)
