"""pages/: the Compare page: what each variant costs and buys, and which one to download."""

from functools import partial

import streamlit as st

from dashboard import page_files
from dashboard.figures import measure_bars, trade_off, training_curves
from dashboard.figures.house_style import CONFIG, in_ink
from dashboard.figures.measures import axes, measures, quality
from dashboard.forms import limits_form, row_filter
from dashboard.frames import headline, job_list, latencies, operations, provenance, trouble
from dashboard.markdown import verbatim
from dashboard.server.downloads import url
from dashboard.state import readings, selection, session
from dashboard.state.theme import theme
from dashboard.tables import audit_table, variant_table
from dashboard.tables.height import height
from optimizer.audit.findings import AUDIT, Audit
from optimizer.audit.verdict import in_words, notes, reasons
from optimizer.choose.comparison import Comparison
from optimizer.choose.foreign import timed_on
from optimizer.choose.pareto import front
from optimizer.choose.recommend import best, recommended
from optimizer.choose.why_slower import why_slower_in
from optimizer.data.scaling import SCALINGS
from optimizer.errors import LiteweighError
from optimizer.export import numbers
from optimizer.export.files import bundle_name, download_name, write_bundle
from optimizer.measure.metrics import METRICS
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.techniques.registry import TECHNIQUES
from optimizer.techniques.training import history

ACROSS, UP = "compare.across", "compare.up"
MOST_VARIANTS, TALL_VARIANTS = 15, 500  # rows of the table that is shown whole; else pixels
MOST_BARS = 12  # variants in a bar chart, before only the best are shown
MOST_ROWS, TALL = 20, 640  # of the table of weights that is shown whole; else its height, pixels


def show_trade_off(study: Study, rows: list[Comparison], marks: dict[str, str]) -> None:
    """What each variant costs and buys; choosing a point chooses its row."""
    there = axes(rows)
    first, second = trade_off.default_axes(rows)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        up, across = (
            st.selectbox(
                label, list(there), index=list(there).index(default), key=key, width=360,
                format_func=lambda one: there[one].title,
            )
            for label, default, key in (("Up", second, UP), ("Across", first, ACROSS))
        )  # fmt: skip
    dots = " ".join(
        f'<span style="margin-right:1.2em;white-space:nowrap">'
        f'<span style="color:{colour}">{mark}</span> {name}</span>'
        for colour, mark, name in (
            *((family.colour, "●", family.name) for family in trade_off.legend(rows)),
            *trade_off.VERDICT_LEGEND,
        )
    )
    st.html(f"<small>{dots}</small>")
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


def show_table(study: Study, rows: list[Comparison], marks: dict[str, str]) -> None:
    """All numbers; choosing a row chooses its point."""
    metric = rows[0].variant.metric
    share = metric is not None and METRICS[metric.name].share
    random = any(row.variant.random_inputs for row in rows)
    selection.turn_table(rows, study)
    table = variant_table.variants(
        rows, [url(study, row.variant) for row in rows], readings.choice(study), marks
    )
    st.dataframe(
        table,
        key=selection.TABLE,
        on_select=lambda: selection.on_table(rows),
        selection_mode="single-row",
        hide_index=True,
        placeholder="–",
        height=height(len(rows), MOST_VARIANTS, TALL_VARIANTS),
        column_config={
            "Download": st.column_config.LinkColumn(
                "File", display_text=":material/download:", width=52, pinned=True
            ),
            "Name": st.column_config.TextColumn("Recipe", pinned=True),
            "Recipe": st.column_config.TextColumn("Full text", width=200)
            if variant_table.shortened(table)
            else None,
            "Limits": st.column_config.TextColumn(
                help="Whether it is proved that the file holds the limits: held, broken, or open "
                "where more samples or measurements are needed"
            ),
            "Best": st.column_config.TextColumn(
                width=200,
                help="Of those that are proved to hold the limits, the baseline among them",
            ),
            "Size": st.column_config.NumberColumn(format="%.0f KB"),
            "Gzip": st.column_config.NumberColumn(
                format="%.0f KB", help="What a download or an app package carries"
            ),
            "Metric": st.column_config.NumberColumn(
                METRICS[metric.name].title if metric else "Metric",
                format="%.2f %%" if share else "%.4g",
            ),
            "Interval": st.column_config.TextColumn(
                "95 % interval", help="Where the true value lies, from this many samples"
            ),
            "Change": st.column_config.NumberColumn(
                format="%+.2f pt" if share else "%+.3g", help="Against the float32 baseline"
            ),
            "Agreement": st.column_config.NumberColumn(
                format="%.1f %%", help="How often the top class is the float model's"
            ),
            "Latency": st.column_config.NumberColumn(
                "Latency on random inputs" if random else "Latency",
                format="%.3f ms",
                help="Median of one inference, one thread, this machine's CPU",
            ),
            "Speed": st.column_config.NumberColumn(
                format="%.2f×", help="Times as fast as the float32 baseline; below 1 is slower"
            ),
            "Warnings": st.column_config.TextColumn(help="What is wrong with the file"),
            "Sparsity": st.column_config.NumberColumn(
                format="%.1f %%", help="Share of zeros among all weights of the file"
            ),
            "Unique": st.column_config.NumberColumn(
                "Unique weights",
                format="%d",
                help="Different values in the weight tensor that has most of them. “Inside the "
                "file” counts them per channel, as clusters should be",
            ),
        },
    )


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
            if not study.index.model.summary.select_tf_ops:
                st.write(latencies.in_words(variant))
            reason = why_slower_in(study, variant)
            if reason:
                st.caption(f"Why it is slower: {verbatim(reason)}")
            if study.index.dataset and not variant.random_inputs:
                scaling = SCALINGS[study.index.dataset.scaling]
                st.caption(f"It expects inputs scaled so: {scaling.meaning}.")
            st.page_link(page_files.INSPECT, label="Inspect this file", icon=":material/search:")
        with st.popover("Where the numbers come from", icon=":material/info:"):
            provenance.show(study, variant)
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
    show_unknown(study)
    trouble.show(rows, study.index)
    choice = readings.choice(study)
    headline.show(study, rows, choice)
    limits_form.show(study)
    marks = best(rows, choice).names(choice.recipe)
    shown = row_filter.show(rows, choice)
    if any(quality(rows).value(row) is not None for row in rows):
        show_trade_off(study, shown, marks)
    chosen = selection.selected(study)
    show_table(study, shown, marks)
    row = next((r for r in rows if r.variant.recipe == chosen), recommended(rows, choice))
    show_selected(study, row)
    show_inside(study, row.variant)
    st.subheader("Measure by measure")
    show_bars(shown, chosen)
    baseline = rows[0].variant
    if baseline.latency:
        samples = ", on random inputs" if baseline.random_inputs else ""
        st.caption(
            f"Latency was measured on {verbatim(timed_on(baseline).cpu)}, one thread{samples}, "
            "with nothing else of Liteweigh running. Another CPU, a GPU or an accelerator ranks "
            "the variants differently."
        )
        latencies.show_settings(study, rows)
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
