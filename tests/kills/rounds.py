"""tests/kills: kills a study at one point after the other, and lets it be made in the end.

python -m tests.kills.rounds NUMBER prints what it does.
"""

import sys
import tempfile
from pathlib import Path

from tests.kills.checks import Watch
from tests.kills.points import HOST, POINTS, WORKER, Point
from tests.kills.study import HOSTS, SERVER, Running

SLICE = 16  # points in one study
LEAST = 300  # kills that are wanted of a whole series
Kill = tuple[str, Point, str]
"""The kind of host, where, and whom."""


def slices() -> list[list[Kill]]:
    """All points with each host, and with both processes where there are two, a few a study."""
    found = []
    for turn in (0, 1):
        for host in HOSTS:
            kills = [
                (host, point, _victim(place + turn, point))
                for place, point in enumerate(POINTS)
                if host == SERVER or not point.uploads
            ]
            found += [kills[start : start + SLICE] for start in range(0, len(kills), SLICE)]
    return found


def count() -> int:
    """How many slices have the least number of kills, or all points, whichever is more."""
    all_of_them = slices()
    length = sum(map(len, all_of_them))
    return max(len(all_of_them), -(-LEAST * len(all_of_them) // length))


def _victim(turn: int, point: Point) -> str:
    return WORKER if point.where == WORKER and turn % 2 else HOST


def run(number: int, *, tell: bool = False) -> int:
    """Makes a study with kills; returns how many processes were killed. Raises what did not hold.

    Args:
        number: Which slice; after the last the first comes again.
        tell: Whether to print each kill.
    """
    chosen = slices()[number % len(slices())]
    with tempfile.TemporaryDirectory(prefix="kills-") as place:
        running = Running(Path(place), chosen[0][0])
        watch, killed = Watch(running), 0
        for host, point, victim in chosen:
            if tell:
                print(f"{host}, {victim} at {point}", flush=True)  # noqa: T201
            try:
                killed += running.kill(point, victim)
                watch.look()
            except Exception as error:
                raise AssertionError(f"{host}, {victim} at {point}: {error!r}") from error
        watch.look_at_end(running.finish(), {})
    return killed


if __name__ == "__main__":
    print(run(int(sys.argv[1]), tell=True))  # noqa: T201
