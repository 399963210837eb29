"""tests of recipes.py: what is written reads back as it was, and errors name what exists."""

from collections.abc import Iterator
from enum import Enum
from itertools import combinations
from typing import Any, get_args

import pytest

from optimizer.errors import RecipeError
from optimizer.recipes import BASELINE, STANDARD, Recipe, build, parse
from optimizer.techniques.packing import Packing
from optimizer.techniques.registry import TECHNIQUES
from optimizer.techniques.technique import Conversion, Technique
from optimizer.techniques.training_step import TrainingTime
from tests.refused import refused

CONVERSIONS = [name for name, kind in TECHNIQUES.items() if issubclass(kind, Conversion)]
TRAINING = [name for name, kind in TECHNIQUES.items() if issubclass(kind, TrainingTime)]


def recipe_of(step: Technique) -> Recipe:
    """The shortest recipe with this step."""
    if isinstance(step, Packing):
        return Recipe((TECHNIQUES["int8"](), step))
    return Recipe((step,) if isinstance(step, Conversion) else (step, TECHNIQUES["int8"]()))


def allowed_values(kind: type[Technique], name: str) -> list[Any]:
    """Every value of a choice; for numbers the bounds, the default and one between."""
    field = kind.model_fields[name]
    if isinstance(field.annotation, type) and issubclass(field.annotation, Enum):
        return list(field.annotation)
    if field.annotation is bool:
        return [False, True]
    if get_args(field.annotation):
        return list(get_args(field.annotation))
    if field.annotation is str:
        numbers = issubclass(kind, Conversion) and kind.numbers_operators
        return [field.default, "3;17-19" if numbers else "conv_*|Dense"]
    bounds: list[Any] = [getattr(b, "ge", None) or getattr(b, "le", 0) for b in field.metadata]
    middle = type(field.default)((bounds[0] + bounds[1]) / 2)
    return [*bounds, field.default, middle]


def every_parameter() -> Iterator[Any]:
    for kind in TECHNIQUES.values():
        for name in kind.model_fields:
            for value in allowed_values(kind, name):
                yield pytest.param(kind, name, value, id=f"{kind.name}-{name}-{value}")


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_technique_with_its_defaults_is_written_as_its_name(name: str) -> None:
    step = TECHNIQUES[name]()
    assert str(step) == name
    assert parse(str(recipe_of(step))) == recipe_of(step)


@pytest.mark.parametrize(("kind", "name", "value"), list(every_parameter()))
def test_every_parameter_reads_back_as_it_was(kind: type[Technique], name: str, value: Any) -> None:
    step = kind(**{name: value})
    recipe = recipe_of(step)
    again = parse(str(recipe))
    assert again == recipe
    assert hash(again) == hash(recipe)
    assert getattr(again.steps[0], name) == value
    assert (str(step) == kind.name) is (value == kind.model_fields[name].default)


def test_all_parameters_together_read_back() -> None:
    text = "int8(io=uint8,integer_only=false,calibration_samples=7,quantizer=litert)"
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [" int8 ( io = uint8 , integer_only = False ) ", "int8(integer_only=no,io=uint8)",
     "int8(integer_only=0,quantizer=auto,io=uint8,)"],
)  # fmt: skip
def test_other_ways_of_writing_mean_the_same(text: str) -> None:
    assert parse(text) == parse("int8(integer_only=false,io=uint8)")


def test_equal_recipes_have_one_file_name_and_others_have_another() -> None:
    texts = ["int8", "int8(io=int8)", "int8(io=uint8)", "int16x8", "int8(quantizer=litert)"]
    slugs = {parse(text).slug for text in texts}
    assert len(slugs) == len(texts)
    assert all(slug.replace("-", "").replace("_", "").isalnum() for slug in slugs)


def test_the_standard_recipes_are_all_conversions_that_need_not_be_told_anything() -> None:
    told = {"mixed"}  # which operators
    assert {str(recipe) for recipe in STANDARD} | {str(BASELINE)} == set(CONVERSIONS) - told


# Neither undoes the other.
IN_ANY_ORDER = {("shrink", "finetune"), ("factorize", "finetune")}
# Both count from the model as it came.
ONE_OF = ("shrink", "factorize")


# ---- steps that train ------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_training_steps_chain_in_the_order_in_which_each_keeps_the_one_before(count: int) -> None:
    for names in combinations(TRAINING, count):
        if set(ONE_OF) <= set(names):
            continue
        recipe = parse("+".join([*names, "int8"]))
        assert [step.name for step in recipe.training] == list(names)
        assert recipe.conversion.name == "int8"
        assert recipe.family is TECHNIQUES[names[-1]].family


def test_shrink_and_factorize_do_not_go_together() -> None:
    for text in ("shrink+factorize+int8", "factorize+prune+shrink+int8"):
        with refused(RecipeError):
            parse(text)
    with refused(RecipeError, "count from the model as it came", "Leave one of them out"):
        parse("factorize+shrink+int8")


def test_after_pruning_zero_is_one_of_the_clusters() -> None:
    parse("cluster(number_of_clusters=2)+int8")
    with refused(RecipeError, "zero is one of the values", "number_of_clusters=3 or more"):
        parse("prune+cluster(number_of_clusters=2)+int8")


def test_a_recipe_with_many_parameters_still_has_a_file_name() -> None:
    skipped = "|".join(f"convolution_{place}" for place in range(60))
    assert len(parse(f"prune(skip={skipped})+int8").slug) <= 100


@pytest.mark.parametrize(
    ("first", "second"),
    [pair for pair in combinations(TRAINING, 2) if pair not in {*IN_ANY_ORDER, ONE_OF}],
)
def test_a_step_that_would_undo_the_one_before_is_refused(first: str, second: str) -> None:
    with refused(RecipeError, f"{first} after {second}", f"Write {first}+{second}"):
        parse(f"{second}+{first}+int8")


@pytest.mark.parametrize("name", TRAINING)
def test_a_step_that_trains_stands_once(name: str) -> None:
    with refused(RecipeError, f"{name} at most once"):
        parse(f"{name}+{name}(epochs=2)+int8")


@pytest.mark.parametrize("name", TRAINING)
def test_a_training_without_conversion_is_no_recipe(name: str) -> None:
    with refused(RecipeError, "ends with a conversion"):
        parse(name)


def test_a_conversion_before_the_training_is_told_where_it_belongs() -> None:
    with refused(RecipeError, "comes last: prune+qat+int8"):
        parse("int8+prune+qat")


@pytest.mark.parametrize(
    "conversion", [*(name for name in CONVERSIONS if name != "int8"), "int8(quantizer=litert)"]
)
def test_qat_is_refused_before_a_conversion_that_would_throw_its_ranges_away(
    conversion: str,
) -> None:
    with refused(RecipeError, conversion, "Use qat+int8"):
        parse(f"prune+qat+{conversion}")


@pytest.mark.parametrize(
    "text",
    ["prune(final_sparsity=0)", "prune(final_sparsity=1)", "cluster(number_of_clusters=1)",
     "qat(learning_rate=0)", "finetune(epochs=-1)"],
)  # fmt: skip
def test_a_number_out_of_bounds_is_answered_with_the_bound(text: str) -> None:
    with refused(RecipeError, "cannot be", "greater than or equal"
                 if text != "prune(final_sparsity=1)" else "less than or equal"):  # fmt: skip
        parse(f"{text}+int8")


# ---- errors ----------------------------------------------------------------------------------


def test_an_unknown_technique_is_answered_with_those_that_exist() -> None:
    with refused(RecipeError, "no technique “int4”", *TECHNIQUES):
        parse("int4")


def test_an_unknown_parameter_is_answered_with_those_that_exist() -> None:
    with refused(RecipeError, "int8 has no parameter “bits”", *TECHNIQUES["int8"].model_fields):
        parse("int8(bits=4)")


def test_a_parameter_of_a_technique_without_any() -> None:
    with refused(RecipeError, "float32 has no parameter “bits”", "none"):
        parse("float32(bits=4)")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("int8(io=int4)", ("io", "“int4”", "'float32'", "'int8'", "'uint8'")),
        ("int8(quantizer=mine)", ("quantizer", "“mine”", "'converter'", "'litert'")),
        ("int8(integer_only=maybe)", ("integer_only", "“maybe”", "'auto', 'true' or 'false'")),
        ("int8(calibration_samples=0)", ("calibration_samples", "“0”", "equal to 1")),
        ("int8(calibration_samples=501)", ("calibration_samples", "“501”", "equal to 500")),
        ("int8(calibration_samples=many)", ("calibration_samples", "“many”", "integer")),
        ("int8(calibration_samples=1.5)", ("calibration_samples", "“1.5”", "integer")),
    ],
)
def test_a_value_that_is_not_allowed_is_answered_with_those_that_are(
    text: str, parts: tuple[str, ...]
) -> None:
    with refused(RecipeError, "int8: ", *parts):
        parse(text)


@pytest.mark.parametrize(
    "text", ["", "  ", "int8(", "int8)", "int8(io=int8", "int-8", "int8((a=1))"]
)
def test_a_text_that_is_no_recipe(text: str) -> None:
    with refused(RecipeError, "is not a step", "int8(io=uint8)"):
        parse(text)


def test_a_parameter_without_a_value() -> None:
    with refused(RecipeError, "“uint8” is not a parameter", "name=value"):
        parse("int8(uint8)")


def test_a_parameter_given_twice() -> None:
    with refused(RecipeError, "“io” is given twice", "(io=int8,io=uint8)", "Keep one"):
        parse("int8(io=int8,io=uint8)")


def test_two_conversions() -> None:
    with refused(RecipeError, "exactly one conversion", "int8, float16"):
        parse("int8+float16")


# ---- packings --------------------------------------------------------------------------------


def test_a_packing_ends_a_recipe() -> None:
    recipe = parse("cluster(number_of_clusters=16)+int8+lut")
    assert recipe.packing
    assert recipe.packing.name == "lut"
    assert recipe.conversion.name == "int8"
    assert [step.name for step in recipe.training] == ["cluster"]
    assert parse(str(recipe)) == recipe
    assert recipe.slug == "cluster-int8-lut"
    assert recipe.family is parse("cluster+int8").family
    assert parse("int8").packing is None


@pytest.mark.parametrize(
    "text", ["lut+int8", "cluster+lut+int8", "int8+cluster+lut", "lut+cluster+int8"]
)
def test_a_packing_anywhere_else(text: str) -> None:
    ordered = "cluster+int8+lut" if "cluster" in text else "int8+lut"
    with refused(RecipeError, "The packing comes last, behind the conversion", f"{ordered}."):
        parse(text)


def test_two_packings() -> None:
    with refused(RecipeError, "one packing at most", "lut, lut"):
        parse("int8+lut+lut")


def test_a_packing_alone() -> None:
    with refused(RecipeError, "ends with a conversion", "Add one"):
        parse("lut")


def test_a_finished_file_is_not_packed() -> None:
    with refused(RecipeError, "is a finished file: no step can come after it", "Leave lut out"):
        parse("brought(called=x,sha256=0123456789abcdef)+lut")


def test_a_recipe_without_any_step() -> None:
    with refused(RecipeError, "ends with a conversion", "Add one"):
        Recipe(())


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_form_and_the_text_build_the_same_step(name: str) -> None:
    step = TECHNIQUES[name]()
    assert build(name, {}) == parse(str(recipe_of(step))).steps[recipe_of(step).steps.index(step)]
