"""tests of pages/: two variants side by side."""

import re

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import page_files
from dashboard.state import selection
from optimizer.choose.side_by_side import side_by_side
from optimizer.store.prediction_files import Predictions, read_predictions, write_predictions
from optimizer.store.study import Study
from tests.pages.conftest import Visit, texts
from tests.pages.test_inspect_page import INT8


def opened(visit: Visit, study: Study, tab: str) -> AppTest:
    app = visit(page_files.SIDE_BY_SIDE, study)
    app.session_state["side.tab"] = tab
    app.selectbox(key="side.first").select("float16").run()
    app.selectbox(key="side.second").select(INT8).run()
    assert not app.exception
    return app


def test_it_takes_two(visit: Visit, model_only: Study) -> None:
    assert "It takes two variants" in visit(page_files.SIDE_BY_SIDE, model_only).info[0].value


def test_numbers_of_both_stand_beside_each_other(visit: Visit, results: Study) -> None:
    app = opened(visit, results, "Numbers")
    assert side_by_side(results, "float16", INT8).verdict[:20] in texts(app)
    [recipes], [measured] = ([one.value for one in kind] for kind in (app.dataframe, app.table))
    assert recipes.to_numpy().tolist() == [["Conversion", "float16", INT8]]
    sizes = measured[measured["Measure"] == "Size (KB)"].iloc[0]
    assert sizes["First"] != sizes["Second"]
    [accuracy] = measured[measured["Measure"] == "Accuracy (%)"]["First"]
    told = re.fullmatch(r"(\S+) % \((\S+) to (\S+)\)", accuracy)
    assert told
    value, low, high = told.groups()
    assert {len(one.partition(".")[2]) for one in (value, low, high)} == {2}
    assert float(low) <= float(value) <= float(high)
    app.selectbox(key="side.second").select("float16").run()
    assert "Choose two variants" in app.info[0].value


@pytest.mark.parametrize("tab", ["Samples", "Classes", "Operators", "Weights", "Graphs"])
def test_every_tab_is_drawn(visit: Visit, results: Study, tab: str) -> None:
    opened(visit, results, tab)


def test_a_sample_on_which_they_disagree_leads_to_what_all_say_of_it(
    visit: Visit, results: Study
) -> None:
    made = results.variant(INT8)
    assert made is not None
    file = results.folder / made.predictions
    before = file.read_bytes()
    kept = read_predictions(results.folder / results.index.variants[0].predictions)
    assert kept.classes is not None
    other = kept.classes.copy()
    other[2] = (other[2] + 1) % 3
    write_predictions(file, Predictions(classes=other))
    st.cache_data.clear()  # files of variants never change else
    try:
        float16 = results.variant("float16")
        assert float16 is not None
        theirs = read_predictions(results.folder / float16.predictions).classes
        assert theirs is not None
        first = int(np.flatnonzero(theirs != other)[0])
        app = opened(visit, results, "Samples")
        app.button(key=f"side.sample.{first}").click().run()
    finally:
        file.write_bytes(before)
        st.cache_data.clear()
    assert not app.exception
    assert app.session_state["inspect.ask.number"] == first
    assert app.session_state[selection.SELECTED] == INT8
