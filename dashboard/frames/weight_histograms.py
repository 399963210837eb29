"""dashboard/frames/: the histograms of a file's weights, made by a worker when first asked for."""

from functools import partial

import streamlit as st

from dashboard.frames import operations
from dashboard.markdown import verbatim
from dashboard.server.engine import engine
from optimizer.errors import LiteweighError
from optimizer.measure.histograms import HISTOGRAMS, WeightHistogram, beside
from optimizer.store.records import Variant
from optimizer.store.study import Study

PLACE = "inspect.histograms"


def made(study: Study, variant: Variant) -> tuple[WeightHistogram, ...] | None:
    """Of each weight tensor; None until they are made, and where they cannot be read."""
    path = beside(study.folder / variant.file)
    if not path.exists() and not operations.result(
        PLACE, (study.index.id, variant.key), partial(engine().weigh, study, variant)
    ):
        return None
    try:
        return HISTOGRAMS.read(path)
    except LiteweighError as error:
        path.unlink(missing_ok=True)
        st.session_state.pop(PLACE, None)
        st.warning(verbatim(str(error)), icon=":material/warning:")
        return None
