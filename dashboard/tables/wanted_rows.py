"""dashboard/tables/: which variants a page shows: of some families, verdicts, and by their text."""

from collections.abc import Collection, Sequence

from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison


def wanted(
    rows: Sequence[Comparison],
    choice: Choice,
    families: Collection[str],
    verdicts: Collection[str],
    targets: Collection[str],
    text: str,
    hidden: Collection[str] = (),
) -> list[Comparison]:
    """The baseline, with which all are compared, and what fits.

    Args:
        rows: All variants, the baseline first.
        choice: Its verdicts.
        families, verdicts: Names; none of them is all of them.
        targets: Where files must run, all of them, by the published lists.
        text: Words that all stand somewhere in the recipe, in small or large letters.
        hidden: Recipes that are left out.
    """
    words = text.lower().split()
    return [
        row
        for place, row in enumerate(rows)
        if place == 0
        or (
            row.variant.recipe not in hidden
            and (not families or row.recipe.family.name in families)
            and (not verdicts or choice.of(row.variant.recipe).verdict.value in verdicts)
            and all(row.variant.runs_on.get(target) for target in targets)
            and all(word in row.variant.recipe.lower() for word in words)
        )
    ]
