"""dashboard/tables/: the weight tensors of a file beside what its recipe promised."""

import pandas as pd

from dashboard.markdown import verbatim
from optimizer.audit.audit import Audit, Finding
from optimizer.export import numbers


def findings(made: Audit) -> pd.DataFrame:
    """The weight tensors of a file beside what was promised, in Markdown: green kept, red not."""
    shown = made.findings
    return pd.DataFrame(
        {
            "": [_mark(finding) for finding in shown],
            "Layer": [verbatim(finding.layer or "?") for finding in shown],
            "Zeros": [_zeros(finding) for finding in shown],
            "Unique per channel": [_clusters(finding) for finding in shown],
            "Unique": [f"{finding.tensor.unique:,}" for finding in shown],
            "Type": [_type(finding) for finding in shown],
            "Size": [_whole(numbers.size(finding.tensor.size_bytes)) for finding in shown],
            "Gzip": [_whole(numbers.size(finding.tensor.gzip_bytes)) for finding in shown],
            "Operator": [finding.tensor.operator for finding in shown],
            "Shape": [_whole(" × ".join(map(str, finding.tensor.shape))) for finding in shown],
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
