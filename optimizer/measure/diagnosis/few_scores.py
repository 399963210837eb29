"""measure/diagnosis/: scores of classes that are all the same few numbers."""

import numpy as np

from optimizer.arrays import Float32s
from optimizer.words import listed

MOST_SCORES = 8  # different ones, of the 256 that an int8 softmax has
LEAST_SCORES = 100  # different ones of float32: with fewer there is nothing to miss


def few_scores(name: str, mine: Float32s, theirs: Float32s) -> tuple[str, ...]:
    """Says so where a classification's scores hardly differ any more, as of sure answers.

    An int8 softmax gives multiples of 1/256 (LiteRT quantization specification, SOFTMAX): where
    the float model says 0.9991 and 0.9999, it says 0.996 twice.

    Args:
        name: Of the output.
        mine: float32 (n, ..., classes), the variant's.
        theirs: The baseline's, of the same shape.
    """
    now = np.unique(mine)
    if len(now) > MOST_SCORES or len(np.unique(theirs)) < LEAST_SCORES:
        return ()
    told = listed([f"{value:.3g}" for value in now], MOST_SCORES)
    return (
        f"The scores of “{name}” are one of {len(now)} numbers ({told}), where float32 has "
        f"{len(np.unique(theirs)):,}: answers that it is more or less sure of are alike, so a "
        "threshold, a ranking and AUC lose by it. Leave the softmax out of the model, or keep it "
        "in float (mixed); int16x8 has finer steps.",
    )
