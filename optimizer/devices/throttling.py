"""devices/: signs that a machine slowed down while it measured."""

from collections.abc import Iterator

import numpy as np

from optimizer.devices.measured import DeviceState
from optimizer.measure.rounds import RoundTimes
from optimizer.words import listed

SLOWER = 1.15  # times as long at the end as at the beginning
PART = 4  # beginning and end are a quarter of all sittings each
LEAST = 8  # sittings
FIRMWARE = {
    0: "too little voltage", 1: "a capped clock", 2: "throttling", 3: "the soft limit on heat",
}  # fmt: skip
"""Bits of a Raspberry Pi's `get_throttled`; the same 16 higher: since it was started.

https://www.raspberrypi.com/documentation/computers/os.html#get_throttled
"""
SINCE = 16


def signs_of(
    before: DeviceState, after: DeviceState, times: RoundTimes, threads: int
) -> tuple[str, ...]:
    """A sentence for each sign; none where nothing tells of any."""
    return tuple(_signs(before, after, times, threads))


def _signs(
    before: DeviceState, after: DeviceState, times: RoundTimes, threads: int
) -> Iterator[str]:
    held = [
        name
        for bit, name in FIRMWARE.items()
        if _bit(after, bit) or (_bit(after, bit + SINCE) and not _bit(before, bit + SINCE))
    ]
    if held:
        yield f"The firmware reports {listed(held)}."
    if before.throttle_count is not None and after.throttle_count is not None:
        times_throttled = after.throttle_count - before.throttle_count
        if times_throttled > 0:
            yield f"The CPU throttled {times_throttled:,} times."
    if max(before.cooling or 0, after.cooling or 0) > 0:
        yield "The system held the clock down against heat."
    slower = _slower(times, threads)
    if slower and slower > SLOWER:
        yield f"At the end the baseline took {slower:.2f} times as long as at the beginning."


def _bit(state: DeviceState, bit: int) -> bool:
    return bool((state.firmware or 0) >> bit & 1)


def _slower(times: RoundTimes, threads: int) -> float | None:
    """The baseline's median at the end over that at the beginning.

    By the CPU's time where one thread does the work: other work on the machine hardly shows there.
    """
    table = times.cpu_ms if threads == 1 and (times.cpu_ms[..., 0] > 0).any() else times.wall_ms
    known = [sitting[~np.isnan(sitting)] for sitting in table[..., 0]]
    sittings = [float(np.median(one)) for one in known if one.size]
    if len(sittings) < LEAST:
        return None
    part = len(sittings) // PART
    return float(np.median(sittings[-part:]) / np.median(sittings[:part]))
