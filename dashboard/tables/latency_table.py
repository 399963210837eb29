"""dashboard/tables/: how fast each variant is in every setting."""

from collections.abc import Sequence

import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.choose.comparison import Comparison
from optimizer.measure.measurements import Latency

ENDED = {"precision": "narrow enough", "budget": "time was up", None: ""}


@exportable
def settings(rows: Sequence[Comparison]) -> pd.DataFrame:
    """A row for each variant and setting."""
    timed = [
        (row, latency)
        for row in rows
        if row.variant.latency
        for latency in (row.variant.latency, *row.variant.other_latencies)
    ]
    return pd.DataFrame(
        {
            "Recipe": [row.variant.recipe for row, _ in timed],
            "Setting": [setting(latency) for _, latency in timed],
            "Median": [latency.median_ms for _, latency in timed],
            "p90": [latency.p90_ms for _, latency in timed],
            "p99": [latency.p99_ms for _, latency in timed],
            "Smallest": [latency.min_ms for _, latency in timed],
            "CPU": [latency.cpu_median_ms for _, latency in timed],
            "First": [latency.first_ms for _, latency in timed],
            "Ratio": [latency.ratio for _, latency in timed],
            "Interval": [_interval(latency) for _, latency in timed],
            "Timings": [latency.runs for _, latency in timed],
            "Preempted": [latency.preempted for _, latency in timed],
            "Ended": [ENDED[latency.stopped_by] for _, latency in timed],
        }
    )


def setting(latency: Latency) -> str:
    """How it was timed: `1 thread`, `2 threads, without XNNPACK`."""
    threads = f"{latency.threads} thread{'s' if latency.threads > 1 else ''}"
    return threads if latency.xnnpack else f"{threads}, without XNNPACK"


def _interval(latency: Latency) -> str:
    if latency.ratio_low is None or latency.ratio_high is None:
        return ""
    return f"{latency.ratio_low:.3f} to {latency.ratio_high:.3f}"
