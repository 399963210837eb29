"""data/: labels of samples that are normal or not, for models that rebuild what they are given."""

from collections.abc import Sequence

import numpy as np

from optimizer.arrays import Array, Int64s
from optimizer.errors import DataError
from optimizer.words import listed

NORMAL, ANOMALY = 0, 1
NAMES = ("normal", "anomaly")
"""What the two are called where the labels are numbers."""
CALLED_NORMAL = frozenset(
    {"normal", "good", "ok", "nominal", "healthy", "benign", "inlier", "regular"}
)
CALLED_ANOMALY = frozenset(
    {"anomaly", "anomalous", "anomalies", "abnormal", "outlier", "defect", "defective", "defects",
     "bad", "broken", "damaged", "fault", "faulty", "failure", "ng", "nok", "attack", "fraud"}
)  # fmt: skip
FALSE_ALARMS = 0.05
"""Share of the normal samples that may be taken for anomalies, where the user does not say."""
RECONSTRUCTIONS = ("mse", "mae")
"""How a sample's error of reconstruction is reckoned: the mean of squares, or of distances."""


def rebuilt_input(inputs: Sequence[tuple[int, ...]], output: tuple[int, ...]) -> int | None:
    """The place of the input that an output of this shape gives back; None if none has its size.

    Args:
        inputs: The shape of one sample of each input.
        output: Of one sample of the output.
    """
    same = [at for at, shape in enumerate(inputs) if shape == output]
    size = int(np.prod(output, dtype=int))
    as_large = [at for at, shape in enumerate(inputs) if int(np.prod(shape, dtype=int)) == size]
    return next(iter((*same, *as_large)), None)


def normal_or_not(values: Array, names: Sequence[str]) -> tuple[Int64s, tuple[str, ...]] | None:
    """0 for each normal sample and 1 for each anomaly, (n,), and what both are called.

    Args:
        values: (n, …), 0 and 1; or −1 for anomalies and 1 for the rest, as scikit-learn's outlier
            detectors say it; or the places of names.
        names: Of the classes where they came as text; else empty. One that means normal makes
            anomalies of all others, as in data sets with a class for each kind of defect.

    Returns:
        None where the labels say no such thing.
    """
    if values.size != len(values):
        return None
    flat = values.reshape(-1)
    if names:
        return _by_name(flat.astype(np.int64), tuple(names))
    found = set(np.unique(flat).tolist())
    if found <= {0, 1}:
        return flat.astype(np.int64), NAMES
    if found <= {-1, 1}:
        return np.asarray(flat.astype(np.int64) < 0, np.int64), NAMES
    return None


def _by_name(places: Int64s, names: tuple[str, ...]) -> tuple[Int64s, tuple[str, ...]] | None:
    """By what the classes are called; of one class alone it is told too."""
    words = [name.strip().lower() for name in names]
    if set(words) <= {"0", "1"}:
        return np.array([int(word) for word in words], np.int64)[places], NAMES
    normal = [at for at, word in enumerate(words) if word in CALLED_NORMAL]
    odd = [at for at, word in enumerate(words) if word in CALLED_ANOMALY]
    if len(normal) == 1:
        others = [name for at, name in enumerate(names) if at != normal[0]]
        called = others[0] if len(others) == 1 else NAMES[ANOMALY]
        return np.asarray(places != normal[0], np.int64), (names[normal[0]], called)
    if not normal and len(odd) == 1 and len(names) <= 2:
        others = [name for at, name in enumerate(names) if at != odd[0]]
        called = others[0] if others else NAMES[NORMAL]
        return np.asarray(places == odd[0], np.int64), (called, names[odd[0]])
    return None


def no_labels(count: int) -> tuple[Int64s, str]:
    """Samples that nobody has labelled are all taken for normal ones; and what is to be said."""
    return np.full(count, NORMAL, np.int64), (
        "The data have no labels, so all samples are taken for normal ones: how badly they are "
        "rebuilt is shown, and how often a file gives alarm, but not what it finds."
    )


def check_false_alarms(share: float) -> float:
    """The share, if there can be such a one.

    Raises:
        DataError: it is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise DataError(
            f"{share:g} cannot be the share of false alarms; it lies between 0 and 1. Give 0.05 "
            "(or 5 %), say."
        )
    return share


def check_reconstruction(name: str) -> str:
    """The way of reckoning an error, if there is such a one.

    Raises:
        DataError: there is none of that name.
    """
    if name not in RECONSTRUCTIONS:
        raise DataError(
            f"There is no error of reconstruction “{name}”. Use {listed(RECONSTRUCTIONS)}."
        )
    return name
