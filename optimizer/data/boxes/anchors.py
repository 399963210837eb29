"""data/boxes/: anchors, from which raw heads count, as a layout has them."""

from optimizer.arrays import Float64s
from optimizer.data.boxes.head import Layout
from optimizer.errors import DataError

ANCHORS = "anchors.npy"


def arranged(anchors: Float64s, layout: Layout) -> Float64s:
    """Anchors as a layout has them: four numbers each for SSD, else a width and a height.

    Raises:
        DataError: their numbers cannot be shared out so.
    """
    width = 4 if layout is Layout.SSD else 2
    if anchors.size % width:
        raise DataError(
            f"The anchors are {anchors.size:,} numbers, but {layout.value} takes {width} for each. "
            "Give all of them, in the order of the model's boxes."
        )
    return anchors.reshape(-1, width)
