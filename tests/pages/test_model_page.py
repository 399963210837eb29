"""tests of pages/: the Model page."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard import page_files
from dashboard.forms import file_chooser
from optimizer.export import numbers
from optimizer.jobs.scheduler import Scheduler
from optimizer.models.summary import ModelSummary
from optimizer.store.records import ModelRecord
from optimizer.store.study import INDEX, Study
from optimizer.techniques.registry import TECHNIQUES
from tests.layers import fit
from tests.pages.conftest import Visit, address, press, texts, wait_for_operation
from tests.variants import SUMMARY, variant
from tests.variants import study as made_by_hand


def test_the_first_page_offers_the_sample_and_an_upload(visit: Visit) -> None:
    app = visit()
    assert app.button[0].label == "Use the sample"
    assert app.file_uploader[0].label == "Model"
    assert not app.sidebar.selectbox, "there is no study to choose from"


def test_an_uploaded_model_becomes_a_study_that_says_what_it_is(
    visit: Visit, model: Path, tiny3: Any
) -> None:
    app = visit()
    app.file_uploader[0].set_value(("my net.keras", model.read_bytes(), "")).run()
    assert app.get("progress"), "opening takes seconds, so it shows progress"
    wait_for_operation(app)
    assert app.title[0].value == "my net"
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Format"] == "Keras 3 .keras"
    assert shown["Parameters"] == numbers.count(tiny3.count_params())
    assert int(shown["Layers"]) > 5
    assert shown["MACs"] != "–"
    tensors, layers, fits = (frame.value for frame in app.dataframe)
    assert tensors["Shape"].tolist() == ["any × 8 × 8 × 3", "any × 3"]
    assert layers.set_index("Layer")["Count"]["Dense"] == 2
    assert len(fits) > 5, "what training can do with each layer is known before any training"
    assert address(app).startswith("my-net-")


@pytest.mark.slow
def test_a_recurrent_model_can_be_opened_once_more_with_unrolled_layers(
    visit: Visit, scheduler: Scheduler, saved: Callable[..., Path]
) -> None:
    import keras

    inputs = keras.Input((5, 3))
    path = saved(keras.Model(inputs, keras.layers.GRU(4)(inputs)), ".keras")
    study = scheduler.open_model(path, "gru").result()
    app = visit(page_files.MODEL, study)
    assert any("unroll=True" in info.value for info in app.info)
    press(app, "Open it with unrolled layers")
    wait_for_operation(app)
    again = scheduler.library.open(address(app)).index
    assert again.id != study.index.id
    assert again.model.options.unroll
    assert not again.model.summary.loops
    assert again.model.summary.parameters == study.index.model.summary.parameters
    assert "Open it with unrolled layers" not in [button.label for button in app.button]


def test_it_says_which_techniques_fit_and_why_others_do_not(
    visit: Visit, model_only: Study
) -> None:
    said = texts(visit(page_files.MODEL, model_only))
    for kind in TECHNIQUES.values():
        assert kind.label in said
        reason = kind.misfit(model_only.index.model.summary, None)
        assert (f"Not possible: {reason}" in said) if reason else (kind.summary in said)


def test_before_any_training_a_table_says_what_it_can_do_with_each_layer(
    visit: Visit, scheduler: Scheduler
) -> None:
    fits = (
        fit("conv", "Conv2D", 320),
        fit("norm", "BatchNormalization", 64, "has no weights to prune", "is frozen"),
        fit("gelu", "Activation", 0, "has no weights to prune", "is frozen", "unknown"),
    )
    _made_by_hand(scheduler, "with-fits", replace(SUMMARY, fits=fits))
    app = visit(page_files.MODEL, "with-fits")
    assert "Prune: 1 of 3 layers; Cluster: 1; QAT: 2." in texts(app)
    assert app.dataframe[-1].value.to_numpy().tolist() == [
        ["conv", "Conv2D", 320, "✓", "✓", "✓"],
        ["norm", "BatchNormalization", 64, "has no weights to prune", "is frozen", "✓"],
        ["gelu", "Activation", 0, "has no weights to prune", "is frozen", "unknown"],
    ]


def test_a_model_that_cannot_be_trained_gets_one_sentence_instead(
    visit: Visit, scheduler: Scheduler
) -> None:
    reason = "its layers are not in the file"
    _made_by_hand(scheduler, "no-fits", replace(SUMMARY, untrainable=reason))
    app = visit(page_files.MODEL, "no-fits")
    assert f"Nothing: {reason}." in texts(app)
    assert "Layer by layer" not in [expander.label for expander in app.expander]


def _made_by_hand(scheduler: Scheduler, name: str, summary: ModelSummary) -> None:
    record = ModelRecord(summary=summary, digest="d", file="model/m", saved_model="model/s")
    made_by_hand(scheduler.library.home / name, variant("float32"), model=record).close()


def test_a_file_that_is_no_model_gets_one_sentence_and_changes_nothing(
    visit: Visit, model_only: Study
) -> None:
    before = (model_only.folder / INDEX).read_bytes()
    app = visit(page_files.MODEL, model_only)
    app.file_uploader[0].set_value(("model.keras", b"Dear diary,", "")).run()
    wait_for_operation(app)
    [error] = app.error
    assert "not a model file" in error.value
    assert "\n" not in error.value
    assert app.title[0].value == "tiny", "the study before it is still there"
    assert (model_only.folder / INDEX).read_bytes() == before
    app.switch_page(page_files.DATA).run()
    assert not app.error, "another page has nothing to say about it"


def test_a_folder_with_paths_that_lead_out_of_it_is_refused(
    visit: Visit, scheduler: Scheduler
) -> None:
    app = visit()
    app.segmented_control(key="model.way").set_value(file_chooser.FOLDER).run()
    files = [("net/saved_model.pb", b"x", ""), ("../escaped", b"y", "")]
    app.file_uploader[0].set_value(files).run()
    assert "leads out of the folder" in app.error[0].value
    assert not list(scheduler.library.home.rglob("escaped"))


def test_stop_ends_the_opening_and_leaves_no_study(
    visit: Visit, scheduler: Scheduler, model: Path
) -> None:
    before = scheduler.library.ids()
    app = visit()
    app.file_uploader[0].set_value(("m.keras", model.read_bytes(), "")).run()
    app.button(key="waiting.stop").click().run()
    wait_for_operation(app)
    assert app.error[0].value == "Stopped. Nothing was changed."
    assert scheduler.library.ids() == before


def test_new_study_leads_back_to_the_start(visit: Visit, model_only: Study) -> None:
    app = visit(page_files.OPTIMIZE, model_only)
    next(button for button in app.sidebar.button if button.label == "New study").click().run()
    assert not app.exception
    assert app.button[0].label == "Use the sample"
    assert "study" not in app.query_params


def test_an_address_of_a_study_that_is_gone_says_so(visit: Visit) -> None:
    app = visit(page_files.MODEL, "gone-123456")
    assert "There is no study “gone-123456”" in app.error[0].value
    assert "study" not in app.query_params


def test_a_damaged_study_cannot_be_chosen_and_says_why(
    visit: Visit, scheduler: Scheduler, model_only: Study
) -> None:
    damaged = scheduler.library.home / "damaged"
    damaged.mkdir()
    (damaged / INDEX).write_text("{")
    app = visit(page_files.OPTIMIZE, model_only)
    app.sidebar.selectbox[0].select("damaged").run()
    assert not app.exception
    assert "its study.json is damaged" in app.error[0].value
    assert app.sidebar.selectbox[0].value == model_only.index.id
    assert address(app) == model_only.index.id
