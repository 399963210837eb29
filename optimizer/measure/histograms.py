"""measure/: how the weights of a file spread, beside the float32 baseline's.

Nothing here opens a model, so that a page can show these without the libraries that read them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optimizer.arrays import Float32s
from optimizer.errors import MeasurementError
from optimizer.files.json_file import JsonFile
from optimizer.measure.snr import snr_db

# 255 levels of a symmetric int8 tensor (-127..127) in fives, with one of its own around 0: other
# numbers would show teeth that are not in the weights.
BINS, LEVELS = 51, 255


@dataclass(frozen=True)
class WeightHistogram:
    """The real values of a weight tensor, counted in `BINS` bins between `-limit` and `limit`.

    Attributes:
        name: the tensor's, in the file.
        layer: the Keras layer that it comes from; None where that cannot be told.
        operator: what uses it, such as "CONV_2D".
        dtype: how it is stored, such as "INT8".
        shape: dimensions.
        limit: half the width of all bins; the largest absolute value lies in an outermost one.
        after: how many values lie in each bin.
        zeros: how many are exactly 0.
        before: the same of the baseline's tensor; empty where it has none like this.
        zeros_before: how many of the baseline's are exactly 0.
        snr_db: 10 log10(Σ b² / Σ (b − a)²), b being the baseline's values; None without a
            baseline's tensor, and where both are the same.
    """

    name: str
    layer: str | None
    operator: str
    dtype: str
    shape: tuple[int, ...]
    limit: float
    after: tuple[int, ...]
    zeros: int
    before: tuple[int, ...]
    zeros_before: int
    snr_db: float | None


@dataclass(frozen=True)
class Counted:
    """Two tensors of the same values, before and after, counted in the same bins."""

    limit: float
    after: tuple[int, ...]
    before: tuple[int, ...]
    snr_db: float | None


def beside(file: Path) -> Path:
    """Where the histograms of a `.tflite` file are kept."""
    return file.with_suffix(".histograms.json")


def count(after: Float32s, before: Float32s | None) -> Counted:
    """Counts the values of a tensor, and of the baseline's if there is one, in the same bins.

    Args:
        after: float32 of any shape.
        before: of the same shape.
    """
    both = [after] if before is None else [after, before]
    largest = max(float(np.abs(values).max(initial=0)) for values in both) or 1.0
    limit = largest * LEVELS / (LEVELS - 1)
    counts = [np.histogram(values, BINS, (-limit, limit))[0] for values in both]
    return Counted(
        limit=limit,
        after=tuple(map(int, counts[0])),
        before=tuple(map(int, counts[1])) if before is not None else (),
        snr_db=None if before is None else snr_db(before, after),
    )


HISTOGRAMS = JsonFile(
    tuple[WeightHistogram, ...],
    error=MeasurementError,
    again="Open the page again to have it made anew",
)
"""What a study keeps beside a variant; see `beside`."""
