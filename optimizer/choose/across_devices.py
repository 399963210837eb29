"""choose/: one variant across devices: what each measured, and where their ranks differ."""

from collections.abc import Sequence
from itertools import combinations

from optimizer.choose.on_device import seen_on
from optimizer.devices.device import Device
from optimizer.measure.measurements import Latency
from optimizer.store.records import StudyIndex
from optimizer.words import listed


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
    sentences = []
    for first, second in combinations(index.devices, 2):
        for one, other in ((first, second), (second, first)):
            turned = [
                recipe
                for recipe, there in measured.items()
                if _faster(there.get(one.id)) and _slower(there.get(other.id))
            ]
            if turned:
                sentences.append(_sentence(turned, one, other))
    return tuple(sentences)


def _sentence(recipes: Sequence[str], one: Device, other: Device) -> str:
    verb = "is" if len(recipes) == 1 else "are"
    return (
        f"{listed(recipes, 4)} {verb} faster than float32 on {one.name}, and slower on "
        f"{other.name}."
    )


def _faster(latency: Latency | None) -> bool:
    return bool(latency and latency.ratio_high and latency.ratio_high < 1)


def _slower(latency: Latency | None) -> bool:
    return bool(latency and latency.ratio_low and latency.ratio_low > 1)
