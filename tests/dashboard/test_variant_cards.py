"""tests of dashboard/: variants as cards, for a narrow window."""

from dataclasses import replace

from dashboard.frames.variant_cards import most_wanted
from optimizer.choose.proofs import Answer
from tests.variants import choice, row, variant


def test_the_most_wanted_card_comes_first() -> None:
    sizes = {"float32": 400, "float16": 200, "int8": 100, "int16x8": 90, "dynamic_range": 110}
    rows = [row(variant(recipe, size_bytes=size)) for recipe, size in sizes.items()]
    answers = (Answer.HELD, Answer.HELD, Answer.HELD, Answer.BROKEN, Answer.OPEN)
    made = choice(*zip([one.variant for one in rows], answers, strict=True))
    ordered = most_wanted(rows, replace(made, recipe="float16"), {"int8": "smallest"})
    assert [one.variant.recipe for one in ordered] == [
        "float16", "int8", "float32", "dynamic_range", "int16x8",
    ]  # fmt: skip
