"""tests of store/: what makes a variant be computed anew, a training be done anew, and what not."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from importlib import metadata
from typing import Any

import pytest

from optimizer.data.boxes.head import Head, Layout
from optimizer.data.dataset import DatasetRecord
from optimizer.data.further_outputs import FurtherOutput
from optimizer.data.given_scaling import GivenScaling
from optimizer.data.labels import Task
from optimizer.measure import environment
from optimizer.models.open_options import OpenOptions
from optimizer.recipes import parse
from optimizer.store import key
from optimizer.store.key import training_keys, variant_key
from optimizer.store.records import ModelRecord
from tests.variants import SUMMARY, dataset

MODEL = ModelRecord(summary=SUMMARY, digest="m", file="model/m", saved_model="model/s")
DATA = dataset()
RECIPE = "prune+cluster+int8"
SAME, ANEW = False, True


def variant(recipe: str = RECIPE, model: ModelRecord = MODEL, data: DatasetRecord = DATA) -> str:
    return variant_key(parse(recipe), model, data)


def trainings(
    recipe: str = RECIPE, model: ModelRecord = MODEL, data: DatasetRecord = DATA
) -> list[str]:
    return training_keys(parse(recipe), model, data)


# ---- model and data --------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One difference, and whether a variant and its trainings are made anew for it."""

    of: str
    anew: bool
    model: Callable[[ModelRecord], ModelRecord] = lambda model: model
    data: Callable[[DatasetRecord], DatasetRecord] = lambda data: data


def of_model(name: str, value: Any, anew: bool) -> Change:
    return Change(f"model.{name}", anew, model=lambda model: model.model_copy(update={name: value}))


def of_summary(name: str, value: Any, anew: bool) -> Change:
    def change(model: ModelRecord) -> ModelRecord:
        return model.model_copy(update={"summary": replace(model.summary, **{name: value})})

    return Change(f"summary.{name}", anew, model=change)


def of_options(name: str, value: Any, anew: bool) -> Change:
    def change(model: ModelRecord) -> ModelRecord:
        return model.model_copy(update={"options": replace(model.options, **{name: value})})

    return Change(f"options.{name}", anew, model=change)


def of_data(name: str, value: Any, anew: bool) -> Change:
    return Change(f"data.{name}", anew, data=lambda data: replace(data, **{name: value}))


CHANGES = (
    of_model("digest", "another", ANEW),
    of_model("file", "model/renamed", SAME),
    of_model("saved_model", "model/renamed", SAME),
    of_model("code", "model/code.py", SAME),  # the digest has what is in it
    of_summary("name", "Another name", SAME),
    of_summary("format", "in other words", SAME),
    of_summary("notes", ("A note.",), SAME),
    of_options("sizes", {"image": (8, 8, 1)}, ANEW),
    of_options("inputs", ("x:0",), ANEW),
    of_options("outputs", ("y:0",), ANEW),
    of_options("select_tf_ops", True, ANEW),
    of_options("function", "encode", ANEW),
    of_options("architecture", "MobileNetV2", ANEW),
    of_options("unroll", True, ANEW),
    of_options("trusted", True, SAME),  # what may run, not what comes out
    of_data("digest", "another", ANEW),
    of_data("scaling", "none", ANEW),
    of_data("given", GivenScaling((0.5,), (2.0,)), ANEW),
    of_data("head", Head(Layout.YOLO, (0,)), ANEW),
    of_data("seed", 1, ANEW),
    of_data("task", Task.MULTI_LABEL, ANEW),
    of_data("output", 1, ANEW),
    of_data("label", "species", ANEW),
    of_data("headline", "balanced_accuracy", ANEW),
    of_data("reconstruction", "mae", ANEW),
    of_data("season", 7, ANEW),
    of_data("letterbox", True, ANEW),
    of_data("naive_errors", (0.5,), SAME),
    of_data("assumed", "Nobody said it.", SAME),
    of_data("further", (FurtherOutput(1, Task.REGRESSION, None),), SAME),  # the files say them
    of_data("name", "Another name", SAME),
    of_data("kind", "in other words", SAME),
    of_data("notes", ("A note.",), SAME),
    of_data("class_names", ("a", "b", "c"), SAME),
    of_data("threshold", 0.5, SAME),  # follow from the model, the task and the scaling
    of_data("target_scaling", "unit", SAME),
    of_data("false_alarms", 0.1, SAME),  # without a reconstruction nothing gives alarm
    # These follow from the files, the label, the task and the seed.
    of_data("classes", 4, SAME),
    of_data("class_counts", (1, 2, 3), SAME),
    of_data("inputs", (), SAME),
    of_data("training", 1, SAME),
    of_data("calibration", 1, SAME),
    of_data("tuning", 1, SAME),
    of_data("evaluation", 1, SAME),
    of_data("synthetic", True, SAME),
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.of)
def test_what_is_made_anew_for_another_model_or_other_data(change: Change) -> None:
    model, data = change.model(MODEL), change.data(DATA)
    assert (model, data) != (MODEL, DATA)
    assert (variant(model=model, data=data) != variant()) is change.anew
    for then, now in zip(trainings(), trainings(model=model, data=data), strict=True):
        assert (now != then) is change.anew


def test_of_every_field_it_was_decided_whether_it_counts() -> None:
    decided = {change.of for change in CHANGES}
    all_fields = {f"model.{name}" for name in ModelRecord.model_fields}
    all_fields |= {f"options.{field.name}" for field in fields(OpenOptions)}
    all_fields |= {f"data.{field.name}" for field in fields(DatasetRecord)}
    # The summary tells what stands in the file; of the options each field is decided.
    assert all_fields - decided == {"model.summary", "model.options"}


# ---- recipe ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "anew"),
    [
        ("int8", "int16x8", ANEW),
        ("int8", "int8(io=uint8)", ANEW),
        ("int8", "int8(calibration_samples=199)", ANEW),
        ("int8", "int8(quantizer=litert)", ANEW),
        ("mixed(float=3)", "mixed(float=4)", ANEW),
        ("mixed(float=3)", "mixed(weight_only=3)", ANEW),
        ("mixed(float=3;4;9,io=float32)", "mixed(float=9; 3-4 )", SAME),
        ("int8", "finetune+int8", ANEW),
        ("int8", "int8+lut", ANEW),
        ("prune+int8", "prune(seed=1)+int8", ANEW),
        ("prune+int8", "prune(epochs=3)+int8", ANEW),
        ("int8", "int8(io=float32,calibration_samples=200)", SAME),  # said, but the default
        ("prune+int8", " prune ( seed = 0 ) + int8", SAME),
        ("prune(seed=1,epochs=3)+int8", "prune(epochs=3,seed=1)+int8", SAME),
    ],
)  # fmt: skip
def test_a_recipe_is_made_anew_where_it_says_something_else(
    first: str, second: str, anew: bool
) -> None:
    assert (variant(first) != variant(second)) is anew


def test_recipes_that_begin_alike_share_their_trainings() -> None:
    prune, both = trainings("prune+cluster+int8")
    assert trainings("prune+float16") == [prune]
    assert trainings("prune+cluster+int8(io=uint8)") == [prune, both]
    assert trainings("prune+cluster(seed=1)+int8")[0] == prune
    assert trainings("prune+cluster(seed=1)+int8")[1] != both
    assert trainings("cluster+int8") != [both]
    assert trainings("int8") == []


# ---- versions and machine --------------------------------------------------------------------

EVERY_FILE = {"ai-edge-litert", "numpy", "scipy"}  # these run it and reckon its numbers
TRAINING = {"tensorflow", "keras", "tf_keras"}
TFMOT = {"tensorflow-model-optimization"}
EITHER = {"tensorflow", "litert-quantizer"}  # where one refuses, the other is tried
MAKES: dict[str, set[str]] = {
    "float32": set(),
    "float16": EITHER,
    "dynamic_range": EITHER,
    "int8": EITHER,
    "int16x8": EITHER,
    "weight_only_int8": {"litert-quantizer"},
    "mixed": {"litert-quantizer"},
    "int8(quantizer=litert)": {"litert-quantizer"},
    "float16(quantizer=converter)": {"tensorflow"},
    "finetune+int8": TRAINING | EITHER,
    "shrink+int8": TRAINING | EITHER,
    "factorize+int8": TRAINING | EITHER,
    "prune+float32": TRAINING | TFMOT,
    "cluster+int8(quantizer=litert)": TRAINING | TFMOT | {"litert-quantizer"},
    "qat+int8": TRAINING | TFMOT | EITHER,
    "int8+lut": EITHER | {"tflite-micro"},
    "qat+int8(quantizer=converter)": TRAINING | TFMOT,
}
OTHERS = {
    "streamlit", "plotly", "pandas", "psutil", "pydantic", "pyarrow", "pillow", "h5py", "netron",
    "statsmodels", "pytest", "hypothesis",
}  # fmt: skip
LIBRARIES = sorted({*EVERY_FILE, *TRAINING, *TFMOT, "litert-quantizer", "tflite-micro", *OTHERS})


@pytest.fixture
def upgrade(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has a library be of another version; or be there, if it is not installed."""

    def change(library: str) -> None:
        def version(name: str) -> str:
            return "99.9" if name == library else metadata.version(name)

        monkeypatch.setattr(environment, "version", version)

    return change


@pytest.mark.parametrize("recipe", MAKES)
def test_a_variant_is_made_anew_where_what_makes_or_runs_it_was_upgraded(
    recipe: str, upgrade: Callable[[str], None]
) -> None:
    before = variant(recipe)
    changed = set()
    for library in LIBRARIES:
        upgrade(library)
        if variant(recipe) != before:
            changed.add(library)
    assert changed == MAKES[recipe] | EVERY_FILE


@pytest.mark.parametrize(
    ("recipe", "libraries"),
    [
        ("finetune+int8", TRAINING | {"numpy"}),
        ("prune+int8", TRAINING | TFMOT | {"numpy"}),
        ("prune+int8(quantizer=litert)", TRAINING | TFMOT | {"numpy"}),
    ],
)
def test_a_training_is_done_anew_where_what_trains_was_upgraded(
    recipe: str, libraries: set[str], upgrade: Callable[[str], None]
) -> None:
    before = trainings(recipe)
    changed = set()
    for library in LIBRARIES:
        upgrade(library)
        if trainings(recipe) != before:
            changed.add(library)
    assert changed == libraries


def test_a_ready_tflite_is_made_anew_for_the_quantizer_alone(
    upgrade: Callable[[str], None],
) -> None:
    ready = MODEL.model_copy(update={"summary": replace(SUMMARY, ready=True)})
    before = variant("int8", ready)
    upgrade("tensorflow")
    assert variant("int8", ready) == before
    upgrade("litert-quantizer")
    assert variant("int8", ready) != before


def test_another_machine_makes_nothing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before, trained = variant(), trainings()
    monkeypatch.setattr(environment, "_cpu_name", lambda: "Another CPU")
    monkeypatch.setattr("os.cpu_count", lambda: 128)
    monkeypatch.setattr("platform.platform", lambda: "Another system")
    monkeypatch.setattr("platform.python_version", lambda: "3.99.0")
    assert environment.environment().cpu == "Another CPU"
    assert (variant(), trainings()) == (before, trained)


def test_all_is_made_anew_where_liteweigh_makes_it_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, trained = variant(), trainings()
    monkeypatch.setattr(key, "METHOD", key.METHOD + 1)
    assert variant() != before
    assert not set(trainings()) & set(trained)
