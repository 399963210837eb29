"""export/report/: what a report tells of, gathered once for all its parts."""

from dataclasses import dataclass

from optimizer.choose.choice import Choice, Proved, choose
from optimizer.choose.comparison import Comparison, compare
from optimizer.choose.recommend import recommended
from optimizer.export.short_names import short_names
from optimizer.store.records import StudyIndex
from optimizer.store.study import Study

MOST_ROWS = 200  # variants in a report; results.json has all


@dataclass(frozen=True)
class Told:
    """A study with its choice.

    Attributes:
        study: With its folder.
        choice: Under the study's limits.
        rows: All variants, the baseline first; empty before there are data.
        row: The one that the report is about: the choice, else what comes nearest, else the
            baseline; None before there are any.
        names: Short names of all recipes that it names.
    """

    study: Study
    choice: Choice
    rows: tuple[Comparison, ...]
    row: Comparison | None
    names: dict[str, str]

    @property
    def index(self) -> StudyIndex:
        """All that is known of the study."""
        return self.study.index

    @property
    def chosen(self) -> bool:
        """Whether `row` is the choice."""
        return self.row is not None and self.row.variant.recipe == self.choice.recipe

    @property
    def proved(self) -> Proved | None:
        """The verdict of each limit on `row`."""
        return self.choice.of(self.row.variant.recipe) if self.row else None

    def shown(self) -> tuple[Comparison, ...]:
        """The variants that tables show: all of them, of very many the first, and `row`."""
        wanted = self.rows[:MOST_ROWS]
        return wanted if self.row in wanted or self.row is None else (*wanted, self.row)


def told(study: Study) -> Told:
    """Gathers what a report tells of a study."""
    rows = tuple(compare(study, study.index.limits.device))
    choice = choose(study, study.index.limits)
    row = recommended(rows, choice) if rows else None
    if choice.recipe is None and choice.nearest:
        nearest = choice.nearest.variant.recipe
        row = next((one for one in rows if one.variant.recipe == nearest), row)
    recipes = [*(one.variant.recipe for one in rows), *(one.recipe for one in study.index.tried)]
    names = short_names(list(dict.fromkeys(recipes)))
    return Told(study, choice, rows, row, names)
