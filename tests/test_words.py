"""tests: names, shapes, durations and signs as they stand in a sentence."""

import pytest

from optimizer.words import (
    counted,
    duration,
    first_sentence,
    listed,
    number,
    one_line,
    reason,
    rough_duration,
    signed,
    sizes,
)


def test_long_lists_are_cut_and_say_by_how_much() -> None:
    assert listed([]) == ""
    assert listed(["a", "b"], most=2) == "a, b"
    assert listed([str(i) for i in range(1205)], most=3) == "0, 1, 2 and 1,202 more"


@pytest.mark.parametrize(
    ("shape", "text"),
    [((8, 8, 3), "8 × 8 × 3"), ((None, 3), "any × 3"), ((5,), "5"), ((), "one value")],
)
def test_shapes_are_written_with_a_cross(shape: tuple[int | None, ...], text: str) -> None:
    assert sizes(shape) == text


def test_what_has_no_dimensions_is_called_as_the_place_asks() -> None:
    assert sizes((), empty="scalar") == "scalar"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 layers"), (1, "1 layer"), (1200, "1,200 layers")]
)
def test_nouns_are_counted(count: int, text: str) -> None:
    assert counted(count, "layer") == text


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (-3.456, ".3g", "−3.46"),
        (3.456, ".3g", "3.46"),
        (-1e-7, ".2g", "−1e−07"),
        (-128, "d", "−128"),
    ],
)
def test_numbers_have_a_real_minus(value: float, form: str, text: str) -> None:
    assert number(value, form) == text


@pytest.mark.parametrize(("value", "text"), [(0.42, "+0.4"), (-0.42, "−0.4"), (-0.01, "±0.0")])
def test_a_change_always_says_its_sign(value: float, text: str) -> None:
    assert signed(value, ".1f") == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (125, "2 min 5 s")]
)
def test_durations_are_in_minutes_and_seconds(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "about 10 seconds"),
        (34, "about 40 seconds"),
        (50, "about 50 seconds"),
        (51, "about a minute"),
        (85, "about a minute"),
        (95, "about 2 minutes"),
        (3600, "about 60 minutes"),
        (7000, "about 2 hours"),
    ],
)
def test_an_estimate_is_no_more_exact_than_it_is(seconds: float, words: str) -> None:
    assert rough_duration(seconds) == words


def test_names_from_files_stay_on_one_line_and_short() -> None:
    assert one_line("a\n\tb  c") == "a b c"
    assert one_line("x" * 101) == "x" * 99 + "…"


def test_what_a_library_said_is_one_sentence() -> None:
    error = ValueError("\n  wrong header \nTraceback: …")
    assert first_sentence(error) == "wrong header."
    assert reason(error) == "wrong header"
    assert reason(KeyError()) == "KeyError"
    assert len(first_sentence(ValueError("x" * 500))) == 200
