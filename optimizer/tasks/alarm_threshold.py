"""tasks/: above which error of reconstruction a sample is an anomaly; told by the float model."""

from pathlib import Path

import numpy as np

from optimizer.arrays import Indices
from optimizer.data.dataset import Dataset
from optimizer.errors import DataError
from optimizer.measure.reconstruction import reconstruction_errors, threshold_at

MOST = 5_000  # samples: more hardly move a share of five in a hundred


def normal_to_look_at(dataset: Dataset, most: int) -> Indices:
    """Normal samples that are not evaluated; of the evaluation role where there are no others."""
    asked = dataset.normal_not_evaluated()[:most]
    return asked if len(asked) else dataset.normal("evaluation")[:most]


def alarm_threshold(dataset: Dataset, float_tflite: Path) -> tuple[float, str]:
    """The threshold, and what has to be said about it. Workers only.

    Args:
        dataset: With its scalings; its normal samples are asked as far as they are not evaluated.
        float_tflite: The model.

    Raises:
        DataError: no sample is normal.
    """
    from optimizer.measure.predict import predict  # noqa: PLC0415 (workers only)

    record = dataset.record
    asked = normal_to_look_at(dataset, MOST)
    if not len(asked):
        raise DataError(
            "All samples are labelled as anomalies, so that nobody can tell how badly a normal one "
            "is rebuilt. Label normal samples with 0 and anomalies with 1, and give some of each."
        )
    output = predict(float_tflite, dataset.samples_at(asked))[record.output]
    wanted = dataset.samples_at(asked, record.target_scaling)
    errors = reconstruction_errors(output, wanted, str(record.reconstruction))
    known = errors[np.isfinite(errors)]
    if not len(known):
        return 0.0, ""  # the metrics say that outputs are not numbers
    share = float(record.false_alarms or 0.0)
    threshold, enough = threshold_at(known, share)
    if enough:
        return threshold, ""
    return threshold, (
        f"{len(known):,} normal samples do not suffice for a threshold at {100 * share:g} % false "
        "alarms: the largest error among them was taken."
    )
