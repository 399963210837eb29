"""export/: measurements as people read them. Sizes in powers of 1000, as phones and shops count.

Signs, durations and lists, which any room may need in a sentence, are in `optimizer.words`.
"""

import math

from optimizer.choose.significance import Difference
from optimizer.measure.measurements import Latency, Metric
from optimizer.measure.metrics import METRICS
from optimizer.words import duration, number, signed

NONE = "–"
NEARLY = 0.05  # a ratio that a factor of one digit would call 1.0
ROUNDED_UP = 0.9995  # of a unit: shown as a whole one


def size(count: float | None) -> str:
    """Bytes: `187 KB`, `1.40 MB`."""
    if count is None:
        return NONE
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= ROUNDED_UP * factor:
            return f"{_three_digits(count / factor)} {unit}"
    return f"{count:.0f} B"


def count(number: float | None) -> str:
    """A large count: `139 k`, `8.25 M`."""
    if number is None:
        return NONE
    for unit, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= ROUNDED_UP * factor:
            return f"{_three_digits(number / factor)} {unit}"
    return f"{number:.0f}"


def milliseconds(value: float | None) -> str:
    """A latency: `0.083 ms`, `6.10 ms`, `164 ms`."""
    return NONE if value is None else f"{_three_digits(value, smallest=3)} ms"


def seconds(value: float | None) -> str:
    """A duration: `4 s`, `2 min 5 s`."""
    return NONE if value is None else duration(value)


def ratio(latency: Latency | None) -> str:
    """Speed against the baseline in words: `2.1× faster`, `3 % slower`, `same speed`."""
    if latency is None or latency.ratio is None:
        return NONE
    low, high = latency.ratio_low, latency.ratio_high
    if low is not None and high is not None and low <= 1 <= high:
        return "same speed"
    if abs(latency.ratio - 1) < NEARLY:
        percent = f"{abs(latency.ratio - 1) * 100:.0f}"
        slower = "faster" if latency.ratio < 1 else "slower"
        return "same speed" if percent == "0" else f"{percent} % {slower}"
    if latency.ratio < 1:
        return f"{_three_digits(1 / latency.ratio, smallest=1)}× faster"
    return f"{_three_digits(latency.ratio, smallest=1)}× slower"


def ratio_interval(latency: Latency | None) -> str:
    """The 95 % interval of a speed against the baseline: `2.06× to 2.13×`, slower or faster."""
    if latency is None or latency.ratio_low is None or latency.ratio_high is None:
        return NONE
    low, high = latency.ratio_low, latency.ratio_high
    if high < 1:
        low, high = 1 / high, 1 / low
    digits = 2 if high < 10 else 1
    return f"{low:.{digits}f}× to {high:.{digits}f}×"


def metric(measured: Metric | None) -> str:
    """A metric: `92.86 %` for shares, `0.123` for errors."""
    if measured is None or measured.value is None:
        return NONE
    return _in_unit(measured.name, measured.value)


def interval(measured: Metric | None) -> str:
    """A metric's 95 % interval: `92.1 to 93.5 %`."""
    if measured is None or measured.low is None or measured.high is None:
        return NONE
    if METRICS[measured.name].share:
        return between(measured.low, measured.high)
    return f"{measured.low:.3g} to {measured.high:.3g}"


def between(low: float, high: float) -> str:
    """An interval of a share in 0..1: `92.1 to 93.5 %`."""
    return NONE if math.isnan(low) else f"{low * 100:.1f} to {high * 100:.1f} %"


def change(name: str, difference: Difference | None) -> str:
    """A change against the baseline: `−0.12 pt` for shares, `+0.004` for errors."""
    if difference is None or difference.value is None:
        return NONE
    if METRICS[name].share:
        return f"{signed(difference.value * 100, '.2f')} pt"
    return signed(difference.value, ".3g")


def change_interval(name: str, difference: Difference | None) -> str:
    """Its 95 % interval: `−0.31 to +0.07 pt` for shares, `−0.002 to +0.01` for errors."""
    if difference is None or difference.low is None or difference.high is None:
        return NONE
    if METRICS[name].share:
        return f"{signed(difference.low * 100, '.2f')} to {signed(difference.high * 100, '.2f')} pt"
    return f"{signed(difference.low, '.3g')} to {signed(difference.high, '.3g')}"


def share(value: float | None) -> str:
    """A share in 0..1: `99.6 %`."""
    return NONE if value is None else f"{value * 100:.1f} %"


def decibels(value: float | None) -> str:
    """A signal-to-noise ratio: `39.2 dB`."""
    return NONE if value is None else f"{number(value, '.1f')} dB"


def _in_unit(name: str, value: float) -> str:
    return f"{value * 100:.2f} %" if METRICS[name].share else f"{value:.4g}"


def _three_digits(value: float, smallest: int = 2) -> str:
    """Three significant digits, at most `smallest` after the point."""
    if value >= (99.95 if smallest > 1 else 9.95):
        return f"{value:.0f}"
    if value >= 9.995:
        return f"{value:.1f}".removesuffix(".0")
    return f"{value:.{smallest if value < 1 else min(smallest, 2)}f}"
