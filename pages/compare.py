"""pages/: the Compare page: what each variant costs and buys, and which one to download."""

from functools import partial

import streamlit as st

from dashboard import page_files
from dashboard.figures import measure_bars, sweep_lines, trade_off, training_curves
from dashboard.figures.house_style import CONFIG, in_ink
from dashboard.forms import device_choice, remark_form, row_filter
from dashboard.frames import (
    each_output,
    handover_panel,
    headline,
    job_list,
    kit_panel,
    latencies,
    operations,
    provenance,
    search_panel,
    trouble,
    variant_rows,
)
from dashboard.markdown import verbatim
from dashboard.server import chart_export
from dashboard.state import readings, selection, session
from dashboard.state.theme import theme
from dashboard.tables import audit_table
from dashboard.tables.height import height
from optimizer.audit.findings import AUDIT, Audit
from optimizer.audit.verdict import in_words, notes, reasons
from optimizer.choose.comparison import Comparison
from optimizer.choose.on_device import where
from optimizer.choose.pareto import front
from optimizer.choose.recommend import best, recommended
from optimizer.choose.why_slower import why_slower_in
from optimizer.errors import LiteweighError
from optimizer.export import numbers
from optimizer.export.charts.measures import axes, measures, quality
from optimizer.export.charts.trade_off import default_axes
from optimizer.export.files import bundle_name, download_name, write_bundle
from optimizer.export.lines import packed_in_words
from optimizer.export.report.page import report
from optimizer.export.report.write import report_name
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.techniques.registry import TECHNIQUES
from optimizer.techniques.training import history

ACROSS, UP = "compare.across", "compare.up"
EXPORT = 44  # pixels
MOST_BARS = 12  # variants in a bar chart, before only the best are shown
MOST_ROWS, TALL = 20, 640  # of the table of weights that is shown whole; else its height, pixels


def show_trade_off(study: Study, rows: list[Comparison], marks: dict[str, str]) -> None:
    """What each variant costs and buys; choosing a point chooses its row."""
    there = axes(rows)
    first, second = default_axes(rows)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        up, across = (
            st.selectbox(
                label, list(there), index=list(there).index(default), key=key, width=360,
                format_func=lambda one: there[one].title, bind=row_filter.IN_ADDRESS,
            )
            for label, default, key in (("Up", second, UP), ("Across", first, ACROSS))
        )  # fmt: skip
    st.plotly_chart(
        in_ink(
            trade_off.figure(
                rows, readings.choice(study), selection.selected(study), across, up, marks
            ),
            theme(),
        ),
        key=selection.CHART,
        on_select=selection.on_chart,
        selection_mode="points",
        config=CONFIG,
        alt=f"{there[up].title} of each variant over {there[across].title}",
    )
    # Of the study its id: a name that somebody gave stands in no address.
    name = f"{study.index.id}-{up}-over-{across}"
    address = chart_export.address(selection.CHART, name, theme())
    st.iframe(address, height=EXPORT, alt="Save the chart as SVG or PNG")


def show_selected(study: Study, row: Comparison) -> None:
    """One variant: the verdict in words, its file, and where its numbers come from."""
    variant = row.variant
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch"):
            st.markdown(f"**{verbatim(variant.recipe)}**")
            st.write(
                verbatim(
                    row.verdict or "The model as it came; every other file is compared with it."
                )
            )
            for told in packed_in_words(variant):
                st.write(verbatim(told))
            if not (study.index.model.summary.select_tf_ops or variant.packed):
                st.write(latencies.in_words(variant, where(study.index, variant)))
            reason = why_slower_in(study, variant)
            if reason:
                st.caption(f"Why it is slower: {verbatim(reason)}")
            if study.index.dataset and not variant.random_inputs:
                scaling = verbatim(study.index.dataset.meaning())
                st.caption(f"It expects inputs scaled so: {scaling}.")
            remark_form.show(study, variant.recipe)
            with st.container(horizontal=True):
                st.page_link(
                    page_files.INSPECT, label="Inspect this file", icon=":material/search:"
                )
                if len(study.index.variants) > 1:
                    st.page_link(
                        page_files.SIDE_BY_SIDE, label="Set it beside another",
                        icon=":material/compare:",
                    )  # fmt: skip
        with st.popover("Where the numbers come from", icon=":material/info:"):
            provenance.show(study, variant)
        kit_panel.show(study, variant)
        handover_panel.show(study, variant)
        path = study.folder / variant.file
        st.download_button(
            f"Download {verbatim(download_name(study.index, variant))}",
            data=path.read_bytes,
            file_name=download_name(study.index, variant),
            mime="application/octet-stream",
            on_click="ignore",
            type="primary",
            icon=":material/download:",
            key="compare.download",
        )


def show_inside(study: Study, variant: Variant) -> None:
    """What the file's weights are beside what the recipe promised, and how its training went."""
    if variant.audit is None:
        return
    st.subheader("Inside the file")
    try:
        made = AUDIT.read(study.folder / variant.audit)
    except LiteweighError as error:
        st.warning(verbatim(str(error)), icon=":material/warning:")
        return
    show_verdict(made)
    weights = f"{numbers.size(made.size_bytes)}, {numbers.size(made.gzip_bytes)} after gzip"
    count = len(made.findings)
    with st.expander(f"Weight tensors: {count} · {weights}", expanded=bool(variant.training)):
        st.table(
            audit_table.findings(made),
            border="horizontal",
            hide_index=True,
            height=height(count, MOST_ROWS, TALL),
            alt="Each weight tensor beside what the recipe promised",
        )
        st.caption(
            "Green and red: beside what was promised. A channel’s weights share one scale, so "
            "clusters count per channel. Each tensor is zipped by itself."
        )
    show_training(study, variant)


def show_verdict(made: Audit) -> None:
    """Whether promises were kept, and why not."""
    if made.kept:
        st.markdown(f":green[:material/check_circle:] {verbatim(in_words(made))}")
    else:
        why = "\n".join(f"- {verbatim(reason)}" for reason in reasons(made))
        st.warning(f"{verbatim(in_words(made))}\n\n{why}", icon=":material/warning:")
    for note in notes(made):
        st.caption(verbatim(note))


def show_training(study: Study, variant: Variant) -> None:
    """The curves of the training steps that took any time."""
    dataset = study.index.dataset
    name = dataset.first_metric if dataset else None
    trained = [record for record in variant.training if record.epochs]
    for place, record in zip(st.columns(max(1, len(trained))), trained, strict=False):
        with place:
            st.markdown(
                f"**{TECHNIQUES[record.step].label}**, best after epoch {record.best_epoch}"
            )
            st.plotly_chart(
                training_curves.figure(history.read(study.folder / record.folder), name),
                key=f"compare.training.{record.step}",
                config=CONFIG,
                alt=f"Loss and sparsity over the epochs of {record.step}",
            )


def show_bars(rows: list[Comparison], selected: str | None) -> None:
    """One bar chart a measure; of many variants the baseline, the chosen and the Pareto front."""
    if len(rows) > MOST_BARS:
        wanted = dict.fromkeys(
            (rows[0].variant.recipe, selected, *(row.variant.recipe for row in front(rows)))
        )
        drawn = [row for row in rows if row.variant.recipe in list(wanted)[:MOST_BARS]]
        st.caption(
            f"{len(drawn)} of {len(rows)} variants: the baseline, the chosen, and those to which "
            "no other is better and as small."
        )
    else:
        drawn = rows
    columns = st.columns(2)
    for place, measure in enumerate(measures(drawn)):
        with columns[place % 2]:
            st.plotly_chart(
                in_ink(measure_bars.figure(drawn, measure, selected), theme()),
                key=f"compare.{measure.key}",
                config=CONFIG,
                alt=f"{measure.title} of each variant",
            )


def show_sweeps(rows: list[Comparison]) -> None:
    """Recipes that differ in numbers alone, where there are several of the same techniques."""
    found = {one.name: one for one in sweep_lines.sweeps(rows)}
    if not found:
        return
    with st.expander(f"Sweeps: {len(found)}"):
        chosen = st.selectbox(
            "Techniques", list(found), key="compare.sweep", bind=row_filter.IN_ADDRESS, width=360,
            format_func=lambda name: f"{name}, {len(found[name].rows)} variants",
        )  # fmt: skip
        st.plotly_chart(
            sweep_lines.figure(found[chosen], theme()),
            key="compare.sweep.lines",
            config=CONFIG,
            alt=f"What the variants of {chosen} differ in, and what it does to them",
        )
        st.caption("A line is a variant. Drag along an axis to see only what lies there.")


def bundle(study: Study) -> bytes:
    """All files with results.json, made when the button is pressed."""
    return write_bundle(study, study.folder / "all.zip").read_bytes()


def show_unknown(study: Study) -> None:
    """Says which numbers are missing, and why."""
    kept = study.index.model.summary.select_tf_ops
    if kept:
        st.warning(
            f"These files keep TensorFlow’s own operators ({', '.join(map(verbatim, kept))}). The "
            "LiteRT interpreter here cannot run them, so accuracy and latency are unknown.",
            icon=":material/warning:",
        )
    elif study.index.dataset and study.index.dataset.synthetic:
        st.warning(
            "There were no data: latencies are of random inputs, and accuracy is unknown. Add "
            "data on the Data page to see what each file costs.",
            icon=":material/casino:",
        )


def show(study: Study, rows: list[Comparison]) -> None:
    """The whole page, once there is something to compare."""
    operations.show()
    job_list.show_rest(study)
    latencies.show_origin(study)
    latencies.show_untimed(study)
    show_unknown(study)
    trouble.show(rows, study.index)
    choice = readings.choice(study)
    device_choice.show(study)
    headline.show(study, rows, choice)
    device_choice.warn(study)
    search_panel.show(study)
    tools = st.container(horizontal=True)
    selection.from_address(study)
    chosen = selection.selected(study)
    selection.to_address(chosen)
    marks = best(rows, choice).names(choice.recipe)
    remarks = study.index.remarks
    never = {chosen, choice.recipe, rows[0].variant.recipe}  # are left out
    hidden = {one.recipe for one in remarks if one.hidden} - never
    shown = row_filter.show(rows, choice, hidden, tools)
    if any(quality(rows).value(row) is not None for row in rows):
        pinned = {one.recipe: "pinned" for one in remarks if one.pinned}
        show_trade_off(study, shown, {**pinned, **marks})
    variant_rows.show(study, shown, choice, marks, tools)
    show_sweeps(shown)
    each_output.show(shown)
    row = next((r for r in rows if r.variant.recipe == chosen), recommended(rows, choice))
    show_selected(study, row)
    show_inside(study, row.variant)
    st.subheader("Measure by measure")
    show_bars(shown, chosen)
    baseline = rows[0].variant
    if baseline.latency:
        samples = ", on random inputs" if baseline.random_inputs else ""
        st.caption(
            f"Latency was measured on {verbatim(where(study.index, baseline))}, one thread"
            f"{samples}. Another CPU, a GPU or an accelerator may rank the variants differently: "
            "the Devices page measures there."
        )
    if study.index.variants[0].latency:
        latencies.show_settings(study, rows)
    with st.container(horizontal=True):
        st.download_button(
            "Download the report",
            data=lambda: report(study).encode(),
            file_name=report_name(study.index),
            mime="text/html",
            on_click="ignore",
            icon=":material/description:",
            key="compare.report",
            help="One page with the choice, its proof and all numbers, to open, send or print",
        )
        st.download_button(
            "Download all as a zip",
            data=partial(bundle, study),
            file_name=bundle_name(study.index),
            mime="application/zip",
            on_click="ignore",
            icon=":material/folder_zip:",
        )


study = session.current()
st.title("Compare")
rows = readings.rows(study) if study else []
if study and rows:
    show(study, rows)
elif not operations.show():
    st.info("There is nothing to compare yet.", icon=":material/info:")
    target = page_files.OPTIMIZE if study and study.index.dataset else page_files.MODEL
    st.page_link(target, label="Run some optimizations", icon=":material/arrow_back:")
