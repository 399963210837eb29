"""choose/: one variant across devices: what each measured, and where their ranks differ."""

from collections.abc import Sequence

from optimizer.choose.on_device import seen_on
from optimizer.measure.measurements import Latency
from optimizer.store.records import StudyIndex


def latencies(index: StudyIndex) -> dict[str, dict[str, Latency | None]]:
    """For each recipe what each device measured of it, by the device's id; None where nothing."""
    found: dict[str, dict[str, Latency | None]] = {one.recipe: {} for one in index.variants}
    for device in index.devices:
        for variant in seen_on(index, device.id).variants:
            there = variant.device == device.id
            found[variant.recipe][device.id] = variant.latency if there else None
    return found


def rank_differences(index: StudyIndex) -> tuple[str, ...]:
    """What is faster than the baseline on one device and slower on another, a sentence each.

    Only where both 95 % intervals leave no doubt.
    """
    measured = latencies(index)
    turned: dict[tuple[str, str], list[str]] = {}  # by where they are faster, and where slower
    for recipe, there in measured.items():
        faster = [one.name for one in index.devices if _faster(there.get(one.id))]
        slower = [one.name for one in index.devices if _slower(there.get(one.id))]
        if faster and slower:
            turned.setdefault((all_of(faster), all_of(slower)), []).append(recipe)
    return tuple(
        f"{all_of(recipes)} {'is' if len(recipes) == 1 else 'are'} faster than float32 on {on}, "
        f"and slower on {elsewhere}."
        for (on, elsewhere), recipes in turned.items()
    )


def all_of(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _faster(latency: Latency | None) -> bool:
    return bool(latency and latency.ratio_high and latency.ratio_high < 1)


def _slower(latency: Latency | None) -> bool:
    return bool(latency and latency.ratio_low and latency.ratio_low > 1)
