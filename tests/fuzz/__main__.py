"""tests/fuzz: looks for files that break a reader, for as long as it is told to.

python -m tests.fuzz --minutes 10 [--target data]
"""

import argparse
import itertools
import sys
import time

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.isolation import Isolation
from tests.fuzz.mutations import broken, configs, files
from tests.fuzz.targets import TARGETS, hold, hold_config

ROUND = settings(
    max_examples=200, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
CONFIGS = "configs"
ROUNDS = (*TARGETS, CONFIGS)


def run(name: str, number: int, isolation: Isolation) -> None:
    """One round on one target; raises what broke, with the file that did it."""
    if name == CONFIGS:
        seed(number)(ROUND(given(configs(), st.booleans())(hold_config)))()
        return

    def holds(given_file: tuple[str, bytes]) -> None:
        isolation.run(hold, name, *given_file)

    seed(number)(ROUND(given(broken(files(*TARGETS[name].suffixes)))(holds)))()


def main() -> None:
    """Runs rounds in turn; the first failure ends it with Hypothesis's report."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--target", choices=ROUNDS, action="append")
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    first = time.time_ns() % 2**32
    isolation = Isolation()
    for number in itertools.count(first):
        for name in options.target or ROUNDS:
            if time.monotonic() > end:
                isolation.close()
                sys.exit(0)
            print(f"{name}, seed {number}, {isolation.crashes} crashes", flush=True)  # noqa: T201
            run(name, number, isolation)


if __name__ == "__main__":
    main()
