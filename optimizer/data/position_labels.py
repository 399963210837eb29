"""data/: labels that say a class for each position: of a picture's pixels, a sequence's steps."""

import numpy as np

from optimizer.arrays import Array
from optimizer.errors import DataError
from optimizer.words import sizes

UNJUDGED = -1
"""The class of a position that nobody judged; such positions count nowhere."""
VOID = 255
"""What masks of 8 bits have where nobody judged, as those of PASCAL VOC have on outlines."""
WHITE = 255
"""What masks of two classes that were drawn as pictures have where others have 1."""


def classes_of_positions(
    values: Array, shape: tuple[int, ...], title: str, *, sigmoid: bool = False
) -> tuple[Array, int, str] | None:
    """Brings labels of positions into one form; None where they are none.

    Args:
        values: Class numbers (n, *positions) or (n, *positions, 1), or one-hot, of the output's
            own shape. For an output of one value a position 0 and 1, or 0 and 255.
        shape: Of one sample's output: (*positions, classes), or (classes, *positions) where the
            labels leave no other reading.
        title: What messages call the output.
        sigmoid: Whether the output ends in one: then it may decide on each of its values.

    Returns:
        Class numbers, int16 or int32 (n, *positions), `UNJUDGED` where a mask of 8 bits says 255
        and there is no such class; how many classes there are; and what has to be said.

    Raises:
        DataError: the labels have the positions' shape, but not the output's classes.
    """
    if len(shape) < 2:
        return None
    if 1 in {shape[-1], shape[0]} and _same_but_ones(values.shape[1:], shape):
        positions = shape[:-1] if shape[-1] == 1 else shape[1:]
        return _two_classes(values.reshape(len(values), *positions))
    for axis in (len(shape) - 1, 0):
        classes, positions = shape[axis], shape[:axis] + shape[axis + 1 :]
        if classes < 2:
            continue
        if values.shape[1:] == shape:
            at = axis + 1
            if _is_one_hot(values, at):
                return np.argmax(values, axis=at).astype(_type_for(classes)), classes, ""
        elif values.shape[1:] in {positions, (*positions, 1)} and _is_whole(values):
            return _numbered(values.reshape(len(values), *positions), classes, title)
    return _two_classes(values) if sigmoid and values.shape[1:] == shape else None


def class_axis(output: tuple[int, ...], labels: tuple[int, ...]) -> int | None:
    """Which axis of an output holds the classes; None where there is one value a position.

    Args:
        output: The shape (n, …) of the output.
        labels: The shape (n, *positions) of its labels in their one form.
    """
    if output[:-1] == labels:
        return len(output) - 1 if output[-1] > 1 else None
    if output[:1] + output[2:] == labels and output[1] > 1:
        return 1
    return None


def nearest(classes: Array, size: tuple[int, int]) -> Array:
    """Classes (rows, columns) in another size: each position takes the nearest one's."""
    rows, columns = (
        ((np.arange(new) + 0.5) * old // new).astype(int)
        for new, old in zip(size, classes.shape, strict=True)
    )
    resized: Array = classes[rows][:, columns]
    return resized


def _same_but_ones(given: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    return [size for size in given if size > 1] == [size for size in shape if size > 1]


def _two_classes(values: Array) -> tuple[Array, int, str] | None:
    found = set(np.unique(values).tolist())
    if found <= {0, 1}:
        return values.astype(np.int16), 2, ""
    if found <= {0, WHITE}:
        note = "The masks hold 0 and 255; 255 was taken for the class that the model looks for."
        return (values == WHITE).astype(np.int16), 2, note
    return None


def _numbered(values: Array, classes: int, title: str) -> tuple[Array, int, str]:
    low, high = int(values.min()), int(values.max())
    note = ""
    if high == VOID >= classes or low == UNJUDGED:
        void = (values == UNJUDGED) | ((values == VOID) & (classes <= VOID))
        share = 100 * float(void.mean())
        note = (
            f"{share:.2g} % of the positions are labelled {high if high >= classes else low}, "
            "which is no class of the model: nobody judged them, and they count nowhere."
        )
        known = values[~void]
        low, high = (int(known.min()), int(known.max())) if known.size else (0, 0)
        values = np.where(void, UNJUDGED, values.astype(np.int64))
    if low < 0 or high >= classes:
        raise DataError(
            f"The labels of the positions run from {low} to {high}, but the {title} tells "
            f"{classes} classes apart at each of {sizes(values.shape[1:])} positions (0 to "
            f"{classes - 1}). Number the classes from 0 in the order of the model's outputs."
        )
    return values.astype(_type_for(classes)), classes, note


def _type_for(classes: int) -> type:
    return np.int16 if classes <= np.iinfo(np.int16).max else np.int32


def _is_whole(values: Array) -> bool:
    return values.dtype.kind in "biu" or bool(np.all(np.mod(values, 1) == 0))


def _is_one_hot(values: Array, axis: int) -> bool:
    return bool(np.isin(values, (0, 1)).all()) and bool((values.sum(axis=axis) == 1).all())
