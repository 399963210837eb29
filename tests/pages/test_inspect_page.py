"""tests of pages/: the Inspect page of one variant."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import page_files
from dashboard.forms import variant_picker
from dashboard.frames import weight_histograms
from dashboard.state import readings, selection, session
from optimizer.choose.choice import choose
from optimizer.choose.comparison import compare
from optimizer.choose.recommend import recommended
from optimizer.data.dataset import Dataset
from optimizer.jobs.scheduler import Scheduler
from optimizer.measure.histograms import HISTOGRAMS, beside
from optimizer.measure.measurements import Memory, OperatorTime, Profile
from optimizer.store.limits import Limits
from optimizer.store.prediction_files import Predictions, read_predictions
from optimizer.store.profile_files import write_profile
from optimizer.store.study import Study
from tests.pages.conftest import Visit, texts
from tests.variants import study as made_by_hand
from tests.variants import variant

INT8 = "int8(calibration_samples=5)"
TAB = "inspect.tab"
TABS = (
    "Where it can run",
    "Operators",
    "Tensors",
    "Weights",
    "Sensitivity",
    "Graph",
    "Predictions",
    "Classes",
)


def open_tab(app: AppTest, tab: str) -> AppTest:
    app.session_state[TAB] = tab
    app.run()
    assert not app.exception
    return app


def inspect(visit: Visit, study: Study, recipe: str, tab: str = TABS[0]) -> AppTest:
    """Opens the page at a variant, as after a choice on Compare."""
    app = visit(page_files.INSPECT, study)
    app.session_state[selection.SELECTED] = recipe
    return open_tab(app, tab)


def answered(app: AppTest) -> AppTest:
    """Waits until a worker has answered, and runs the page once more."""
    for place in (weight_histograms.PLACE, "inspect.reply"):
        if place in app.session_state:
            app.session_state[place].operation.result()
    app.run()
    assert not app.exception
    return app


def test_without_results_the_page_leads_to_them(visit: Visit, model_only: Study) -> None:
    for study in (None, model_only):
        app = visit(page_files.INSPECT, study)
        assert "no file to look into yet" in app.info[0].value


def test_it_is_about_the_variant_that_was_chosen_on_compare(visit: Visit, results: Study) -> None:
    app = visit(page_files.COMPARE, results)
    app.session_state[selection.SELECTED] = "float16"
    app.switch_page(page_files.INSPECT).run()
    assert app.selectbox(key=variant_picker.CHOICE).value == "float16"
    assert app.query_params[selection.PARAMETER] in ("float16", ["float16"])
    app.selectbox(key=variant_picker.CHOICE).select(INT8).run()
    assert app.session_state[selection.SELECTED] == INT8
    app.switch_page(page_files.COMPARE).run()
    assert app.session_state[selection.SELECTED] == INT8


def test_before_a_choice_it_is_about_what_compare_offers(visit: Visit, results: Study) -> None:
    app = visit(page_files.INSPECT, results)
    offered = recommended(compare(results), choose(results, Limits())).variant.recipe
    assert app.selectbox(key=variant_picker.CHOICE).value == offered


@pytest.mark.parametrize("named", ["float16", "int4", ""])
def test_the_address_names_the_variant(visit: Visit, results: Study, named: str) -> None:
    offered = visit(page_files.INSPECT, results).selectbox(key=variant_picker.CHOICE).value
    app = AppTest.from_file(page_files.ROUTER)
    app.default_timeout = 60
    app.query_params[session.PARAMETER] = results.index.id
    app.query_params[selection.PARAMETER] = named
    app.run()
    app.query_params[selection.PARAMETER] = named
    app.switch_page(page_files.INSPECT)
    app.query_params[selection.PARAMETER] = named
    app.run()
    assert not app.exception
    expected = named if results.variant(named) else offered
    assert app.selectbox(key=variant_picker.CHOICE).value == expected


@pytest.mark.parametrize("recipe", ["float32", INT8])
def test_every_part_of_a_real_variant_is_shown(visit: Visit, results: Study, recipe: str) -> None:
    app = inspect(visit, results, recipe)
    shown = set()
    for tab in TABS:
        answered(open_tab(app, tab))
        assert not app.error
        shown.add((texts(app), len(app.dataframe), len(app.get("plotly_chart"))))
    assert len(shown) == len(TABS), "each has a content of its own"


def test_verdicts_come_with_what_stands_in_the_way_and_their_source(
    visit: Visit, results: Study
) -> None:
    said = texts(inspect(visit, results, "float32"))
    made = results.variant("float32")
    assert made is not None
    inside = readings.inside(results, made)
    assert inside is not None
    assert len(inside.verdicts) >= 5
    for verdict in inside.verdicts:
        assert f"**{verdict.target}**" in said
        assert f"]({verdict.source.url})" in said
        assert not verdict.obstacles or not verdict.fits
    assert "stand in the way" in " ".join(
        block.label for block in inspect(visit, results, "float32").expander
    )


def test_operators_and_tensors_are_those_of_the_file(visit: Visit, results: Study) -> None:
    made = results.variant(INT8)
    assert made is not None
    app = inspect(visit, results, INT8, "Operators")
    kinds = app.dataframe[0].value
    counted = dict(zip(kinds["Operator"], kinds["Count"], strict=True))
    assert counted == made.contents.operators
    assert kinds["MACs"].sum() == made.contents.macs
    tensors = open_tab(app, "Tensors").dataframe[0].value
    assert "other constant" not in set(tensors["Role"])
    weights = tensors[tensors["Role"] == "weight"]
    assert set(weights["Type"]) == {"int8"}
    assert (weights["Scale"] != "").all()


def test_a_profile_is_a_chart_with_the_reason_for_being_slow(
    visit: Visit, scheduler: Scheduler
) -> None:
    slow = variant("int16x8", memory=Memory(40_000_000, 2_000_000))
    study = made_by_hand(scheduler.library.home / "profiled", variant("float32"), slow)
    step = OperatorTime("CONV_2D", 0, 2.0, 1.0, delegated=False)
    path = write_profile(study, slow, Profile((step,), 9))
    study.put_variant(slow.model_copy(update={"profile": path}))
    study.close()
    app = inspect(visit, study, "int16x8", "Operators")
    assert len(app.get("plotly_chart")) == 1
    assert "Medians of 9 inferences" in texts(app)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Peak memory"] == "40 MB"


def test_an_older_study_says_what_it_lacks(visit: Visit, scheduler: Scheduler) -> None:
    study = made_by_hand(scheduler.library.home / "older", variant("float32"), variant("int8"))
    study.close()
    app = inspect(visit, study, "int8")
    for tab in TABS[:3]:
        said = texts(open_tab(app, tab))
        assert "older version of Liteweigh" in said


def test_the_weights_are_laid_over_the_baselines_and_kept(visit: Visit, results: Study) -> None:
    made = results.variant(INT8)
    assert made is not None
    app = answered(inspect(visit, results, INT8, "Weights"))
    histograms = HISTOGRAMS.read(beside(results.folder / made.file))
    [choice] = [box for box in app.selectbox if box.label == "Weight tensor"]
    assert len(choice.options) == len(histograms) > 1
    assert all(one.before for one in histograms)
    assert len(app.get("plotly_chart")) == 1
    assert "exactly 0; in float32" in texts(app)


def test_every_variant_answers_for_a_sample_of_the_data(visit: Visit, results: Study) -> None:
    app = answered(inspect(visit, results, INT8, "Predictions"))
    app.number_input(key="inspect.ask.number").set_value(3).run()
    table = answered(app).dataframe[0].value
    assert table["Recipe"].tolist() == [made.recipe for made in results.index.variants]
    dataset = results.index.dataset
    assert dataset is not None
    labels = Dataset(results.data_folder, dataset).labels("evaluation")
    assert labels is not None
    assert table["Answer"][0] == f"class {labels[3]}", "the model is always right here"
    assert "Evaluation sample 3" in texts(app)
    assert f"labelled **class {labels[3]}**" in texts(app)


@pytest.fixture
def differing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says on which samples int8 and float32 differ, whatever they do: differing(3, 7)."""

    def say(*samples: int) -> None:
        def read(path: Path) -> Predictions:
            found = read_predictions(path)
            assert found.different
            return replace(found, different=replace(found.different, samples=np.array(samples)))

        monkeypatch.setattr("dashboard.forms.sample_form.read_predictions", read)

    return say


def test_samples_on_which_variants_differ_can_be_looked_at(
    visit: Visit, results: Study, differing: Callable[..., None]
) -> None:
    differing(3, 7)
    app = inspect(visit, results, INT8, "Predictions")
    app.segmented_control(key="inspect.ask.way").set_value("Where answers differ").run()
    [number] = [box for box in app.number_input if "Of 2 samples" in box.label]
    assert "Evaluation sample 3" in texts(answered(app))
    number.set_value(2).run()
    assert "Evaluation sample 7" in texts(answered(app))


def test_variants_that_never_differ_say_so(
    visit: Visit, results: Study, differing: Callable[..., None]
) -> None:
    differing()
    app = inspect(visit, results, INT8, "Predictions")
    app.segmented_control(key="inspect.ask.way").set_value("Where answers differ").run()
    assert "the same answer for every evaluation sample" in texts(app)


def test_numbers_that_do_not_fit_are_one_clear_error(visit: Visit, results: Study) -> None:
    app = inspect(visit, results, INT8, "Predictions")
    app.segmented_control(key="inspect.ask.way").set_value("By hand").run()
    app.text_area(key="inspect.ask.text").set_value("1, 2, 3")
    [ask] = [button for button in app.button if button.label == "Ask"]
    ask.click().run()
    with pytest.raises(Exception, match="the model takes"):
        app.session_state["inspect.reply"].operation.result()
    app.run()
    assert not app.exception
    [error] = app.error
    assert "3 columns" in error.value
    assert "the model takes 8 × 8 × 3" in error.value


def test_numbers_given_by_hand_are_answered(
    visit: Visit, results: Study, pixels: Any, tiny3: Any
) -> None:
    app = inspect(visit, results, INT8, "Predictions")
    app.segmented_control(key="inspect.ask.way").set_value("By hand").run()
    app.text_area(key="inspect.ask.text").set_value(" ".join(map(str, pixels[5].ravel())))
    [ask] = [button for button in app.button if button.label == "Ask"]
    ask.click().run()
    table = answered(app).dataframe[0].value
    expected = np.argmax(tiny3.predict_on_batch(pixels[5:6] / np.float32(255)))
    assert table["Answer"][0] == f"class {expected}"
    assert "**Your numbers**" in texts(app)
