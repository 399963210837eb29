"""choose/: why a variant is slower than the float32 baseline, in one plain sentence.

It is read from the profiles of both: from what ran outside XNNPACK's fast kernels, from kernels
that quantize while they run, and from steps that convert between types.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from optimizer.errors import LiteweighError
from optimizer.measure.measurements import OperatorTime, Profile
from optimizer.store.profile_files import read_profile
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.tflite.facts import FileContents

WORTH_NAMING = 0.05  # of the time, more than in the baseline
MOST_NAMES = 3
# XNNPACK names a kernel's types in brackets; QD8 and QDU8 are float inputs that it quantizes to 8
# bits by itself (XNNPACK, include/xnnpack.h: xnn_datatype_qdint8, xnn_datatype_qduint8).
QUANTIZES = re.compile(r"\bQDU?8\b")
CONVERTS = re.compile(r"QUANTIZE$|Convert \(")
# XNNPACK's quantized operators take and give 8 bits, its others floats: "Supported operators" in
# tflite/delegates/xnnpack/README.md of LiteRT.
NO_KERNELS_FOR = {"INT16": "int16 activations"}


def why_slower(variant: Variant, profile: Profile | None, baseline: Profile | None) -> str | None:
    """Says why a variant that is slower than the baseline for certain is so.

    Args:
        variant: with its latency.
        profile: of the variant.
        baseline: profile of the float32 variant.

    Returns:
        None if it is not slower for certain, or the profiles are missing or do not tell.
    """
    latency = variant.latency
    slower = latency is not None and latency.ratio_low is not None and latency.ratio_low > 1
    if not slower or profile is None or baseline is None:
        return None
    return (
        _outside(variant.contents, profile, baseline)
        or _quantizing(profile, baseline)
        or _converting(profile, baseline)
        or _longest(profile, baseline)
    )


def why_slower_in(study: Study, variant: Variant) -> str | None:
    """The same of a study's variant, with the profiles that lie in its folder.

    Returns:
        None also where a profile is damaged.
    """
    try:
        profile, baseline = (read_profile(study, v) for v in (variant, study.index.variants[0]))
    except LiteweighError:
        return None
    return why_slower(variant, profile, baseline)


def _outside(contents: FileContents, profile: Profile, baseline: Profile) -> str | None:
    """Operators that XNNPACK leaves to the runtime's own kernels, and did not in the baseline."""
    before = _shares(baseline, lambda step: not step.delegated)
    now = _shares(profile, lambda step: not step.delegated)
    found = [name for name in now if now[name] > before[name] + WORTH_NAMING]
    if not found:
        return None
    named = sorted(found, key=lambda name: -now[name])[:MOST_NAMES]
    types = _types(contents)
    return (
        f"{_listed(named)} {'have' if len(named) > 1 else 'has'} no XNNPACK kernel"
        f"{f' for {types}' if types else ''} and {'run' if len(named) > 1 else 'runs'} on slower "
        f"ones of the runtime; {'they take' if len(named) > 1 else 'it takes'} "
        f"{_percent(sum(now[name] for name in named))} of the time."
    )


def _quantizing(profile: Profile, baseline: Profile) -> str | None:
    """Kernels with float inputs that quantize them whenever they run."""
    share = _more(profile, baseline, lambda step: bool(QUANTIZES.search(step.name)))
    if share is None:
        return None
    return (
        "Its weights are int8 but its activations are float32 and are quantized anew at every "
        f"call; the operators that do so take {_percent(share)} of the time."
    )


def _converting(profile: Profile, baseline: Profile) -> str | None:
    share = _more(profile, baseline, lambda step: bool(CONVERTS.search(step.name)))
    if share is None:
        return None
    return f"Converting values from one type to another takes {_percent(share)} of its time."


def _longest(profile: Profile, baseline: Profile) -> str | None:
    """The kind of operator whose time has grown most."""
    now, before = _milliseconds(profile), _milliseconds(baseline)
    kind = max(now, key=lambda kind: now[kind] - before[kind])
    if now[kind] <= before[kind]:
        return None
    return (
        f"No operator lost its fast kernel; the time of {kind} has grown most, from "
        f"{before[kind]:.3g} to {now[kind]:.3g} ms."
    )


def _more(
    profile: Profile, baseline: Profile, chosen: Callable[[OperatorTime], bool]
) -> float | None:
    """The share of the chosen steps, if it is larger than in the baseline."""
    now, before = (sum(_shares(each, chosen).values()) for each in (profile, baseline))
    return now if now > before + WORTH_NAMING else None


def _shares(profile: Profile, chosen: Callable[[OperatorTime], bool]) -> Mapping[str, float]:
    """Shares of the time of the chosen steps, by name; 0 for any other name."""
    shares: dict[str, float] = defaultdict(float)
    for step in filter(chosen, profile.operators):
        shares[step.name] += step.share
    return shares


def _milliseconds(profile: Profile) -> Mapping[str, float]:
    """Times by kind of operator: XNNPACK's kernels without the types that stand in brackets."""
    times: dict[str, float] = defaultdict(float)
    for step in profile.operators:
        times[step.name.partition(" (")[0]] += step.milliseconds
    return times


def _types(contents: FileContents) -> str:
    """What the activations are, where that is why XNNPACK has no kernel; empty if it is not."""
    types = contents.tensor_types
    for name, words in NO_KERNELS_FOR.items():
        if name in types:
            return words
    # Both without an operator that turns one into the other: the weights alone are int8.
    converted = {"QUANTIZE", "DEQUANTIZE"} & set(contents.operators)
    if {"INT8", "FLOAT32"} <= set(types) and not converted:
        return "float32 activations with int8 weights"
    return ""


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
