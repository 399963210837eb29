"""dashboard/state/: what pages read of a study; kept from one run of a page to the next."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import streamlit as st

from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison, compare
from optimizer.choose.decide import decide
from optimizer.errors import LiteweighError
from optimizer.measure.inside.facts import INSIDE, Inside
from optimizer.measure.measurements import Profile
from optimizer.store.profile_files import read_profile
from optimizer.store.records import Variant
from optimizer.store.study import Study

MOST_KEPT = 16
Value = TypeVar("Value")
Key = tuple[object, ...]


class Kept(Generic[Value]):
    """What was computed of each of a few studies, until what it was computed from has changed.

    Streamlit's cache would hash all variants at each run of a page, and unpickle what it kept: with
    200 variants that takes half a second. Here equal tuples of the same objects are equal at once.
    """

    def __init__(self, make: Callable[[Study], Value]) -> None:
        self._make = make
        self._kept: dict[Path, tuple[Key, Value]] = {}

    def of(self, study: Study, key: Key) -> Value:
        """Computed anew where `key` is another one than last time; nobody may change it."""
        found = self._kept.get(study.folder)
        if found is None or found[0] != key:
            found = (key, self._make(study))
            self._kept.pop(study.folder, None)
            self._kept[study.folder] = found
            for oldest in list(self._kept)[:-MOST_KEPT]:
                self._kept.pop(oldest, None)  # another session may have been quicker
        return found[1]


def _compare(study: Study) -> list[Comparison]:
    return compare(study, study.index.limits.device)


_rows, _choice = Kept(_compare), Kept(decide)


def rows(study: Study) -> list[Comparison]:
    """All variants beside the baseline, as the device of the limits sees them.

    Computed anew only when a variant, or what that device measured, has changed.
    """
    return list(_rows.of(study, (study.index.limits.device, *_variants_and_jobs(study))))


def choice(study: Study) -> Choice:
    """What is chosen under the study's limits; computed anew when those or a variant change."""
    return _choice.of(study, (study.index.limits, *_variants_and_jobs(study)))


def _variants_and_jobs(study: Study) -> Key:
    index = study.index
    dataset, active = index.dataset, sum(job.status.active for job in index.jobs)
    data = (dataset and dataset.digest, dataset and dataset.headline)
    return (active, index.variants, index.device_runs, *data)


def rows_key(study: Study) -> Key:
    """What changes when a variant, a measurement or the state of a job changes."""
    active = sum(job.status.active for job in study.index.jobs)
    device = study.index.limits.device, len(study.index.device_runs)
    return (active, *device, *((variant.key, variant.latency) for variant in study.index.variants))


def profile(study: Study, variant: Variant) -> Profile | None:
    """Where a variant's time goes; None where nobody looked, or it is lost."""
    try:
        return read_profile(study, variant)
    except LiteweighError:
        return None


def inside(study: Study, variant: Variant) -> Inside | None:
    """What is inside a variant's file; None where an older version did not look, or it is lost."""
    return _inside(study.folder / variant.inside) if variant.inside else None


@st.cache_data(max_entries=MOST_KEPT, show_spinner=False)
def _inside(path: Path) -> Inside | None:
    try:
        return INSIDE.read(path)
    except LiteweighError:
        return None
