"""tests/soak: runs each series until its count is full, and keeps what it found.

python -m tests.soak [--only NAME] [--count N] [--out FILE]

Started again, it goes on where it was: the file says how many runs there were.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path

from tests.soak.results import Run, append, read
from tests.soak.series import SERIES, Series


def runs(series: Mapping[str, Series], count: int | None, out: Path) -> Iterator[Run]:
    """Runs what is missing, one of each series in turn, and keeps each run before the next."""
    missing = {
        name: range(sum(run.series == name for run in read(out)), count or one.count)
        for name, one in series.items()
    }
    for number in range(max((numbers.stop for numbers in missing.values()), default=0)):
        for name, numbers in missing.items():
            if number in numbers:
                run = run_once(name, series[name], number)
                append(out, run)
                yield run


def run_once(name: str, series: Series, number: int) -> Run:
    """Whatever it raises is what it found."""
    began, start = datetime.now(timezone.utc).isoformat(timespec="seconds"), time.monotonic()
    try:
        held, found = True, series.run(number)
    except Exception as error:  # noqa: BLE001 (a failure is a result, and the next run goes on)
        held, found = False, {"error": f"{type(error).__name__}: {error}"}
    return Run(name, number, began, round(time.monotonic() - start, 2), held, found)


def main() -> int:
    """Prints a line for each run; 1 if one of all that the file knows did not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak",
        description="\n".join(f"{name}: {one.summary}" for name, one in SERIES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", choices=SERIES, action="append")
    parser.add_argument("--count", type=int, help="runs of each series, earlier ones included")
    parser.add_argument("--out", type=Path, default=Path("soak.jsonl"))
    options = parser.parse_args()
    chosen = {name: SERIES[name] for name in options.only or SERIES}
    for run in runs(chosen, options.count, options.out):
        end = "held" if run.held else "DID NOT HOLD"
        print(f"{run.series} {run.number}: {end}, {run.seconds} s, {run.found}", flush=True)  # noqa: T201
    kept = [run for run in read(options.out) if run.series in chosen]
    for name in chosen:
        of_it = [run for run in kept if run.series == name]
        print(f"{name}: {sum(run.held for run in of_it)} of {len(of_it)} held")  # noqa: T201
    return 0 if all(run.held for run in kept) else 1


if __name__ == "__main__":
    sys.exit(main())
