"""tests of hostile files: the judge tells who refused, and sees what came of a file."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from optimizer.errors import ModelError
from tests.fuzz.effects import HOSTILE
from tests.hostile.count import COLUMNS, Counting, table
from tests.hostile.judge import Judged, by_library, judging


def refuse_as_keras_does() -> None:
    import keras

    try:
        keras.layers.Dense("x")
    except Exception as error:
        raise ModelError("Keras cannot rebuild it.") from error


def refuse_as_we_do() -> None:
    try:
        int("x")
    except ValueError as error:
        raise ModelError("It is damaged.") from error


@pytest.mark.parametrize(("refuse", "theirs"), [(refuse_as_keras_does, 1), (refuse_as_we_do, 0)])
def test_a_library_that_was_given_a_file_is_told_from_a_reader(
    refuse: Callable[[], None], theirs: int
) -> None:
    importlib.import_module("keras")  # it looks for this and that when it is loaded
    found = Judged()
    with pytest.raises(ModelError) as caught, judging(found):
        refuse()
    assert by_library(caught.value) == bool(theirs)
    assert (found.ours, len(found.theirs), found.harmless) == (1 - theirs, theirs, 0)


def refuse_after_a_try_to_import() -> None:
    importlib.util.find_spec(HOSTILE)
    raise ModelError("It is damaged.")


def test_an_effect_of_a_file_that_is_refused_is_seen() -> None:
    with pytest.raises(AssertionError, match="effects outside"), judging(Judged()):
        refuse_after_a_try_to_import()


def test_what_was_opened_counts_once(tmp_path: Path) -> None:
    found = Judged()
    with judging(found), judging(found):
        (tmp_path / "own").write_bytes(b"")
    assert (found.ours, found.theirs, found.harmless) == (0, [], 1)


def test_the_table_adds_up() -> None:
    counting = Counting()
    counting.forms["zips"].update(files=3, ours=2, harmless=1)
    counting.forms["data"].update(files=2, ours=1, theirs=1, effects=1)
    *_, total = table(counting.forms)
    assert total == ("all", "5", "3", "1", "1", "1")
    assert len(total) == len(COLUMNS) + 1
