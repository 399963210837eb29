"""measure/: samples of which a variant gives a wrong alarm, or none, and how it rebuilds them."""

from dataclasses import dataclass

import numpy as np

from optimizer.arrays import Array, Float32s, Indices
from optimizer.measure.metrics.class_of_output import predicted_classes

MOST = 12  # samples that are kept as they were rebuilt
MOST_VALUES = 2_000_000  # of them together


@dataclass(frozen=True)
class Rebuilt:
    """How two variants rebuild the same samples.

    Attributes:
        samples: places in the evaluation role, (k,).
        answers: what the variant makes of them, (k, ...).
        expected: what the float32 variant makes of them, likewise.
    """

    samples: Indices
    answers: Float32s
    expected: Float32s

    @classmethod
    def of(cls, outputs: Float32s, reference: Float32s, samples: Indices) -> "Rebuilt":
        """Some samples of all outputs, (n, ...); fewer where each has very many values."""
        most = max(1, MOST_VALUES // max(1, outputs[:1].size))
        some = samples[:most]
        return cls(some, outputs[some], reference[some])


def misjudged(decided: Float32s, reference: Float32s, labels: Array | None) -> Indices:
    """The places of some samples that are worth a look, (k,), at most 12.

    First those that the variant gets wrong and float32 right, then the others that it gets wrong,
    both the surest ones first; without a wrong one those whose certainty changed most.

    Args:
        decided: (n, 1), above a half for an anomaly, see `reconstruction.alarms`.
        reference: the float32 variant's, likewise.
        labels: (n,), 1 for anomalies; None: float32 is right.
    """
    said, expected = predicted_classes(decided), predicted_classes(reference)
    truth = expected if labels is None else labels.reshape(len(said))
    sure = np.nan_to_num(np.abs(decided[:, 0].astype(np.float64) - 0.5), nan=1.0)
    wrong = said != truth
    if not wrong.any():
        apart = np.abs(decided[:, 0].astype(np.float64) - reference[:, 0])
        furthest: Indices = np.argsort(-apart, kind="stable")[:MOST]
        return furthest
    order: Indices = np.lexsort((-sure, expected != truth, ~wrong))
    return order[: min(MOST, np.count_nonzero(wrong))]
