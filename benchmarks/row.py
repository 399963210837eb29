"""benchmarks/: one line of the table."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Row:
    """What was measured.

    Attributes:
        name: For `--only`.
        what: In words, with the unit.
        ours: Our figure.
        theirs: The figure of what a user would write or use instead; None where there is none.
        ratio: ours / theirs; theirs / ours where a speedup is asked for; None without theirs.
        goal: What it should be, in words.
        met: Whether it is.
    """

    name: str
    what: str
    ours: float
    theirs: float | None
    ratio: float | None
    goal: str
    met: bool


def at_most(name: str, what: str, ours: float, limit: float) -> Row:
    """A row whose figure has a limit of its own."""
    return Row(name, what, ours, None, None, f"≤ {limit:g}", ours <= limit)


def at_least(name: str, what: str, ours: float, limit: float) -> Row:
    """A row whose figure has a lower limit."""
    return Row(name, what, ours, None, None, f"≥ {limit:g}", ours >= limit)


def ratio_at_most(name: str, what: str, ours: float, theirs: float, limit: float) -> Row:
    """A row whose figure has a limit relative to theirs."""
    ratio = ours / theirs
    return Row(name, what, ours, theirs, ratio, f"ratio ≤ {limit:g}", ratio <= limit)


def speedup_at_least(name: str, what: str, ours: float, theirs: float, limit: float) -> Row:
    """A row that asks how many times faster ours is."""
    ratio = theirs / ours
    return Row(name, what, ours, theirs, ratio, f"speedup ≥ {limit:g}", ratio >= limit)


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes."""
    began = perf_counter()
    call()
    return perf_counter() - began


def in_turn(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """Median seconds of both, taken in turn so that drift of the machine touches both."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
