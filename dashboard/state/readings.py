"""dashboard/state/: what pages read of a study; kept from one run of a page to the next."""

from pathlib import Path

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


def rows(study: Study) -> list[Comparison]:
    """All variants beside the baseline; computed anew only when a variant has changed."""
    return _rows(study.index.id, rows_key(study), study)


def rows_key(study: Study) -> tuple[object, ...]:
    """What changes when a variant, a measurement or the state of a job changes."""
    active = sum(job.status.active for job in study.index.jobs)
    return (active, *((variant.key, variant.latency) for variant in study.index.variants))


def choice(study: Study) -> Choice:
    """What is chosen under the study's limits; computed anew when those or a variant change."""
    return _choice(study.index.id, (study.index.limits.model_dump_json(), *rows_key(study)), study)


@st.cache_data(max_entries=MOST_KEPT, show_spinner=False)
def _choice(study_id: str, keys: tuple[object, ...], _study: Study) -> Choice:
    del study_id, keys
    return decide(_study)


@st.cache_data(max_entries=MOST_KEPT, show_spinner=False)
def _rows(study_id: str, keys: tuple[object, ...], _study: Study) -> list[Comparison]:
    del study_id, keys
    return compare(_study)


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
