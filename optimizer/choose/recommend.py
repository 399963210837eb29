"""choose/: what is recommended, on every page and in the terminal: the choice under the limits.

Beside it stand the most accurate, the smallest and the fastest of those that are proved. Speed is
that of the machine on which the study was timed: another one may have another fastest. The baseline
is a candidate like all others.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.choose.choice import Choice, milliseconds
from optimizer.choose.comparison import Comparison
from optimizer.choose.pareto import lost
from optimizer.choose.proofs import Answer


def recommended(rows: Sequence[Comparison], choice: Choice) -> Comparison:
    """The choice; where none is proved the baseline, what the model is already.

    Args:
        rows: All variants, the baseline first, as `optimizer.choose.comparison.compare` gives them.
        choice: Among the same variants.
    """
    return next((row for row in rows if row.variant.recipe == choice.recipe), rows[0])


@dataclass(frozen=True)
class Best:
    """Of the variants that are proved to hold the limits the best in each way.

    Attributes:
        accurate: With the best metric; without labels the nearest to float32. Of equal ones the
            smaller. None where nothing was measured, or none is proved.
        smallest: Of equal ones the faster; None where none is proved.
        fastest: With the lowest median latency; None where none was timed, or none is proved.
    """

    accurate: Comparison | None
    smallest: Comparison | None
    fastest: Comparison | None

    def names(self, chosen: str | None) -> dict[str, str]:
        """What each of them is, by recipe, and what the choice is: `choice, smallest`.

        Args:
            chosen: The choice's recipe; None where none is proved.
        """
        found: dict[str, list[str]] = {chosen: ["choice"]} if chosen else {}
        ways = {
            "most accurate": self.accurate,
            "smallest": self.smallest,
            "fastest": self.fastest,
        }
        for name, row in ways.items():
            if row is not None:
                found.setdefault(row.variant.recipe, []).append(name)
        return {recipe: ", ".join(names) for recipe, names in found.items()}


def best(rows: Sequence[Comparison], choice: Choice) -> Best:
    """The most accurate, the smallest and the fastest that hold the limits.

    Args: as for `recommended`.
    """
    held = {one.variant.recipe for one in choice.proved if one.verdict is Answer.HELD}
    candidates = [row for row in rows if row.variant.recipe in held]
    measured = [row for row in candidates if not math.isnan(lost(row))]
    timed = [row for row in candidates if milliseconds(row.variant) < math.inf]

    def size(row: Comparison) -> tuple[int, float]:
        return row.variant.size_bytes, milliseconds(row.variant)

    return Best(
        accurate=min(measured, key=lambda row: (lost(row), *size(row)), default=None),
        smallest=min(candidates, key=size, default=None),
        fastest=min(timed, key=lambda row: milliseconds(row.variant), default=None),
    )
