"""dashboard/tables/: what each device has measured of each variant."""

from collections.abc import Mapping

import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.choose.across_devices import latencies
from optimizer.export import numbers
from optimizer.measure.measurements import Latency
from optimizer.store.records import StudyIndex


@exportable
def across(index: StudyIndex) -> pd.DataFrame:
    """A row for each variant: its time on each device, then on each how fast against float32.

    Times stand first, beside each other, so that a phone shows those of two devices.
    """
    measured = latencies(index)
    times: dict[str, list[object]] = {"Recipe": list(measured)}
    speeds: dict[str, list[object]] = {}
    for device, name in names(index).items():
        there = [each.get(device) for each in measured.values()]
        times[name] = [one.median_ms if one else None for one in there]
        speeds[f"{name}: speed"] = [_speed(one) for one in there]
    return pd.DataFrame(times | speeds)


def names(index: StudyIndex) -> Mapping[str, str]:
    """What the columns of each device are called, by its id; two of one name get a number."""
    found: dict[str, str] = {}
    for device in index.devices:
        taken = sum(name.startswith(device.name) for name in found.values())
        found[device.id] = device.name if not taken else f"{device.name} ({taken + 1})"
    return found


def _speed(latency: Latency | None) -> str:
    """`2.1× faster (2.06× to 2.13×)`; empty where it was not measured."""
    if latency is None or latency.ratio is None:
        return ""
    if latency.ratio_low == latency.ratio_high == 1:
        return "the baseline"
    interval = numbers.ratio_interval(latency)
    return numbers.ratio(latency) + ("" if interval == numbers.NONE else f" ({interval})")
