"""dashboard/tables/: the order of rows: by a column, in groups, some of them first."""

from collections.abc import Collection, Sequence

import pandas as pd

from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison

BY_FAMILY, BY_TECHNIQUES, BY_VERDICT = "family", "techniques", "limits"
GROUPINGS = (BY_FAMILY, BY_TECHNIQUES, BY_VERDICT)
"""What rows can be put together by."""


def group_of(row: Comparison, choice: Choice, grouping: str) -> str:
    """What a row is put together with others by: `prune+int8` for its techniques."""
    if grouping == BY_FAMILY:
        return row.recipe.family.name
    if grouping == BY_VERDICT:
        return choice.of(row.variant.recipe).verdict.value
    return "+".join(step.name for step in row.recipe.steps)


def counted(groups: Sequence[str]) -> list[str]:
    """Each with the number of its rows: `prune+int8 (16)`."""
    return [f"{group} ({groups.count(group)})" for group in groups]


def arranged(
    table: pd.DataFrame,
    sort: str | None,
    groups: Sequence[str] | None = None,
    first: Collection[int] = (),
    *,
    largest_first: bool = False,
) -> list[int]:
    """The places of a table's rows in the order in which they are shown.

    Args:
        table: With its columns; what is unknown comes last either way.
        sort: A column; None leaves the order as it is.
        groups: Of each row; those of one group stand together, that with the first row first.
        first: Places of rows that come before all others.
        largest_first: The other way round.
    """
    order = list(range(len(table)))
    if sort is not None:
        column = table[sort].reset_index(drop=True)
        column = column.sort_values(
            ascending=not largest_first, kind="stable", na_position="last"
        )  # fmt: skip
        order = [int(place) for place in column.index]
    if groups is not None:
        ranks = {group: rank for rank, group in enumerate(dict.fromkeys(groups[i] for i in order))}
        order.sort(key=lambda place: ranks[groups[place]])
    order.sort(key=lambda place: place not in first)
    return order
