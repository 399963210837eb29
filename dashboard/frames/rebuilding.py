"""dashboard/frames/: how badly a variant rebuilds samples, and the alarms that it gets wrong."""

import numpy as np
import streamlit as st

from dashboard.figures import error_spread, rebuilt_values
from dashboard.figures.colours import NEUTRAL
from dashboard.figures.error_spread import ErrorsOf
from dashboard.figures.house_style import CONFIG, in_ink
from dashboard.markdown import verbatim
from dashboard.state.theme import theme
from optimizer.arrays import Array, Float32s, Float64s
from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.export import numbers
from optimizer.measure.misjudged import Rebuilt
from optimizer.measure.reconstruction import rebuilt
from optimizer.recipes import BASELINE_TEXT, parse
from optimizer.store.prediction_files import Predictions
from optimizer.store.study import Study

PICTURE_WIDTH = 150  # pixels
MOST_SHOWN = 6
LARGEST = 97.5  # percentile of a baseline's errors in a picture that is drawn in full red


def show_errors(
    study: Study, record: DatasetRecord, recipe: str, mine: Predictions, baseline: Predictions
) -> None:
    """The distribution of the errors of a file over that of the baseline."""
    if mine.errors is None or baseline.errors is None:
        return
    labels = _labels(study, record, len(mine.errors))
    files = [ErrorsOf(BASELINE_TEXT, baseline.errors, NEUTRAL)]
    if recipe != BASELINE_TEXT:
        files.append(ErrorsOf(recipe, mine.errors, parse(recipe).family.colour))
    st.subheader("How badly samples are rebuilt")
    st.plotly_chart(
        in_ink(error_spread.figure(files, labels, record.class_names, record.threshold), theme()),
        key="errors.spread",
        config=CONFIG,
        alt="How the errors of reconstruction spread, and where alarm begins",
    )
    st.caption(verbatim(in_words(record, mine.errors, baseline.errors, labels)))


def in_words(record: DatasetRecord, mine: Float64s, baseline: Float64s, labels: Array) -> str:
    """The mean errors, and where alarm begins."""
    error = "mean squared error" if record.reconstruction == "mse" else "mean absolute error"
    told = []
    for kind, name in enumerate(record.class_names):
        some = labels == kind
        if some.any():
            before = f"{baseline[some].mean():.4g}"
            after = "" if mine is baseline else f" (float32 {before})"
            told.append(f"{name} {mine[some].mean():.4g}{after}")
    text = f"The {error} of a sample; on average {', '.join(told)}."
    if record.threshold is None:
        return text
    return (
        f"{text} Above {record.threshold:.4g} a sample gives alarm: by the float model that is "
        f"{numbers.share(record.false_alarms)} of normal samples, measured on those that are not "
        "evaluated. Every file is judged by this threshold."
    )


def show_wrong(study: Study, record: DatasetRecord, kept: Predictions) -> None:
    """Samples that the variant judges wrongly, as given and as rebuilt."""
    shown, errors = kept.rebuilt, kept.errors
    if shown is None or errors is None or kept.classes is None or not len(shown.samples):
        return
    labels = _labels(study, record, len(errors))
    wrong = bool((kept.classes != labels)[shown.samples].any())
    st.subheader("What it gets wrong" if wrong else "What changed most")
    if not wrong:
        st.markdown("It gets no sample wrong. Those whose error changed most, for comparison:")
    dataset = Dataset(study.data_folder, record)
    for at in range(min(MOST_SHOWN, len(shown.samples))):
        sample = int(shown.samples[at])
        said, is_ = (record.class_names[int(of[sample])] for of in (kept.classes, labels))
        st.markdown(
            f"**Sample {sample:,}**: {verbatim(is_)}, taken for {verbatim(said)} "
            f"(error {errors[sample]:.4g})"
        )
        _draw(dataset, shown, at)


def _draw(dataset: Dataset, shown: Rebuilt, at: int) -> None:
    record = dataset.record
    index = dataset.roles.evaluation[shown.samples[at : at + 1]]
    batch = dataset.samples_at(index, record.target_scaling).batch(0, 1)
    given = _as_given(batch, rebuilt(batch, shown.answers.shape[1:])[0])
    mine, theirs = (one[at].reshape(given.shape) for one in (shown.answers, shown.expected))
    drawn = rebuilt_values.pictures(given, theirs, mine)
    if drawn is None:
        st.plotly_chart(
            in_ink(rebuilt_values.lines(given, theirs, mine), theme()), key=f"rebuilt.{at}",
            config=CONFIG, alt="The sample as given, and as both files rebuild it",
        )  # fmt: skip
        return
    largest = float(np.percentile(np.abs(theirs - given), LARGEST))
    off = [rebuilt_values.errors(given, one, 2 * largest) for one in (theirs, mine)]
    titles = ("Given", "float32", "This file", "float32 is off", "This file is off")
    with st.container(horizontal=True):
        for title, picture in zip(titles, (*drawn, *off), strict=True):
            st.image(picture, caption=title, width=PICTURE_WIDTH)


def _as_given(batch: tuple[Array, ...], flat: Float32s) -> Float32s:
    """The sample in the shape of the input that it is."""
    same = [one.shape[1:] for one in batch if one[0].size == flat.size]
    return flat.reshape(same[0])


def _labels(study: Study, record: DatasetRecord, count: int) -> Array:
    labels = Dataset(study.data_folder, record).labels("evaluation")
    return np.zeros(count, np.int64) if labels is None else labels
