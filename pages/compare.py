"""pages/: the Compare page: what each variant costs and buys, and which one to download."""

from functools import partial

import streamlit as st

from dashboard import (
    comparing,
    curves,
    figures,
    latencies,
    navigation,
    origin,
    session,
    tables,
    waiting,
)
from dashboard.composer import verbatim
from dashboard.downloads import url
from optimizer.audit.audit import Audit, in_words, read_audit
from optimizer.choose.comparison import Comparison
from optimizer.choose.foreign import timed_on
from optimizer.data.labels import METRICS as TASK_METRICS
from optimizer.errors import LiteweighError
from optimizer.export import numbers
from optimizer.export.files import download_name, write_bundle
from optimizer.measure.metrics import METRICS
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.techniques.registry import TECHNIQUES
from optimizer.techniques.training import history

CHART = {"displayModeBar": False}
MOST_ROWS, TALLEST = 20, 640  # of the table of weights that is shown whole; else its height, pixels


def show_trade_off(study: Study, rows: list[Comparison]) -> None:
    """Accuracy over size; choosing a point chooses its row."""
    dots = " ".join(
        f'<span style="margin-right:1.2em;white-space:nowrap">'
        f'<span style="color:{colour}">●</span> {family.value}</span>'
        for family, colour in figures.legend(rows)
    )
    st.html(f"<small>{dots}The larger the dot, the slower.</small>")
    st.plotly_chart(
        figures.trade_off(rows, comparing.selected(study)),
        key=comparing.CHART,
        on_select=comparing.on_chart,
        selection_mode="points",
        config=CHART,
        alt="Accuracy of each variant over its size",
    )


def show_table(study: Study, rows: list[Comparison]) -> None:
    """All numbers; choosing a row chooses its point."""
    metric = rows[0].variant.metric
    unit = "%.2f %%" if metric and METRICS[metric.name].share else "%.4g"
    random = any(row.variant.random_inputs for row in rows)
    comparing.turn_table(rows, study)
    st.dataframe(
        tables.comparison(rows, [url(study, row.variant) for row in rows]),
        key=comparing.TABLE,
        on_select=lambda: comparing.on_table(rows),
        selection_mode="single-row",
        hide_index=True,
        height="content",
        column_config={
            "Download": st.column_config.LinkColumn(
                "File", display_text=":material/download:", width=52, pinned=True
            ),
            "Recipe": st.column_config.TextColumn(pinned=True),
            "Size": st.column_config.NumberColumn(format="%.0f KB"),
            "Gzip": st.column_config.NumberColumn(
                format="%.0f KB", help="What a download or an app package carries"
            ),
            "Metric": st.column_config.NumberColumn(
                METRICS[metric.name].title if metric else "Metric",
                format=unit,
            ),
            "Interval": st.column_config.TextColumn(
                "95 % interval", help="Where the true value lies, from this many samples"
            ),
            "Change": st.column_config.TextColumn(help="Against the float32 baseline"),
            "Agreement": st.column_config.NumberColumn(
                format="%.1f %%", help="How often the top class is the float model's"
            ),
            "Latency": st.column_config.NumberColumn(
                "Latency on random inputs" if random else "Latency",
                format="%.3f ms",
                help="Median of one inference, one thread, this machine's CPU",
            ),
            "Speed": st.column_config.TextColumn(help="Against the float32 baseline"),
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
            st.markdown(f"**{variant.recipe}**")
            st.write(row.verdict or "The model as it came; every other file is compared with it.")
            if not study.index.model.summary.select_tf_ops:
                st.write(latencies.in_words(variant))
            reason = comparing.why_slower(study, variant)
            if reason:
                st.caption(f"Why it is slower: {verbatim(reason)}")
            st.page_link(navigation.INSPECT, label="Inspect this file", icon=":material/search:")
        with st.popover("Where the numbers come from", icon=":material/info:"):
            origin.show(study, variant)
        path = study.folder / variant.file
        st.download_button(
            f"Download {download_name(study.index, variant)}",
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
        made = read_audit(study.folder / variant.audit)
    except LiteweighError as error:
        st.warning(str(error), icon=":material/warning:")
        return
    show_verdict(made)
    weights = f"{numbers.size(made.size_bytes)}, {numbers.size(made.gzip_bytes)} after gzip"
    count = len(made.findings)
    with st.expander(f"Weight tensors: {count} · {weights}", expanded=bool(variant.training)):
        st.table(
            tables.audit(made),
            border="horizontal",
            hide_index=True,
            height="content" if count <= MOST_ROWS else TALLEST,
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
        reasons = "\n".join(f"- {verbatim(reason)}" for reason in made.reasons)
        st.warning(f"{verbatim(in_words(made))}\n\n{reasons}", icon=":material/warning:")
    for note in made.notes:
        st.caption(verbatim(note))


def show_training(study: Study, variant: Variant) -> None:
    """The curves of the training steps that took any time."""
    dataset = study.index.dataset
    name = TASK_METRICS.get(dataset.task) if dataset else None
    trained = [record for record in variant.training if record.epochs]
    for place, record in zip(st.columns(max(1, len(trained))), trained, strict=False):
        with place:
            st.markdown(
                f"**{TECHNIQUES[record.step].label}**, best after epoch {record.best_epoch}"
            )
            st.plotly_chart(
                curves.training(history.read(study.folder / record.folder), name),
                key=f"compare.training.{record.step}",
                config=CHART,
                alt=f"Loss and sparsity over the epochs of {record.step}",
            )


def show_bars(rows: list[Comparison], selected: str | None) -> None:
    """One bar chart a measure."""
    columns = st.columns(2)
    for place, measure in enumerate(figures.measures(rows)):
        with columns[place % 2]:
            st.plotly_chart(
                figures.bars(rows, measure, selected),
                key=f"compare.{measure.key}",
                config=CHART,
                alt=f"{measure.title} of each variant",
            )


def bundle(study: Study) -> bytes:
    """All files with results.json, made when the button is pressed."""
    return write_bundle(study, study.folder / "all.zip").read_bytes()


def show_unknown(study: Study) -> None:
    """Says which numbers are missing, and why."""
    if study.index.model.summary.select_tf_ops:
        st.warning(
            "These files keep TensorFlow’s own operators "
            f"({', '.join(study.index.model.summary.select_tf_ops)}). The LiteRT interpreter here "
            "cannot run them, so accuracy and latency are unknown.",
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
    waiting.show()
    comparing.watch(study)
    latencies.show_origin(study)
    show_unknown(study)
    comparing.show_best(rows)
    if any(figures.quality(rows).value(row) is not None for row in rows):
        show_trade_off(study, rows)
    chosen = comparing.selected(study)
    show_table(study, rows)
    row = next((r for r in rows if r.variant.recipe == chosen), comparing.recommended(rows))
    show_selected(study, row)
    show_inside(study, row.variant)
    st.subheader("Measure by measure")
    show_bars(rows, chosen)
    baseline = rows[0].variant
    if baseline.latency:
        samples = ", on random inputs" if baseline.random_inputs else ""
        st.caption(
            f"Latency was measured on {timed_on(baseline).cpu}, one thread{samples}, with "
            "nothing else of Liteweigh running. Another CPU, a GPU or an accelerator ranks the "
            "variants differently."
        )
        latencies.show_settings(study, rows)
    st.download_button(
        "Download all as a zip",
        data=partial(bundle, study),
        file_name=f"{study.index.id}.zip",
        mime="application/zip",
        on_click="ignore",
        icon=":material/folder_zip:",
    )


study = session.current()
st.title("Compare")
rows = comparing.rows(study) if study else []
if study and rows:
    show(study, rows)
elif not waiting.show():
    st.info("There is nothing to compare yet.", icon=":material/info:")
    target = navigation.OPTIMIZE if study and study.index.dataset else navigation.MODEL
    st.page_link(target, label="Run some optimizations", icon=":material/arrow_back:")
