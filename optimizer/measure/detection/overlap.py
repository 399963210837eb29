"""measure/detection/: how far boxes overlap."""

import numpy as np

from optimizer.arrays import Float64s


def overlap(mine: Float64s, theirs: Float64s, crowd: Float64s | None = None) -> Float64s:
    """Intersection over union of each pair of boxes, (a, b); 0 of boxes without an area.

    Args:
        mine, theirs: (a, 4) and (b, 4): left, top, right, bottom.
        crowd: (b,), true where one of `theirs` stands for a crowd: then the share of the area of
            `mine` that lies in it, as COCO has it.
    """
    first = np.maximum(mine[:, None, :2], theirs[None, :, :2])
    last = np.minimum(mine[:, None, 2:], theirs[None, :, 2:])
    both = np.maximum(last - first, 0).prod(axis=-1)
    own, other = (np.maximum(one[:, 2:] - one[:, :2], 0).prod(axis=-1) for one in (mine, theirs))
    whole = own[:, None] + other[None, :] - both
    if crowd is not None:
        whole = np.where(crowd[None, :], own[:, None], whole)
    shares: Float64s = np.divide(both, whole, out=np.zeros_like(both), where=whole > 0)
    return shares
