"""tests of dashboard/: class by class, and where variants disagree."""

import re
from dataclasses import replace

import numpy as np
import pytest

from dashboard.figures import confusion_heatmap
from dashboard.figures.house_style import in_ink
from dashboard.frames.class_scores import in_words
from dashboard.tables import class_tables
from optimizer.measure.confusion import class_scores
from optimizer.measure.disagreement import Disagreement
from tests.dashboard.contrast import PAGES, contrast

COUNTS = np.array([[90, 10, 0], [0, 20, 0], [5, 0, 15]])
NAMES = ["cat", "dog", "a very long name indeed"]


def test_the_least_found_class_is_first_with_its_change_against_float32() -> None:
    worse = COUNTS.copy()
    worse[1] = [4, 16, 0]
    frame = class_tables.by_class(class_scores(worse), class_scores(COUNTS), NAMES)
    assert frame["Class"].tolist() == ["a very long name indeed", "dog", "cat"]
    assert frame["Found"].tolist() == [75, 80, 90]
    assert np.allclose(frame["Change"], [0, -20, 0])


def test_classes_without_samples_are_left_out() -> None:
    counts = np.pad(COUNTS, (0, 1))
    frame = class_tables.by_class(class_scores(counts), None, [*NAMES, "none"])
    assert "none" not in frame["Class"].tolist()
    assert "Change" not in frame


def test_the_most_frequent_errors_come_first_and_hits_are_none() -> None:
    frame = class_tables.confused(COUNTS, NAMES)
    assert frame.to_numpy().tolist() == [["cat", "dog", 10], ["a very long name indeed", "cat", 5]]


def test_the_matrix_shows_hits_and_errors_in_colours_of_their_own() -> None:
    drawn = confusion_heatmap.figure(COUNTS, NAMES)
    right, wrong = drawn.data
    assert np.diag(right.z).tolist() == [0.9, 1.0, 0.75]
    assert np.isnan(right.z[0][1])
    assert wrong.z[0][1] == 0.1
    assert np.isnan(wrong.z[1][0])  # a count of zero has no colour
    assert wrong.customdata[0][1] == "cat taken for dog: 10 of 100"
    assert all(
        len(label) <= confusion_heatmap.MOST_LETTERS for label in drawn.layout.xaxis.ticktext
    )


@pytest.mark.parametrize(("theme", "page"), PAGES)
def test_numbers_in_the_matrix_can_be_read_on_every_page(theme: str, page: str) -> None:
    ground = [int(page[at : at + 2], 16) for at in (1, 3, 5)]
    for trace in in_ink(confusion_heatmap.figure(COUNTS, NAMES), theme).data:
        for _, colour in trace.colorscale:
            *rgb, opacity = (float(part) for part in re.findall(r"[\d.]+", colour))
            mixed = (opacity * p + (1 - opacity) * g for p, g in zip(rgb, ground, strict=True))
            cell = "#" + "".join(f"{round(part):02x}" for part in mixed)
            assert contrast(trace.textfont.color, cell) > 4.5


def test_a_change_of_nothing_has_no_sign() -> None:
    mine = class_scores(COUNTS)
    slightly = replace(mine, recall=mine.recall - 1e-6)
    frame = class_tables.by_class(slightly, mine, NAMES)
    assert [f"{change:+.1f}" for change in frame["Change"]] == ["+0.0"] * 3


def test_disagreements_are_named_with_who_is_right() -> None:
    different = Disagreement(np.array([1, 4, 5]), np.array([0, 1, -1]), np.array([1, 2, 0]))
    truth = np.array([0, 1, 0, 0, 1, 2])
    frame = class_tables.classes_apart(different, truth, NAMES)
    assert frame["Sample"].tolist() == [1, 4, 5]
    assert frame["Class"].tolist() == ["dog", "dog", "a very long name indeed"]
    assert frame["This file"].tolist() == ["cat", "dog", "not a number"]
    assert in_words(different, 6, truth) == (
        "They give different classes for 3 of 6 samples (50 %): float32 is right in 1, this file "
        "in 1, neither in 1."
    )


def test_no_disagreement_is_said() -> None:
    nothing = Disagreement(*(np.array([], np.int64) for _ in range(3)))
    assert in_words(nothing, 6_000, None) == "They give the same class for all 6,000 samples."


def test_numbers_show_the_value_that_is_furthest_apart() -> None:
    different = Disagreement(
        np.array([3]), np.array([[1.0, 5.0]], np.float32), np.array([[1.5, 2.0]], np.float32)
    )
    frame = class_tables.numbers_apart(different)
    assert frame.iloc[0].tolist() == [3, 2.0, 5.0, 3.0]
