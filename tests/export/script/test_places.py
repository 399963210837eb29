"""tests of export/script/: places of samples as text."""

import numpy as np
import pytest

from optimizer.export.script.places import places_text, read_places, written_places


@pytest.mark.parametrize(
    ("places", "text"),
    [([], ""), ([3], "3"), ([0, 1, 2, 5, 7, 8], "0-2,5,7-8"), (range(60_000), "0-59999"),
     ([4, 3, 2], "4,3,2")],
)  # fmt: skip
def test_places_that_follow_each_other_are_a_range(places: list[int], text: str) -> None:
    assert places_text(places) == text
    assert read_places(text).tolist() == list(places)


def test_what_is_written_is_python_of_narrow_lines() -> None:
    places = np.flatnonzero(np.random.default_rng(0).integers(0, 2, 5000))
    written = written_places(places)
    assert read_places(eval(written)).tolist() == places.tolist()  # noqa: S307 (our own text)
    assert max(map(len, written.splitlines())) < 110
