"""benchmarks/: python -m benchmarks [--only NAME] [--json FILE] prints one table."""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from benchmarks import (
    compare_page,
    conversion,
    isolation,
    large_files,
    latency,
    predictions,
    promises,
    search,
    server,
    shrink,
    training,
)
from benchmarks.row import Row
from optimizer.cli.asked_to_end import asked_to_end

SUITE: dict[str, Callable[[], list[Row]]] = {
    "server": server.measure,
    "isolation": isolation.measure,
    "large": large_files.measure,
    "one": conversion.measure_one,
    "all": conversion.measure_all,
    "predictions": predictions.measure,
    "latency": latency.measure,
    "compare": compare_page.measure,
    "train": training.measure,
    "shrink": shrink.measure,
    "promises": promises.measure,
    "search": search.measure,
}


def main() -> None:
    """Runs what was asked for and prints ours beside theirs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--only", choices=SUITE, action="append", help="may be given several times")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows there")
    options = parser.parse_args()
    rows: list[Row] = []
    print(f"{'what':<66} {'ours':>9} {'theirs':>9} {'ratio':>7}  goal")
    for name in options.only or SUITE:
        for row in SUITE[name]():
            rows.append(row)
            print(
                f"{row.what:<66} {row.ours:>9.3g} {_number(row.theirs):>9} "
                f"{_number(row.ratio):>7}  {row.goal}{'' if row.met else '  MISSED'}",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


if __name__ == "__main__":
    with asked_to_end():
        main()
