"""tests of recipes.py: what is written reads back as it was, and errors name what exists."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

import pytest

from optimizer.errors import RecipeError
from optimizer.recipes import BASELINE, STANDARD, Recipe, build, parse
from optimizer.techniques.registry import TECHNIQUES
from optimizer.techniques.technique import Technique
from tests.refused import refused


def allowed_values(kind: type[Technique], name: str) -> list[Any]:
    """Every value of a choice; for numbers the bounds, the default and one between."""
    field = kind.model_fields[name]
    if isinstance(field.annotation, type) and issubclass(field.annotation, Enum):
        return list(field.annotation)
    if field.annotation is bool:
        return [False, True]
    if get_args(field.annotation):
        return list(get_args(field.annotation))
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
    recipe = Recipe((TECHNIQUES[name](),))
    assert str(recipe) == name
    assert parse(name) == recipe


@pytest.mark.parametrize(("kind", "name", "value"), every_parameter())
def test_every_parameter_reads_back_as_it_was(kind: type[Technique], name: str, value: Any) -> None:
    recipe = Recipe((kind(**{name: value}),))
    again = parse(str(recipe))
    assert again == recipe
    assert hash(again) == hash(recipe)
    assert getattr(again.conversion, name) == value
    assert (str(recipe) == kind.name) is (value == kind.model_fields[name].default)


def test_all_parameters_together_read_back() -> None:
    text = "int8(integer_only=false,calibration_samples=7,quantizer=litert,io=uint8)"
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [" int8 ( io = uint8 , integer_only = False ) ", "int8(integer_only=no,io=uint8)",
     "int8(integer_only=0,quantizer=converter,io=uint8,)"],
)  # fmt: skip
def test_other_ways_of_writing_mean_the_same(text: str) -> None:
    assert parse(text) == parse("int8(integer_only=false,io=uint8)")


def test_equal_recipes_have_one_file_name_and_others_have_another() -> None:
    texts = ["int8", "int8(io=int8)", "int8(io=uint8)", "int16x8", "int8(quantizer=litert)"]
    slugs = {parse(text).slug for text in texts}
    assert len(slugs) == len(texts)
    assert all(slug.replace("-", "").replace("_", "").isalnum() for slug in slugs)


def test_the_standard_recipes_are_all_techniques_but_the_baseline() -> None:
    assert {str(recipe) for recipe in STANDARD} | {str(BASELINE)} == set(TECHNIQUES)


# ---- errors ----------------------------------------------------------------------------------


def test_an_unknown_technique_is_answered_with_those_that_exist() -> None:
    with refused(RecipeError, "no technique “int4”", *TECHNIQUES):
        parse("int4")


def test_an_unknown_parameter_is_answered_with_those_that_exist() -> None:
    with refused(RecipeError, "int8 has no parameter “bits”", *TECHNIQUES["int8"].model_fields):
        parse("int8(bits=4)")


def test_a_parameter_of_a_technique_without_any() -> None:
    with refused(RecipeError, "float16 has no parameter “bits”", "none"):
        parse("float16(bits=4)")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("int8(io=int4)", ("io", "“int4”", "'float32'", "'int8'", "'uint8'")),
        ("int8(quantizer=mine)", ("quantizer", "“mine”", "'converter'", "'litert'")),
        ("int8(integer_only=maybe)", ("integer_only", "“maybe”", "boolean")),
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


def test_a_recipe_without_any_step() -> None:
    with refused(RecipeError, "ends with a conversion", "Add one"):
        Recipe(())


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_form_and_the_text_build_the_same_step(name: str) -> None:
    assert build(name, {}) == parse(name).conversion
