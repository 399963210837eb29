"""dashboard/tables/: the weight tensors of a file beside what its recipe promised."""

import pandas as pd

from dashboard.markdown import verbatim
from optimizer.audit.findings import Audit, Finding
from optimizer.audit.verdict import properties_in
from optimizer.export import numbers
from optimizer.techniques.properties import CLUSTERS, ZEROS
from optimizer.techniques.registry import weight_property
from optimizer.words import sizes


def findings(made: Audit) -> pd.DataFrame:
    """The weight tensors of a file beside what was promised, in Markdown: green kept, red not."""
    shown = made.findings
    others = [name for name in properties_in(made) if name not in {ZEROS.name, CLUSTERS.name}]
    return pd.DataFrame(
        {
            "": [_mark(finding) for finding in shown],
            "Layer": [verbatim(finding.layer or "?") for finding in shown],
            ZEROS.title: [_given(finding, ZEROS.name) for finding in shown],
            CLUSTERS.title: [_given(finding, CLUSTERS.name) for finding in shown],
            "Unique": [f"{finding.tensor.unique:,}" for finding in shown],
        }
        | {weight_property(name).title: [_given(f, name) for f in shown] for name in others}
        | {
            "Type": [_type(finding) for finding in shown],
            "Size": [_whole(numbers.size(finding.tensor.size_bytes)) for finding in shown],
            "Gzip": [_whole(numbers.size(finding.tensor.gzip_bytes)) for finding in shown],
            "Operator": [verbatim(finding.tensor.operator) for finding in shown],
            "Shape": [_whole(sizes(finding.tensor.shape)) for finding in shown],
        }
    )


def _mark(finding: Finding) -> str:
    if not finding.promises:
        return ""
    return ":green[:material/check:]" if finding.kept else ":red[:material/close:]"


def _given(finding: Finding, name: str) -> str:
    """What a tensor has of a property, beside what was promised."""
    promise, what = finding.given.get(name), weight_property(name)
    if promise is None:
        return _whole(what.found(finding.tensor))
    return _coloured(what.beside(finding.tensor, promise), promise.kept)


def _type(finding: Finding) -> str:
    found, promise = finding.tensor.dtype.lower(), finding.dtype
    if promise is None:
        return verbatim(found)
    text = found if promise.kept else f"{found} ≠ {str(promise.promised).lower()}"
    return _coloured(text, promise.kept)


def _coloured(text: str, kept: bool) -> str:
    return f":{'green' if kept else 'red'}[{_whole(verbatim(text))}]"


def _whole(text: str) -> str:
    """A cell that is not broken into lines; a narrow window scrolls instead."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")
