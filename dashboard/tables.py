"""dashboard/: tables as data frames, from the engine's records."""

import pandas as pd

from dashboard.composer import verbatim
from optimizer.audit.audit import Audit, Finding
from optimizer.choose.comparison import Comparison
from optimizer.data.dataset import DatasetRecord
from optimizer.data.scaling import SCALINGS
from optimizer.export import numbers
from optimizer.measure.metrics import METRICS
from optimizer.models.summary import ModelSummary
from optimizer.store.records import FloatReport


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


def fits(summary: ModelSummary) -> pd.DataFrame:
    """What training-time techniques can do with each layer: ✓, or the reason why not."""
    return pd.DataFrame(
        {
            "Layer": [fit.name for fit in summary.fits],
            "Type": [fit.kind for fit in summary.fits],
            "Parameters": [fit.parameters for fit in summary.fits],
            "Prune": [fit.prune or "✓" for fit in summary.fits],
            "Cluster": [fit.cluster or "✓" for fit in summary.fits],
            "QAT": [fit.qat or "✓" for fit in summary.fits],
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
            "Float model": [numbers.metric(score.metric) for score in report.scalings],
            "Meaning": [SCALINGS[score.scaling].meaning for score in report.scalings],
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
            "Sparsity": [_percent(row.variant.contents.sparsity) for row in rows],
            "Unique": [row.variant.contents.unique_weights_max for row in rows],
        }
    )


def audit(made: Audit) -> pd.DataFrame:
    """The weight tensors of a file beside what was promised, in Markdown: green kept, red not."""
    findings = made.findings
    return pd.DataFrame(
        {
            "": [_mark(finding) for finding in findings],
            "Layer": [verbatim(finding.layer or "?") for finding in findings],
            "Zeros": [_zeros(finding) for finding in findings],
            "Unique per channel": [_clusters(finding) for finding in findings],
            "Unique": [f"{finding.tensor.unique:,}" for finding in findings],
            "Type": [_type(finding) for finding in findings],
            "Size": [_whole(numbers.size(finding.tensor.size_bytes)) for finding in findings],
            "Gzip": [_whole(numbers.size(finding.tensor.gzip_bytes)) for finding in findings],
            "Operator": [finding.tensor.operator for finding in findings],
            "Shape": [_whole(" × ".join(map(str, finding.tensor.shape))) for finding in findings],
        }
    )


def _mark(finding: Finding) -> str:
    if not finding.promises:
        return ""
    return ":green[:material/check:]" if finding.kept else ":red[:material/close:]"


def _zeros(finding: Finding) -> str:
    found, promise = finding.tensor.zeros, finding.zeros
    if promise is None:
        return _whole(numbers.share(found))
    # Kept nearly: zeros come in whole weights, and are counted over all tensors of a layer.
    reached = round(found, 3) >= round(promise.promised, 3)
    sign = "<" if not promise.kept else "≥" if reached else "≈"
    return _coloured(f"{numbers.share(found)} {sign} {promise.promised * 100:g} %", promise.kept)


def _clusters(finding: Finding) -> str:
    found, promise = finding.tensor.unique_per_channel, finding.clusters
    if promise is None:
        return f"{found:,}"
    sign = "≤" if promise.kept else ">"
    return _coloured(f"{found:,} {sign} {promise.promised}", promise.kept)


def _type(finding: Finding) -> str:
    found, promise = finding.tensor.dtype.lower(), finding.dtype
    if promise is None:
        return found
    text = found if promise.kept else f"{found} ≠ {promise.promised.lower()}"
    return _coloured(text, promise.kept)


def _coloured(text: str, kept: bool) -> str:
    return f":{'green' if kept else 'red'}[{_whole(verbatim(text))}]"


def _whole(text: str) -> str:
    """A cell that is not broken into lines; a narrow window scrolls instead."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def _value(row: Comparison) -> float | None:
    metric = row.variant.metric
    if metric is None or metric.value is None:
        return None
    return round(metric.value * 100, 6) if METRICS[metric.name].share else metric.value


def _speed(row: Comparison) -> str:
    return (
        "baseline"
        if row.difference is None and row.recipe.family.value == "baseline"
        else (numbers.ratio(row.variant.latency))
    )
