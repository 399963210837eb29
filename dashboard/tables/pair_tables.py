"""dashboard/tables/: two variants side by side, as data frames."""

from collections.abc import Sequence

import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.choose.side_by_side import Setting, SideBySide
from optimizer.export import numbers
from optimizer.techniques.registry import kind_of
from optimizer.tflite.facts import WeightTensor


@exportable
def settings(pair: SideBySide) -> pd.DataFrame:
    """A row for each thing in which the recipes differ."""
    return pd.DataFrame(
        {
            "What": [_title(one) for one in pair.recipe],
            "First": [one.first or numbers.NONE for one in pair.recipe],
            "Second": [one.second or numbers.NONE for one in pair.recipe],
        }
    )


def _title(setting: Setting) -> str:
    if not setting.step:
        return "Conversion"
    kind = kind_of(setting.step)
    field = kind.model_fields.get(setting.parameter)
    return f"{kind.label}: {field.title}" if field else kind.label


@exportable
def measured(told: Sequence[tuple[str, str, str]]) -> pd.DataFrame:
    """A row for each measure: its title, and what it is of the first and of the second."""
    return pd.DataFrame(told, columns=["Measure", "First", "Second"])


@exportable
def operators(pair: SideBySide) -> pd.DataFrame:
    """A row for each operator of which there are different numbers."""
    return pd.DataFrame(
        {
            "Operator": [one.name for one in pair.operators],
            "First": [one.first for one in pair.operators],
            "Second": [one.second for one in pair.operators],
        }
    )


@exportable
def weights(pair: SideBySide) -> pd.DataFrame:
    """A row for each layer's tensor: type, share of zeros, different values, bytes after gzip."""
    frame = {"Layer": [one.layer for one in pair.weights]}
    for title, side in (("first", "first"), ("second", "second")):
        tensors: list[WeightTensor | None] = [getattr(one, side) for one in pair.weights]
        frame[f"Type, {title}"] = [one.dtype.lower() if one else numbers.NONE for one in tensors]
        frame[f"Zeros, {title}"] = [100 * one.zeros if one else None for one in tensors]  # type: ignore[misc]
        frame[f"Values, {title}"] = [one.unique if one else None for one in tensors]  # type: ignore[misc]
        frame[f"Gzip, {title}"] = [
            numbers.size(one.gzip_bytes) if one else numbers.NONE for one in tensors
        ]
    return pd.DataFrame(frame)


@exportable
def classes(pair: SideBySide) -> pd.DataFrame:
    """A row for each class that one of them finds better."""
    return pd.DataFrame(
        {
            "Class": [one.name for one in pair.classes],
            "Samples": [one.samples for one in pair.classes],
            "First": [100 * one.first for one in pair.classes],
            "Second": [100 * one.second for one in pair.classes],
            "Change": [100 * (one.second - one.first) for one in pair.classes],
        }
    )
