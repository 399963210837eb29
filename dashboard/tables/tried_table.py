"""dashboard/tables/: what searches tried, the smallest first."""

from collections.abc import Sequence

import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.choose.search_in_words import lost_in_words
from optimizer.store.study import Study
from optimizer.store.tried import Tried

KILO = 1000


@exportable
def tried(found: Sequence[Tried], study: Study) -> pd.DataFrame:
    """A row for each recipe; those of which no file could be made come last."""
    rows = sorted(found, key=lambda one: one.weighed.size_bytes if one.weighed else float("inf"))
    return pd.DataFrame(
        {
            "Recipe": [one.recipe for one in rows],
            "Size": [one.weighed.size_bytes / KILO if one.weighed else None for one in rows],
            "On the tuning samples": [
                lost_in_words(one, study.index) if one.lost else one.error for one in rows
            ],
            "Seconds": [one.seconds or None for one in rows],
        }
    )
