"""tests of data/: what classes are called, by a file, a folder, a label or the user."""

from pathlib import Path

import numpy as np
import pytest

from optimizer.data.class_names import check_names, parse_names
from optimizer.data.data_options import DataOptions
from optimizer.data.reading import reinterpret
from optimizer.errors import DataError
from tests.data.conftest import Reader, images
from tests.refused import refused
from tests.summaries import summary

X, Y = images(12), np.arange(12) % 3
NAMES = ("cat", "dog", "emu")


@pytest.mark.parametrize("text", ["cat, dog,emu", "cat\n dog\n\nemu\n", "cat,dog,emu,"])
def test_names_stand_in_a_line_or_in_lines(text: str) -> None:
    assert parse_names(text) == NAMES


def test_a_name_in_lines_may_hold_a_comma() -> None:
    assert parse_names("cat, large\ndog") == ("cat, large", "dog")


def test_an_array_beside_the_data_names_the_classes(reader: Reader) -> None:
    record = reader(summary(), x=X, y=Y, class_names=np.array(NAMES))
    assert record.class_names == NAMES


def test_what_the_user_says_counts_more_and_stays_with_what_was_read(
    reader: Reader, tmp_path: Path
) -> None:
    np.savez(reader.file, x=X, y=Y, class_names=np.array(NAMES))
    mine = ("a", "b", "c")
    assert reader.read_file(summary(), class_names=mine).class_names == mine
    before = reader.folder
    again = tmp_path / "again"
    again.mkdir()
    record = reader.read_file(summary())
    read_again = reinterpret(reader.folder, again, record, summary(), DataOptions())
    assert read_again.class_names == NAMES
    assert before != reader.folder


def test_values_have_no_classes_to_name(reader: Reader) -> None:
    record = reader(summary(), x=X, y=np.full((12, 3), 0.3), class_names=np.array(NAMES))
    assert record.class_names == ()
    with refused(DataError, "the labels are no classes"):
        check_names(NAMES, None)


@pytest.mark.parametrize(
    ("names", "said"),
    [(("cat", "dog"), "2 names of classes were given, but there are 3"),
     (("cat", "dog", "cat"), "Two classes are called “cat”"),
     (("cat", "dog", "e" * 101), "longer than 100 letters")],
)  # fmt: skip
def test_names_that_cannot_be_those_are_refused(
    reader: Reader, names: tuple[str, ...], said: str
) -> None:
    with refused(DataError, said):
        reader(summary(), x=X, y=Y, class_names=np.array(names))


@pytest.mark.parametrize("wrong", [np.arange(3), np.array([["cat"]])], ids=["numbers", "a table"])
def test_an_array_that_is_no_list_of_texts_is_refused(reader: Reader, wrong: np.ndarray) -> None:
    with refused(DataError, "a text for each class"):
        reader(summary(), x=X, y=Y, class_names=wrong)
