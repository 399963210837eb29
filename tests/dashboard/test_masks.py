"""tests of dashboard/figures/: classes of pixels over their picture."""

import numpy as np
import pytest

from dashboard.figures.masks import APART, CLASSES, apart, overlay

PICTURE = np.full((128, 128, 3), 100, np.uint8)


def test_the_background_stays_and_a_class_is_mixed_in() -> None:
    classes = np.zeros((128, 128), np.int64)
    classes[:64] = 2
    drawn = overlay(PICTURE, classes)
    assert (drawn[64:] == 100).all()
    expected = [0.4 * 100 + 0.6 * part for part in CLASSES[1]]
    np.testing.assert_allclose(drawn[0, 0], expected, atol=1)


def test_more_classes_than_colours_begin_again_and_nothing_judged_is_dark() -> None:
    many = np.full((128, 128), 1 + len(CLASSES))
    np.testing.assert_array_equal(overlay(PICTURE, many), overlay(PICTURE, np.ones_like(many)))
    assert (overlay(PICTURE, np.full((128, 128), -1)) == 40).all()


@pytest.mark.parametrize("size", [(4, 4), (64, 64), (256, 256)])
def test_a_mask_of_another_size_covers_the_same_part(size: tuple[int, int]) -> None:
    classes = np.zeros(size, np.int64)
    classes[: size[0] // 2, size[1] // 2 :] = 1
    covered = (overlay(PICTURE, classes) != 100).any(axis=-1)
    assert covered[:64, 64:].all()
    assert covered.sum() == 64 * 64


def test_without_a_picture_the_mask_alone_is_drawn_large_enough() -> None:
    drawn = overlay(None, np.array([[0, 1], [2, 3]]))
    assert drawn.shape[0] >= 128
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) == 4


def test_red_is_where_two_masks_differ() -> None:
    mine, theirs = np.zeros((2, 128, 128), np.int64)
    mine[3:5, 7] = 1
    red = (apart(PICTURE, mine, theirs) == APART).all(axis=-1)
    assert np.argwhere(red).tolist() == [[3, 7], [4, 7]]
