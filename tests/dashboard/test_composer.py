"""tests of dashboard/: a recipe composed stage by stage, and its text."""

from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.forms.composer import CONVERSION, KEY, PASTED, STARTS
from dashboard.markdown import verbatim
from optimizer.models.summary import ModelSummary
from optimizer.recipes import Recipe, parse
from optimizer.store.records import FloatReport, ModelRecord, StudyIndex
from optimizer.techniques.registry import conversions, training_steps
from optimizer.techniques.training_step import TrainingTime
from tests.layers import fit
from tests.variants import SUMMARY, accuracy, dataset, variant

DATASET = dataset()
TRAINABLE = replace(
    SUMMARY,
    fits=(
        fit("conv_1", "Conv2D", 320),
        fit("norm", "BatchNormalization", 64, "has no weights", "has no weights"),
    ),
)
"""A model whose convolution can be pruned, clustered and quantization-aware."""


def index(summary: ModelSummary = TRAINABLE, **data: Any) -> StudyIndex:
    """A study with enough data to train, and a float model whose speed is known."""
    return StudyIndex(
        id="by-hand",
        model=ModelRecord(summary=summary, digest="d", file="model/m", saved_model="model/s"),
        dataset=replace(DATASET, **data),
        float_report=FloatReport(
            scalings=(), keras=accuracy(0.9), chance=0.3, seconds_per_sample=0.01
        ),
        variants=(variant("float32"),),
    )


def page(of: "StudyIndex") -> None:
    """Draws the composer and keeps what it returns."""
    import streamlit as st

    from dashboard.forms.composer import compose

    st.session_state["returned"] = compose(of)


def drawn(of: StudyIndex | None = None) -> AppTest:
    app = AppTest.from_function(page, args=(of or index(),), default_timeout=20).run()
    assert not app.exception
    return app


def turn(app: AppTest, **stages: bool) -> AppTest:
    """Switches stages on or off."""
    for name, on in stages.items():
        app.toggle(key=f"{KEY}.{name}").set_value(on)
    app.run()
    assert not app.exception
    return app


def paste(app: AppTest, text: str) -> AppTest:
    app.text_input(key=PASTED).set_value(text).run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    """The recipe's text form on the page."""
    return app.code[0].value


def runnable(app: AppTest) -> bool:
    return not app.button(key=f"{KEY}.run").disabled


def captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


def test_there_is_a_recipe_from_the_beginning_and_its_time() -> None:
    app = drawn()
    assert text(app) == "qat+int8"
    assert runnable(app)
    assert "on this machine" in captions(app)


def test_no_time_is_said_where_nothing_is_known_of_the_speed() -> None:
    app = drawn(index().model_copy(update={"float_report": None}))
    assert runnable(app)
    assert "on this machine" not in captions(app)


def test_only_the_button_returns_the_recipe() -> None:
    app = drawn()
    assert not app.session_state["returned"]
    app.button(key=f"{KEY}.run").click().run()
    assert app.session_state["returned"] == [parse("qat+int8")]
    assert not app.run().session_state["returned"]


@pytest.mark.parametrize("kind", training_steps(), ids=lambda kind: kind.name)
def test_a_stage_that_is_on_has_a_widget_for_each_parameter(kind: type[TrainingTime]) -> None:
    app = turn(drawn(), qat=False)
    app = turn(app, **{kind.name: True})
    for name, field in kind.model_fields.items():
        widget: Any = app.get_by_key(f"{KEY}.{kind.name}.{name}")
        assert widget.label == field.title
        assert widget.help == field.description
        assert widget.value == field.default


def test_stages_stand_in_their_order_whatever_order_they_were_switched_on() -> None:
    app = turn(drawn(), cluster=True)
    app = turn(app, prune=True)
    assert text(app) == "prune+cluster+qat+int8"
    app.number_input(key=f"{KEY}.prune.final_sparsity").set_value(0.8)
    app.number_input(key=f"{KEY}.qat.epochs").set_value(1)
    app.selectbox(key=f"{KEY}.int8.io").select("uint8").run()
    assert text(app) == "prune(final_sparsity=0.8)+cluster+qat(epochs=1)+int8(io=uint8)"
    assert (
        text(turn(app, cluster=False)) == "prune(final_sparsity=0.8)+qat(epochs=1)+int8(io=uint8)"
    )


def test_a_stage_keeps_its_parameters_while_it_is_off() -> None:
    app = drawn()
    app.number_input(key=f"{KEY}.qat.epochs").set_value(7).run()
    turn(app, qat=False)
    assert text(app) == "int8"
    assert text(turn(app, qat=True)) == "qat(epochs=7)+int8"


@pytest.mark.parametrize("label", STARTS)
def test_a_starting_point_fills_the_stages(label: str) -> None:
    app = paste(drawn(), "finetune(epochs=9)+prune(final_sparsity=0.3)+float16")
    next(button for button in app.button if button.label == label).click().run()
    assert text(app) == STARTS[label]
    assert runnable(app)


@pytest.mark.parametrize(
    "recipe",
    [
        "int8(io=uint8)",
        "finetune(epochs=2,learning_rate=1e-05)+float16",
        "prune(final_sparsity=0.875,layers=conv_*|Dense,skip=conv_2)+cluster(number_of_clusters=8)"
        "+qat(class_weights=true)+int8(integer_only=false)",
    ],
)
def test_a_pasted_recipe_comes_back_as_it_was(recipe: str) -> None:
    fits = tuple(fit(f"conv_{n}", "Conv2D", 9) for n in (1, 2))
    dense = fit("logits", "Dense", 9)
    app = paste(drawn(index(replace(SUMMARY, fits=(*fits, dense)))), recipe)
    assert parse(text(app)) == parse(recipe)
    assert runnable(app)
    assert app.text_input(key=PASTED).value == ""
    assert not app.error


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("prune+quantize", "There is no technique “quantize”"),
        ("prune", "A recipe ends with a conversion"),
        ("qat+prune+int8", "Write prune+qat, in this order"),
        ("qat+float16", "Use qat+int8"),
        ("prune(layers=conv_*|dnse)+int8", "No layer is called “dnse”"),
    ],
)
def test_a_pasted_text_that_is_no_use_gets_one_sentence_and_changes_nothing(
    pasted: str, said: str
) -> None:
    app = paste(drawn(), pasted)
    [error] = app.error
    assert said in error.value
    assert app.text_input(key=PASTED).value == pasted, "so that it can be corrected"
    assert text(app) == "qat+int8"


def test_after_qat_only_int8_is_offered_and_the_others_have_their_reason() -> None:
    app = turn(drawn(), qat=False)
    assert len(app.radio(key=CONVERSION).options) == len(conversions())
    app.radio(key=CONVERSION).set_value("float16").run()
    assert text(app) == "float16"
    turn(app, qat=True)
    assert app.radio(key=CONVERSION).options == ["Int8"]
    assert text(app) == "qat+int8"
    [reason] = [caption.value for caption in app.caption if "not possible:" in caption.value]
    assert "Float16" in reason
    assert "Int16x8" in reason
    assert "qat trains for int8" in reason
    assert reason.count("qat trains for int8") == 1, "the same reason is said once"


def test_what_does_not_fit_together_is_said_in_place() -> None:
    app = drawn()
    app.selectbox(key=f"{KEY}.int8.quantizer").select_index(2).run()
    assert not runnable(app)
    [error] = app.error
    assert "qat trains for int8 with TensorFlow's converter" in error.value
    turn(app, qat=False)
    assert runnable(app)
    assert not app.error


def test_parameters_that_do_not_fit_the_model_are_said_in_one_sentence() -> None:
    app = drawn()
    app.text_input(key=f"{KEY}.qat.layers").set_value("conv_*|Embedding").run()
    assert text(app) == "qat(layers=conv_*|Embedding)+int8"
    [error] = app.error
    assert "“Embedding”" in error.value
    assert "conv_1" in error.value, "the names that there are"
    assert not runnable(app)


def test_stages_that_do_not_fit_are_off_and_grey_with_their_reason() -> None:
    app = drawn(index(replace(SUMMARY, untrainable="the file holds no layers")))
    for kind in training_steps():
        toggle = app.toggle(key=f"{KEY}.{kind.name}")
        assert toggle.disabled
        assert not toggle.value
    assert captions(app).count("Not possible: the file holds no layers.") == len(training_steps())
    assert text(app) == "int8"
    assert all(button.disabled for button in app.button if button.label in STARTS)


def test_without_training_data_what_works_at_once_can_still_be_used() -> None:
    app = drawn(index(training=0))
    off = {kind.name for kind in training_steps() if app.toggle(key=f"{KEY}.{kind.name}").disabled}
    assert off == {"finetune", "qat"}
    turn(app, prune=True)
    assert "Or set epochs=0" in app.error[0].value
    app.number_input(key=f"{KEY}.prune.epochs").set_value(0).run()
    assert runnable(app)
    assert text(app) == "prune(epochs=0)+int8"


def test_where_no_conversion_fits_the_reasons_are_said() -> None:
    app = drawn(index(calibration=0))
    assert not runnable(app)
    assert "No conversion fits these steps." in app.error[0].value
    assert "needs calibration samples" in captions(app)
    turn(app, qat=False)
    assert "Int8" not in app.radio(key=CONVERSION).options
    assert runnable(app)


def test_a_recipe_is_no_markdown() -> None:
    recipe = "prune(layers=conv_*|*_b[12])+int8"
    assert verbatim(recipe) == r"prune(layers=conv\_\*\|\*\_b\[12\])+int8"
    assert verbatim("int8(io=uint8)") == "int8(io=uint8)"


def test_every_starting_point_is_a_recipe_in_its_shortest_form() -> None:
    for start in STARTS.values():
        assert str(parse(start)) == start
        assert isinstance(parse(start), Recipe)


def test_a_sweep_is_one_entry_and_runs_a_recipe_for_each_value() -> None:
    app = turn(drawn(), prune=True, qat=False)
    app.selectbox(key="optimize.sweep.parameter").select("prune.final_sparsity").run()
    app.number_input(key="optimize.sweep.From.prune.final_sparsity").set_value(0.5).run()
    app.number_input(key="optimize.sweep.To.prune.final_sparsity").set_value(0.9).run()
    assert any("final_sparsity=0.5..0.9/5" in code.value for code in app.code)
    button = app.button(key=f"{KEY}.run")
    assert button.label == "Run 5 recipes"
    button.click().run()
    recipes = app.session_state["returned"]
    assert [recipe.steps[0].final_sparsity for recipe in recipes] == [0.5, 0.6, 0.7, 0.8, 0.9]


def test_a_sweep_that_leaves_the_bounds_of_the_recipe_cannot_be_run() -> None:
    app = turn(drawn(), prune=True, qat=False)
    app.selectbox(key="optimize.sweep.parameter").select("prune.begin").run()
    app.number_input(key="optimize.sweep.To.prune.begin").set_value(0.9).run()
    assert any("must be before end" in error.value for error in app.error)
    assert app.button(key=f"{KEY}.run").disabled
