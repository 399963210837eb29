"""dashboard/tables/: studies: what they are called where one is chosen, and a table of them."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.export import numbers
from optimizer.store.listing import Listed


def study_names(listed: Sequence[Listed]) -> dict[str, str]:
    """By id: the name and the day; where two are alike, the id beside it."""
    names = {one.id: f"{one.name} · {one.changed:%-d %b %Y}" for one in listed}
    often = Counter(names.values())
    return {
        study_id: name if often[name] == 1 else f"{name} · {study_id}"
        for study_id, name in names.items()
    }


def matching(listed: Sequence[Listed], words: str) -> list[Listed]:
    """Those in which each of some words stands: in a name, a tag, a note, the model or the data."""
    wanted = words.casefold().split()
    return [one for one in listed if all(word in _text(one) for word in wanted)]


def _text(one: Listed) -> str:
    texts = [one.id, one.name]
    if one.index:
        labels = one.index.labels
        texts += [one.index.model.summary.name, labels.note, *labels.tags]
        texts += [variant.recipe for variant in one.index.variants]
        texts += [one.index.dataset.name] if one.index.dataset else []
    return " ".join(texts).casefold()


@exportable
def studies(listed: Sequence[Listed], on_disk: Mapping[str, int]) -> pd.DataFrame:
    """A row for each study.

    Args:
        listed: In the order of the rows.
        on_disk: Bytes by id.
    """
    indexes = [one.index for one in listed]
    data = [index.dataset if index else None for index in indexes]
    return pd.DataFrame(
        {
            "Name": [one.name for one in listed],
            "Model": [i.model.summary.name if i else "cannot be read" for i in indexes],
            "Data": [one.name if one else numbers.NONE for one in data],
            "Task": [one.task.value if one else numbers.NONE for one in data],
            "Variants": [len(i.variants) if i else 0 for i in indexes],
            "Smallest file": [_smallest(one) for one in listed],
            "Changed": pd.to_datetime([one.changed for one in listed], utc=True),
            "On disk": [on_disk[one.id] / 1e6 for one in listed],
            "Tags": [list(i.labels.tags) if i else [] for i in indexes],
            "Note": [i.labels.note if i else "" for i in indexes],
        }
    )


def _smallest(one: Listed) -> str:
    variant = one.smallest
    return f"{numbers.size(variant.size_bytes)} ({variant.recipe})" if variant else numbers.NONE
