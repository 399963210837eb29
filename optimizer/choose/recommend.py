"""choose/: what is recommended, on every page and in the terminal: the choice under the limits.

Beside it stands the fastest of those that are proved. Speed is that of the machine on which the
study was timed: another one may have another fastest.
"""

import math
from collections.abc import Sequence

from optimizer.choose.choice import Choice, milliseconds
from optimizer.choose.comparison import Comparison
from optimizer.choose.proofs import Answer


def recommended(rows: Sequence[Comparison], choice: Choice) -> Comparison:
    """The choice; where none is proved the baseline, what the model is already.

    Args:
        rows: All variants, the baseline first, as `optimizer.choose.comparison.compare` gives them.
        choice: Among the same variants.
    """
    return next((row for row in rows if row.variant.recipe == choice.recipe), rows[0])


def fastest(rows: Sequence[Comparison], choice: Choice) -> Comparison | None:
    """Of the variants that hold the limits the one with the lowest median; None without any.

    Args: as for `recommended`.
    """
    held = {one.variant.recipe for one in choice.proved if one.verdict is Answer.HELD}
    candidates = [row for row in rows if row.variant.recipe in held]
    first = min(candidates, key=lambda row: milliseconds(row.variant), default=None)
    return first if first and milliseconds(first.variant) < math.inf else None
