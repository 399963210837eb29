"""dashboard/frames/: what variants need on microcontrollers and accelerators that are not here."""

import streamlit as st

from dashboard.forms import technique_form
from dashboard.markdown import verbatim
from dashboard.server.engine import engine
from dashboard.state import session
from dashboard.tables import chip_tables
from dashboard.tables.height import height
from optimizer.devices.boards import RULE, boards
from optimizer.devices.estimates import VELA_WARNING
from optimizer.devices.vela import ACCELERATORS, USUAL
from optimizer.export.estimate_lines import micro_in_words, not_installed, npus_in_words
from optimizer.store.estimates import estimate_of, fits_of
from optimizer.store.study import Study


def show(study: Study, recipes: tuple[str, ...]) -> None:
    """A button that has them tried, and what is known of them then.

    Args:
        study: Has the variants.
        recipes: Of those that are tried.
    """
    accelerators = st.multiselect(
        "Ethos-U, as Vela calls it", ACCELERATORS, default=USUAL, key="devices.accelerators",
        persist_state=technique_form.KEPT,
        help="The last number is how many multiplications it does in a cycle.",
    )  # fmt: skip
    st.caption(
        "TFLite Micro’s own interpreter runs each file here, which tells the arena to the byte; "
        "Vela compiles it for Ethos-U. A second or two for each file, without a network. The "
        "arena is all memory that TFLite Micro takes beside the file; what Compare calls so is its "
        "activations alone."
    )
    if st.button("Try these files", type="primary", icon=":material/memory:"):
        pending = engine().estimate(study, recipes, tuple(accelerators))
        session.begin(pending.then(lambda _: study))
        st.rerun()
    if study.index.estimates:
        _known(study)


def _known(study: Study) -> None:
    index = study.index
    for sentence in not_installed(index.estimates):
        st.info(verbatim(sentence), icon=":material/extension_off:")
    table = chip_tables.needs(index)
    st.dataframe(
        table,
        hide_index=True,
        height=height(len(table)),
        column_config={"Recipe": st.column_config.TextColumn(pinned=True)},
        alt="What each variant needs on a microcontroller",
    )
    tried = [one for one in index.variants if estimate_of(index, one)]
    by_recipe = {one.recipe: one for one in tried}
    recipe = st.selectbox(
        "Room on boards for", list(by_recipe), index=len(by_recipe) - 1, key="devices.chips.recipe"
    )
    variant = by_recipe[recipe]
    found = estimate_of(index, variant)
    if found is None:
        return
    st.markdown(verbatim(micro_in_words(found)))
    for said in npus_in_words(found.npus):
        st.markdown(verbatim(said))
    if any(one.cycles is not None for one in found.npus):
        st.caption(VELA_WARNING)
    room = fits_of(variant, found, boards())
    if room:
        st.dataframe(
            chip_tables.room(room),
            hide_index=True,
            height=height(len(room)),
            column_config={"Board": st.column_config.TextColumn(pinned=True)},
            alt="Whether the variant has room on each board",
        )
        st.caption(f"A rule: {RULE}")
    st.caption(f"For the resolver: {verbatim(', '.join(sorted(variant.contents.operators)))}.")
