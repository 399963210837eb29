"""dashboard/tables/: what is inside a file, as data frames."""

from collections.abc import Iterable, Sequence

import pandas as pd

from dashboard.markdown import verbatim
from dashboard.tables.exportable import exportable
from optimizer.export import numbers
from optimizer.measure.inside.facts import Inside, Verdict
from optimizer.measure.inside.oldest_runtime import oldest_runtime
from optimizer.measure.measurements import Profile
from optimizer.tflite.facts import CONVERTING, OperatorUse, Quantization, TensorFacts
from optimizer.words import number, sizes

Times = dict[int, float]


def times(profile: Profile | None, inside: Inside) -> Times:
    """Milliseconds of each operator by its index; empty where not all have a time of their own.

    XNNPACK runs several operators in one step, and one operator in several.
    """
    steps = profile.operators if profile else ()
    spent = {step.node: step.milliseconds for step in steps if step.node is not None}
    return spent if all(use.index in spent for use in inside.operators) else {}


@exportable
def operators(inside: Inside, spent: Times) -> pd.DataFrame:
    """Each kind of operator: how many, their work, edition and time; the most work first."""
    kinds: dict[str, list[OperatorUse]] = {}
    for use in inside.operators:
        kinds.setdefault(use.name, []).append(use)
    groups = sorted(kinds.values(), key=lambda uses: (-_macs(uses), -len(uses)))
    total = _macs(inside.operators) or 1
    frame = pd.DataFrame(
        {
            "Operator": [uses[0].name for uses in groups],
            "Count": [len(uses) for uses in groups],
            "MACs": [_macs(uses) for uses in groups],
            "Share": [100 * _macs(uses) / total for uses in groups],
            "Types": [_listed(_types(use) for use in uses) for uses in groups],
            "Version": [_listed(str(use.version) for use in uses) for uses in groups],
            "Since": [oldest_runtime(uses) or numbers.NONE for uses in groups],
        }
    )
    if spent:
        frame["Time"] = [sum(spent[use.index] for use in uses) for uses in groups]
    return frame


@exportable
def each_operator(inside: Inside, spent: Times) -> pd.DataFrame:
    """Every operator in the order of execution."""
    uses = inside.operators
    frame = pd.DataFrame(
        {
            "#": [use.index for use in uses],
            "Operator": [use.name for use in uses],
            "Output": [shape(use.output_shape) for use in uses],
            "MACs": [use.macs for use in uses],
            "Types": [_types(use) for use in uses],
            "Version": [use.version for use in uses],
            "Location": [use.location for use in uses],
        }
    )
    if spent:
        frame.insert(4, "Time", [spent[use.index] for use in uses])
    return frame


@exportable
def numbered(inside: Inside) -> pd.DataFrame:
    """The operators of a float file by the numbers that recipes name them by."""
    uses = [use for use in inside.operators if use.name not in CONVERTING]
    return pd.DataFrame(
        {
            "#": range(len(uses)),
            "Operator": [use.name for use in uses],
            "Output": [shape(use.output_shape) for use in uses],
            "Location": [use.location for use in uses],
        }
    )


@exportable
def tensors(facts: Sequence[TensorFacts]) -> pd.DataFrame:
    """Tensors with their quantization."""
    return pd.DataFrame(
        {
            "#": [fact.index for fact in facts],
            "Name": [fact.name for fact in facts],
            "Role": [fact.role for fact in facts],
            "Type": [fact.dtype.lower() for fact in facts],
            "Shape": [shape(fact.shape) for fact in facts],
            "Bytes": [fact.size_bytes for fact in facts],
            "Quantization": [_kind(fact.quantization) for fact in facts],
            "Scale": [_scale(fact.quantization) for fact in facts],
            "Zero point": [_zero_point(fact.quantization) for fact in facts],
        }
    )


def totals(bytes_by_type: dict[str, int]) -> pd.DataFrame:
    """Bytes of each type, in Markdown."""
    return pd.DataFrame(
        {
            "Type": [verbatim(name.lower()) for name in bytes_by_type],
            "Size": [numbers.size(count) for count in bytes_by_type.values()],
        }
    )


def obstacles(verdict: Verdict) -> pd.DataFrame:
    """What stands in the way of a target, in Markdown."""
    return pd.DataFrame(
        {
            "In the way": [verbatim(one.what) for one in verdict.obstacles],
            "Count": [f"{one.count:,}" for one in verdict.obstacles],
            "Why": [verbatim(one.reason) for one in verdict.obstacles],
        }
    )


def shape(dimensions: Sequence[int]) -> str:
    """`1 × 28 × 28 × 1`."""
    return sizes(dimensions, empty="scalar")


def _macs(uses: Iterable[OperatorUse]) -> int:
    return sum(use.macs for use in uses)


def _types(use: OperatorUse) -> str:
    """`int8, int8, int32 → int8`."""
    return f"{', '.join(use.input_types)} → {', '.join(use.output_types)}".lower()


def _listed(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def _kind(quantization: Quantization | None) -> str:
    if quantization is None:
        return ""
    if quantization.axis is None:
        return quantization.kind
    return f"{quantization.kind} {quantization.axis}"


def _scale(quantization: Quantization | None) -> str:
    if quantization is None:
        return ""
    if quantization.scales == 1:
        return f"{quantization.first_scale:.4g}"
    low, high = quantization.min_scale, quantization.max_scale
    return f"{low:.3g} to {high:.3g} ({quantization.scales})"


def _zero_point(quantization: Quantization | None) -> str:
    if quantization is None:
        return ""
    low, high = quantization.min_zero_point, quantization.max_zero_point
    return number(low, "d") if low == high else f"{number(low, 'd')} to {number(high, 'd')}"
