"""dashboard/: tables as data frames, from the engine's records."""

import pandas as pd

from optimizer.choose.comparison import Comparison
from optimizer.data.dataset import DatasetRecord
from optimizer.data.scaling import SCALINGS
from optimizer.export import numbers
from optimizer.models.summary import ModelSummary
from optimizer.studies.records import FloatReport


def tensors(summary: ModelSummary) -> pd.DataFrame:
    """Inputs and outputs with their shapes and types."""
    rows = [("Input", spec) for spec in summary.inputs] + [
        ("Output", spec) for spec in summary.outputs
    ]
    return pd.DataFrame(
        {
            "": [kind for kind, _ in rows],
            "Name": [spec.name for _, spec in rows],
            "Shape": [
                " × ".join("any" if size is None else str(size) for size in spec.shape)
                for _, spec in rows
            ],
            "Type": [spec.dtype for _, spec in rows],
        }
    )


def layers(summary: ModelSummary) -> pd.DataFrame:
    """Layers by class."""
    return pd.DataFrame(
        {
            "Layer": [kind.name for kind in summary.layers],
            "Count": [kind.count for kind in summary.layers],
        }
    )


def roles(dataset: DatasetRecord) -> pd.DataFrame:
    """The four roles, how many samples each has, and what it is for."""
    return pd.DataFrame(
        [
            ("Evaluation", dataset.evaluation, "What is reported; nothing else looks at it"),
            ("Calibration", dataset.calibration, "Ranges of activations for int8 and int16x8"),
            ("Tuning", dataset.tuning, "Choices, such as the scaling"),
            ("Training", dataset.training, "Fine-tuning"),
        ],
        columns=["Role", "Samples", "Used for"],
    )


def scalings(report: FloatReport, chosen: str) -> pd.DataFrame:
    """The float model's metric under each scaling that was tried."""
    return pd.DataFrame(
        {
            "": ["✓" if score.scaling == chosen else "" for score in report.scalings],
            "Scaling": [score.scaling for score in report.scalings],
            "Meaning": [SCALINGS[score.scaling].meaning for score in report.scalings],
            "Float model": [numbers.metric(score.metric) for score in report.scalings],
        }
    )


def comparison(rows: list[Comparison], urls: list[str]) -> pd.DataFrame:
    """The table of the Compare page. Numbers stay numbers, so that columns sort."""
    return pd.DataFrame(
        {
            "Download": urls,
            "Recipe": [row.variant.recipe for row in rows],
            "Size": [row.variant.size_bytes / 1e3 for row in rows],
            "Gzip": [row.variant.gzip_bytes / 1e3 for row in rows],
            "Metric": [_value(row) for row in rows],
            "Interval": [numbers.interval(row.variant.metric) for row in rows],
            "Change": [
                numbers.change(row.variant.metric.name, row.difference)
                if row.variant.metric
                else numbers.NONE
                for row in rows
            ],
            "Agreement": [
                row.variant.fidelity.agreement * 100
                if row.variant.fidelity and row.variant.fidelity.agreement is not None
                else None
                for row in rows
            ],
            "Latency": [
                row.variant.latency.median_ms if row.variant.latency else None for row in rows
            ],
            "Speed": [_speed(row) for row in rows],
        }
    )


def _value(row: Comparison) -> float | None:
    metric = row.variant.metric
    if metric is None or metric.value is None:
        return None
    return round(metric.value * 100, 6) if metric.name == "accuracy" else metric.value


def _speed(row: Comparison) -> str:
    return (
        "baseline"
        if row.difference is None and row.recipe.family.value == "baseline"
        else (numbers.ratio(row.variant.latency))
    )
