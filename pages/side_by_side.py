"""pages/: the Side by side page: two variants, what differs in them, and where they disagree."""

import re
from functools import partial

import streamlit as st

from dashboard import page_files
from dashboard.figures import sample_pictures
from dashboard.forms import sample_form
from dashboard.forms.row_filter import IN_ADDRESS
from dashboard.frames import operations
from dashboard.markdown import verbatim
from dashboard.server import netron
from dashboard.state import readings, selection, session
from dashboard.state.theme import theme
from dashboard.tables import pair_tables
from dashboard.tables.answer_table import class_name
from dashboard.tables.height import height
from optimizer.choose.comparison import Comparison
from optimizer.choose.recommend import recommended
from optimizer.choose.side_by_side import Apart, SideBySide, side_by_side
from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.errors import LiteweighError
from optimizer.export.charts.measures import Measure, axes
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.words import number

FIRST, SECOND, TABS = "side.first", "side.second", "side.tab"
INSPECT_TAB, PREDICTIONS = "inspect.tab", "Predictions"
FRAME = 620  # pixels
PLACES = re.compile(r"\.(\d+)")  # of a number, after its point
PICTURES, ACROSS = 12, 6  # samples at once, and side by side


def choose(study: Study) -> tuple[str, str]:
    """Two recipes: at first the baseline, and what was chosen on Compare or is recommended."""
    recipes = [variant.recipe for variant in study.index.variants]
    rows = readings.rows(study)
    wanted = selection.selected(study) or recommended(rows, readings.choice(study)).variant.recipe
    second = recipes.index(wanted) or len(recipes) - 1
    places = st.columns(2)
    first, other = (
        place.selectbox(label, recipes, index=index, key=key, bind=IN_ADDRESS)
        for place, label, index, key in (
            (places[0], "First", 0, FIRST),
            (places[1], "Second", second, SECOND),
        )
    )
    return first, other


def show_numbers(study: Study, pair: SideBySide) -> None:
    """What differs in the recipes, and every number of both."""
    if pair.verdict:
        st.markdown(f"**The second against the first:** {verbatim(pair.verdict)}")
        st.caption("Over the same evaluation samples; by itself, of these two alone.")
    settings = pair_tables.settings(pair)
    if len(settings):
        st.subheader("Recipes")
        st.dataframe(settings, hide_index=True, height=height(len(settings)), alt="Recipes")
    st.subheader("Numbers")
    rows = readings.rows(study)
    of = {row.variant.recipe: row for row in rows}
    both = of[pair.first.recipe], of[pair.second.recipe]
    told = [
        (one.title, in_full(one, both[0]), in_full(one, both[1])) for one in axes(rows).values()
    ]
    # It wraps on a phone, where a grid would be cut.
    frame = pair_tables.measured(told)
    st.table(frame, border="horizontal", hide_index=True, alt="Numbers of both")


def in_full(measure: Measure, row: Comparison) -> str:
    """A number with its interval, where it has one, to as many places."""
    ends, said = measure.interval(row), measure.text(row)
    if ends is None:
        return said
    places = PLACES.search(said)
    form = f".{len(places[1]) if places else 0}f"
    return f"{said} ({number(ends[0], form)} to {number(ends[1], form)})"


def show_operators(pair: SideBySide) -> None:
    """Operators of which the files have different numbers."""
    frame = pair_tables.operators(pair)
    if not len(frame):
        st.info("Both files have the same operators.", icon=":material/info:")
        return
    st.dataframe(frame, hide_index=True, height=height(len(frame)), alt="Operators that differ")


def show_weights(pair: SideBySide) -> None:
    """The weight tensors of each layer in both files."""
    frame = pair_tables.weights(pair)
    if not len(frame):
        st.info("What is inside one of the files was not kept.", icon=":material/info:")
        return
    shares = st.column_config.NumberColumn(format="%.1f %%")
    st.dataframe(
        frame,
        hide_index=True,
        height=height(len(frame)),
        column_config={"Layer": st.column_config.TextColumn(pinned=True), "Zeros, first": shares,
                       "Zeros, second": shares},
        alt="Weights of each layer",
    )  # fmt: skip


def show_classes(pair: SideBySide) -> None:
    """Classes that one file finds better."""
    frame = pair_tables.classes(pair)
    if not len(frame):
        st.info("Both find each class equally well, or there are none.", icon=":material/info:")
        return
    share = st.column_config.NumberColumn(format="%.1f %%")
    change = st.column_config.NumberColumn(format="%+.1f points")
    st.dataframe(
        frame,
        hide_index=True,
        height=height(len(frame)),
        column_config={"First": share, "Second": share, "Change": change},
        alt="Classes that differ",
    )
    st.caption("The share of each class that is found; the most different first.")


def show_samples(study: Study, pair: SideBySide, record: DatasetRecord) -> None:
    """Samples on which the two disagree, as pictures where they are some."""
    if pair.disagree is None:
        st.info("What the files say of single samples was not kept.", icon=":material/info:")
        return
    if not pair.apart:
        st.success("They agree on every evaluation sample.", icon=":material/check_circle:")
        return
    what = "give different classes" if pair.of_classes else "have different scores"
    st.write(f"They {what} on {pair.disagree:,} of {record.evaluation:,} evaluation samples.")
    begin = 0
    if len(pair.apart) > PICTURES:
        pages = -(-len(pair.apart) // PICTURES)
        begin = PICTURES * (
            st.number_input(f"Page, 1 to {pages}", 1, pages, key="side.page", width=160) - 1
        )
    try:
        dataset = Dataset(study.data_folder, record)
    except OSError:
        dataset = None
    shown = pair.apart[begin : begin + PICTURES]
    for at in range(0, len(shown), ACROSS):
        places = st.columns(ACROSS)
        for place, apart in zip(places, shown[at : at + ACROSS], strict=False):
            with place:
                show_sample(pair, apart, record, dataset)


def show_sample(
    pair: SideBySide, apart: Apart, record: DatasetRecord, dataset: Dataset | None
) -> None:
    """One of them, with what both say; its button leads to every variant's answer."""
    if dataset is not None:
        index = int(dataset.roles.evaluation[apart.sample])
        picture = sample_pictures.draw(dataset, index)
        if picture is not None:
            st.image(picture, width="stretch", alt=f"Evaluation sample {apart.sample}")
    said = [_told(value, record, pair) for value in (apart.first, apart.second)]
    lines = [f"first: {said[0]}", f"second: {said[1]}"]
    if apart.truth is not None:
        lines.append(f"labelled: {_told(apart.truth, record, pair)}")
    st.caption("  \n".join(verbatim(line) for line in lines))
    if st.button(
        f"Sample {apart.sample}", key=f"side.sample.{apart.sample}", icon=":material/search:",
        on_click=_ask, args=(pair.second.recipe, apart.sample),
    ):  # fmt: skip
        st.switch_page(page_files.INSPECT)


def _told(value: float, record: DatasetRecord, pair: SideBySide) -> str:
    return class_name(int(value), record) if pair.of_classes else f"{value:.4g}"


def _ask(recipe: str, sample: int) -> None:
    """Has the Inspect page ask about a sample."""
    st.session_state[selection.SELECTED] = recipe
    st.session_state[f"{sample_form.KEY}.way"] = sample_form.BY_NUMBER
    st.session_state[f"{sample_form.KEY}.number"] = sample
    st.session_state[INSPECT_TAB] = PREDICTIONS


def show_graphs(study: Study, pair: SideBySide) -> None:
    """Both files as graphs."""
    drawn: netron.Theme = "dark" if theme() == "dark" else "light"
    for place, variant in zip(st.columns(2), (pair.first, pair.second), strict=True):
        with place:
            st.markdown(f"**{verbatim(variant.recipe)}**")
            st.iframe(
                netron.address(study, variant, drawn), height=FRAME,
                alt=f"Graph of {variant.recipe}",
            )  # fmt: skip


@st.cache_data(max_entries=16, show_spinner=False)
def compared(keys: tuple[str, ...], first: str, second: str, _study: Study) -> SideBySide:
    """Computed anew when one of the two is another."""
    del keys
    return side_by_side(_study, first, second)


def show(study: Study, record: DatasetRecord) -> None:
    """The whole page; of its tabs only the open one is drawn."""
    first, second = choose(study)
    made: list[Variant | None] = [study.variant(first), study.variant(second)]
    keys = (str(study.folder), *(f"{one.key} {one.made}" for one in made if one))
    try:
        pair = compared(keys, first, second, study)
    except LiteweighError as error:
        st.info(verbatim(str(error)), icon=":material/info:")
        return
    sections = {
        "Numbers": partial(show_numbers, study, pair),
        "Samples": partial(show_samples, study, pair, record),
        "Classes": partial(show_classes, pair),
        "Operators": partial(show_operators, pair),
        "Weights": partial(show_weights, pair),
        "Graphs": partial(show_graphs, study, pair),
    }
    tabs = st.tabs(list(sections), key=TABS, on_change="rerun", bind=IN_ADDRESS)
    for tab, section in zip(tabs, sections.values(), strict=True):
        if tab.open:
            with tab:
                section()


study = session.current()
st.title("Side by side")
if study and study.index.dataset and len(study.index.variants) > 1:
    show(study, study.index.dataset)
elif not operations.show():
    st.info("It takes two variants to compare them.", icon=":material/info:")
    target = page_files.OPTIMIZE if study and study.index.dataset else page_files.MODEL
    st.page_link(target, label="Run some optimizations", icon=":material/arrow_back:")
