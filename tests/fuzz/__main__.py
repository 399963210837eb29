"""tests/fuzz: looks for files that break a reader or a writer, for as long as it is told to.

python -m tests.fuzz --minutes 60 [--target data] [--keep FOLDER]

A file that reaches lines of ours which none before it reached is changed further in later rounds;
those that together reach all of them can be kept, see `corpus/found`.
"""

import argparse
import hashlib
import itertools
import sys
import time
import traceback
from collections.abc import Iterable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.isolation import Isolation
from tests.fuzz.lines import Line
from tests.fuzz.mutations import Named, broken, configs, files, folder_name
from tests.fuzz.targets import TARGETS, hold_and_tell, hold_config

ROUND = settings(
    max_examples=200,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # a file is small enough to look at unshrunk
)
CONFIGS = "configs"
ROUNDS = (*TARGETS, CONFIGS)


class Finds:
    """The files of one target that reached something new.

    Attributes:
        sources: What a round begins with: the corpus, and what earlier rounds found.
    """

    def __init__(self, name: str, isolation: Isolation, keep: Path | None = None) -> None:
        """Feeds the corpus once, so that only what comes after it is new.

        Args:
            name: The target.
            isolation: Where it runs.
            keep: Takes what is found, in a folder of the target's.
        """
        self.sources = files(name, TARGETS[name].suffixes)
        self._keep = keep and keep / folder_name(name)
        self._new: list[Named] = []
        self._reached: set[Line] = set()
        for source in self.sources:
            self._reached |= isolation.run(hold_and_tell, name, *source) or frozenset()

    def see(self, given_file: Named, told: frozenset[Line] | None) -> None:
        """Takes a file with the lines that its process reached for the first time."""
        new = (told or frozenset()) - self._reached
        if not new:
            return
        self._reached |= new
        self._new.append(given_file)
        if self._keep:
            self._keep.mkdir(parents=True, exist_ok=True)
            name, content = given_file
            sha = hashlib.sha256(content).hexdigest()
            (self._keep / f"{sha[:8]}-{name}").write_bytes(content)

    def end_round(self) -> None:
        """What it found are sources from now on: amid a round they must stay the same."""
        self.sources, self._new = [*self.sources, *self._new], []


class Fuzzer:
    """Rounds on every target, in a process of their own.

    Attributes:
        isolation: That process.
    """

    def __init__(self, targets: Iterable[str] = ROUNDS, keep: Path | None = None) -> None:
        """`keep` takes the files that reach new lines."""
        self.isolation = Isolation()
        self._finds = {
            name: Finds(name, self.isolation, keep) for name in targets if name != CONFIGS
        }

    def run(self, name: str, number: int) -> None:
        """One round on one target; raises what broke, with the file that did it."""
        if name == CONFIGS:
            seed(number)(ROUND(given(configs(), st.booleans())(hold_config)))()
            return
        finds = self._finds[name]

        def holds(given_file: Named) -> None:
            finds.see(given_file, self.isolation.run(hold_and_tell, name, *given_file))

        seed(number)(ROUND(given(broken(finds.sources))(holds)))()
        finds.end_round()


def main() -> int:
    """Runs rounds in turn; prints each, and what broke; 1 if anything did."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--target", choices=ROUNDS, action="append")
    parser.add_argument("--keep", type=Path, help="takes files that reach new lines")
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    first, broke, done = time.time_ns() % 2**32, 0, 0
    names = options.target or ROUNDS
    fuzzer = Fuzzer(names, options.keep)
    rounds = ((number, name) for number in itertools.count(first) for name in names)
    for number, name in itertools.takewhile(lambda _: time.monotonic() < end, rounds):
        try:
            fuzzer.run(name, number)
        except Exception:  # noqa: BLE001 (it is what is looked for; the next round goes on)
            broke += 1
            print(f"BROKE: {name}, seed {number}\n{traceback.format_exc()}")  # noqa: T201
        done += 1
        print(f"{name}, seed {number}, {fuzzer.isolation.crashes} crashes", flush=True)  # noqa: T201
    fuzzer.isolation.close()
    print(f"{done} rounds, {fuzzer.isolation.crashes} crashes, {broke} broke")  # noqa: T201
    return 1 if broke else 0


if __name__ == "__main__":
    sys.exit(main())
