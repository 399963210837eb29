"""tests of dashboard/: boxes drawn over pictures, and tables of them."""

import numpy as np

from dashboard.figures.boxes import LEAST_WIDTH, drawn
from dashboard.figures.masks import CLASSES, GREY
from dashboard.tables import class_tables
from optimizer.measure.detection.apart import boxes_apart

ROWS = np.array([[1, 0.25, 0.5, 0.75, 1.0, 0.9], [-1, 0, 0, 0, 0, 0]])
PICTURE = np.full((30, 60, 3), 10, np.uint8)


def test_a_box_stands_where_it_is_in_the_colour_of_its_class() -> None:
    image = drawn(PICTURE, ROWS, ["a", "b"])
    height, width, _ = image.shape
    assert (width, height) == (LEAST_WIDTH, LEAST_WIDTH // 2)
    right = round(0.75 * (width - 1))
    assert tuple(image[height - 20, right]) == CLASSES[1]
    assert tuple(image[height // 4, width // 2]) == (10, 10, 10)
    assert tuple(image[height - 10, width // 2]) == (10, 10, 10), "boxes are not filled"


def test_no_picture_is_grey_and_no_box_leaves_it_so() -> None:
    assert (drawn(None, ROWS[1:], []) == GREY).all()


def test_names_that_no_font_has_are_drawn() -> None:
    for name in ("猫", "\u202e\x07", "a" * 500, ""):
        assert drawn(PICTURE, ROWS, ["", name]).any()


def test_lost_and_added_boxes_are_counted() -> None:
    both, own = (0, 0.1, 0.1, 0.4, 0.4, 0.9), (0, 0.6, 0.6, 0.9, 0.9, 0.8)
    others, empty = (1, 0, 0, 1, 1, 1), (-1, 0, 0, 0, 0, 0)
    mine = np.array([[both, own, empty], [both, empty, empty], [(*both[:5], 0.2), empty, empty]])
    theirs = np.array([[both, others, others], [both, empty, empty], [empty, empty, empty]])
    different = boxes_apart(mine, theirs)
    assert different.samples.tolist() == [0], "what is not sure counts nowhere"
    frame = class_tables.boxes_apart(different)
    assert frame.to_dict("records") == [{"Sample": 0, "Lost": 2, "Added": 1}]
