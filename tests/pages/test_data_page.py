"""tests of pages/: the Data page."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import page_files
from optimizer.data.data_options import DataFiles
from optimizer.data.given_scaling import GivenScaling
from optimizer.export import numbers
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.study import INDEX, Study
from tests.pages.conftest import Visit, address, texts, wait_for_operation

Save = Callable[..., Path]


def upload(app: AppTest, content: bytes) -> AppTest:
    [data] = [one for one in app.file_uploader if one.label == "Data"]
    data.set_value(("pictures.npz", content, "")).run()
    return wait_for_operation(app)


def npz(**arrays: npt.NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def test_without_a_model_the_page_asks_for_one(visit: Visit) -> None:
    app = visit(page_files.DATA)
    assert "Open a model first" in app.info[0].value
    assert not app.file_uploader


def test_without_data_it_offers_an_upload_and_the_sample(visit: Visit, model_only: Study) -> None:
    app = visit(page_files.DATA, model_only)
    assert app.file_uploader[0].label == "Data"
    assert "Use the sample’s data" in [button.label for button in app.button]


def test_classes_are_named_on_the_page(visit: Visit, results: Study) -> None:
    app = visit(page_files.DATA, results)
    [names] = [area for area in app.text_area if "One a line" in area.label]
    names.set_value("one\ntwo")
    [save] = [button for button in app.button if button.label == "Save names"]
    save.click().run()
    assert "2 names of classes were given, but there are 3" in app.error[0].value
    [names] = [area for area in app.text_area if "One a line" in area.label]
    names.set_value("one\ntwo\nthree")
    [save] = [button for button in app.button if button.label == "Save names"]
    save.click().run()
    assert results.index.dataset is not None
    assert results.index.dataset.class_names == ("one", "two", "three")
    results.name_classes(())


def test_it_shows_what_the_data_are_and_what_the_float_model_reaches(
    visit: Visit, results: Study
) -> None:
    app = visit(page_files.DATA, results)
    dataset = results.index.dataset
    assert dataset is not None
    auc = next(other for other in results.index.variants[0].others if other.name == "auc")
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown == {
        "Samples": "120", "Task": "classification", "Classes": "3", "Float accuracy": "100.00 %",
        "AUC": numbers.metric(auc), "Balanced accuracy": "100.00 %", "Macro F1": "100.00 %",
    }  # fmt: skip
    assert "The float model reaches 100.00 %" in app.success[0].value
    assert f"on {dataset.evaluation} samples" in app.success[0].value
    assert not app.warning
    scalings, roles = (frame.value for frame in app.dataframe)
    assert scalings.loc[scalings[""] == "✓", "Scaling"].tolist() == ["unit"]
    assert roles["Samples"].sum() == 120
    assert roles["Samples"].tolist() == [
        dataset.evaluation, dataset.calibration, dataset.tuning, dataset.training
    ]  # fmt: skip
    assert len(app.image) == 12
    assert "Balance of classes" in texts(app)


@pytest.mark.slow
def test_mean_and_deviation_are_typed_on_the_page(
    visit: Visit, scheduler: Scheduler, model: Path, save: Save, pixels: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
) -> None:  # fmt: skip
    data = save(x=pixels, y=labels)
    study = scheduler.open_both(model, "tiny", DataFiles(data), "typed").result()

    def send(mean: str, std: str) -> AppTest:
        app = visit(page_files.DATA, study)
        texts = {text.label: text for text in app.text_input}
        texts["Mean"].set_value(mean)
        texts["Deviation"].set_value(std)
        [button] = [one for one in app.button if one.label == "Apply these numbers"]
        return button.click().run()

    assert "“red” is no mean" in send("red", "1").error[0].value
    app = wait_for_operation(send("0, 0, 0", "255"))
    assert study.index.dataset is not None
    assert study.index.dataset.given == GivenScaling((0, 0, 0), (255,))
    scalings = app.dataframe[0].value
    assert scalings.loc[scalings[""] == "✓", "Meaning"].tolist() == ["(x − (0, 0, 0)) / 255"]
    reached = dict(zip(scalings["Scaling"], scalings["Float model"], strict=True))
    assert reached["given"] == reached["unit"], "the same numbers by another name"
    assert "those of" not in texts(app), "a text of the code is none of the page"
    compare = visit(page_files.COMPARE, study)
    assert "It expects inputs scaled so: (x − (0, 0, 0)) / 255." in texts(compare)
    app = visit(page_files.DATA, study)
    [way] = [one for one in app.segmented_control if one.label == "Where they are"]
    way.set_value("A scaler’s file").run()
    [scaler] = [one for one in app.file_uploader if "scaler" in one.label]
    scaler.set_value(("s.json", b'{"mean_": [127.5], "scale_": [127.5]}', "")).run()
    wait_for_operation(app)
    assert study.index.dataset.given == GivenScaling((127.5,), (127.5,))


@pytest.mark.slow
def test_a_model_that_hardly_beats_guessing_is_a_sign_of_wrong_scaling(
    visit: Visit, scheduler: Scheduler, model: Path, save: Save, pixels: npt.NDArray[np.uint8]
) -> None:
    guesses = np.arange(len(pixels)) % 3
    data = save(x=pixels, y=guesses)
    study = scheduler.open_both(model, "tiny", DataFiles(data), "guesses").result()
    app = visit(page_files.DATA, study)
    [warning] = app.warning
    assert "hardly more than guessing (33.3 %)" in warning.value
    assert "scaling" in warning.value
    assert not app.success


@pytest.mark.slow
def test_a_class_that_is_most_frequent_alone_is_no_sign_of_wrong_scaling(
    visit: Visit, scheduler: Scheduler, model: Path, save: Save, pixels: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
) -> None:  # fmt: skip
    most = int(np.bincount(labels).argmax())
    kept = np.concatenate([np.flatnonzero(labels == most), np.flatnonzero(labels != most)[:8]])
    data = save(x=pixels[kept], y=labels[kept])
    study = scheduler.open_both(model, "tiny", DataFiles(data), "unbalanced").result()
    app = visit(page_files.DATA, study)
    assert not app.warning, "guessing is good here, and the model is better"


def test_data_without_labels_are_compared_with_the_float_model(
    visit: Visit, scheduler: Scheduler, model: Path, save: Save, pixels: npt.NDArray[np.uint8]
) -> None:
    study = scheduler.open_both(model, "tiny", DataFiles(save(x=pixels)), "unlabelled").result()
    app = visit(page_files.DATA, study)
    assert {m.label: m.value for m in app.metric} == {"Samples": "120", "Task": "label-free"}
    assert "The data have no labels" in app.info[0].value
    compare = visit(page_files.COMPARE, study)
    assert compare.dataframe[0].value["Agreement"].tolist() == [100.0]


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"y": np.arange(5)}, "no inputs"),
        ({"x": np.full((4, 8, 8, 3), np.nan), "y": np.zeros(4, int)}, "NaN"),
        ({"x": np.ones((4, 9, 9, 3)), "y": np.zeros(4, int)}, "the model takes 8 × 8 × 3"),
        ({"x": np.ones((4, 8, 8, 3)), "y": np.full(4, 3)}, "the model has 3 classes"),
    ],
    ids=["labels without inputs", "NaN", "wrong shape", "labels out of range"],
)
def test_data_that_do_not_fit_get_one_sentence_and_change_nothing(
    visit: Visit, results: Study, arrays: dict[str, npt.NDArray[Any]], sentence: str
) -> None:
    before = (results.folder / INDEX).read_bytes()
    app = upload(visit(page_files.DATA, results), npz(**arrays))
    [error] = app.error
    assert sentence in error.value
    assert "\n" not in error.value
    assert "Traceback" not in error.value
    assert "Traceback" in app.code[0].value, "the full log is there on demand"
    assert app.title[0].value == "pictures", "the data before them are still there"
    assert (results.folder / INDEX).read_bytes() == before


def test_another_scaling_starts_a_new_study_where_there_are_results(
    visit: Visit, results: Study
) -> None:
    before = (results.folder / INDEX).read_bytes()
    app = visit(page_files.DATA, results)
    app.selectbox(key=scaling_key(results)).select("none").run()
    assert "the change starts a new study" in texts(app)
    next(button for button in app.button if button.label == "Apply this scaling").click().run()
    wait_for_operation(app)
    assert address(app) != results.index.id
    scalings = app.dataframe[0].value
    assert scalings.loc[scalings[""] == "✓", "Scaling"].tolist() == ["none"]
    assert (results.folder / INDEX).read_bytes() == before


def scaling_key(study: Study) -> str:
    return f"data.scaling.{study.index.id}.{study.index.data_folder}"
