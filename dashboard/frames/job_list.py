"""dashboard/frames/: the jobs of a study: stage, progress, curve, result, and how to stop them."""

from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import page_files
from dashboard.figures import training_curves
from dashboard.figures.house_style import CONFIG
from dashboard.frames import full_log
from dashboard.markdown import verbatim
from dashboard.server import sharing
from dashboard.server.engine import engine
from dashboard.state import readings, session
from optimizer.errors import LiteweighError
from optimizer.export import numbers
from optimizer.recipes import parse
from optimizer.store.records import Job, Status, TrainingRecord
from optimizer.store.study import Study
from optimizer.techniques.registry import TECHNIQUES
from optimizer.techniques.training import history
from optimizer.techniques.training.history import Moment
from optimizer.words import counted
from optimizer.workers.logs import read_log

POLL_SECONDS, POLL_RESULTS = 0.5, 1.0
LONGEST_NAME = 34  # characters beside the progress
LEAST_MOMENTS = 2  # of a curve
Colour = Literal["gray", "blue", "green", "red", "orange"]
BADGES: dict[Status, tuple[Colour, str]] = {
    Status.QUEUED: ("gray", ":material/hourglass_empty:"),
    Status.RUNNING: ("blue", ":material/sync:"),
    Status.DONE: ("green", ":material/check:"),
    Status.FAILED: ("red", ":material/error:"),
    Status.CANCELLED: ("gray", ":material/block:"),
    Status.INTERRUPTED: ("orange", ":material/power_off:"),
}


def show(study: Study) -> None:
    """The jobs of the study; polled only while one is active."""
    if not study.index.jobs:
        return
    active = any(job.status.active for job in study.index.jobs)
    st.fragment(_list, run_every=POLL_SECONDS if active else None)(study, active)


def show_rest(study: Study) -> None:
    """Says how many are still active, where results are shown, and brings in those that come."""
    if any(job.status.active for job in study.index.jobs):
        st.fragment(_rest, run_every=POLL_RESULTS)(study, readings.rows_key(study))


def _rest(study: Study, shown: tuple[object, ...]) -> None:
    if readings.rows_key(study) != shown:
        st.rerun()
    active = sum(job.status.active for job in study.index.jobs)
    st.caption(f":material/sync: {active} still running or waiting; results appear here.")


def _list(study: Study, was_active: bool) -> None:
    listed = study.index.jobs
    active = [job for job in listed if job.status.active]
    if was_active and not active:
        st.rerun()  # ends the polling
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"{len(active)} running or waiting" if active else "Jobs")
        if active:
            if st.button("Cancel all", key="jobs.cancel", icon=":material/stop_circle:"):
                engine().cancel(study, [job.id for job in active])
                st.rerun(scope="fragment")
        elif any(job.status is Status.DONE for job in listed) and st.button(
            "Compare results", type="primary", icon=":material/balance:"
        ):
            st.switch_page(page_files.COMPARE)
    ended = [job for job in reversed(listed) if not job.status.active]
    for job in active + ended:
        with st.container(border=True, key=f"job-{job.id}"):
            _job(study, job)


def _job(study: Study, job: Job) -> None:
    name, state, action = _places(job)
    colour, icon = BADGES[job.status]
    with name:
        st.markdown(f"**{verbatim(job.recipe)}**")
    with state:
        if job.status is Status.RUNNING:
            progress = engine().progress(study, job)
            stage = progress.stage if progress else "Starting"
            st.progress(
                progress.fraction if progress else 0.0,
                text=f"{verbatim(stage)} · {numbers.seconds(job.seconds())}",
            )
        else:
            made = study.variant(job.recipe) if job.status is Status.DONE else None
            spent = f" in {numbers.seconds(made.seconds)}" if made else ""
            st.badge(f"{job.status.value}{spent}", color=colour, icon=icon)
            waits_for = engine().progress(study, job) if job.status is Status.QUEUED else None
            if waits_for:
                st.caption(verbatim(waits_for.stage))
    with action:
        if job.status.active:
            if st.button("Cancel", key=f"cancel-{job.id}"):
                engine().cancel(study, [job.id])
                st.rerun(scope="fragment")
        elif study.index.may_run_again(job) and st.button("Run again", key=f"again-{job.id}"):
            _run_again(study, job)
    if job.status is Status.RUNNING:
        _draw_live_curve(engine().curve(study, job), f"curve-{job.id}")
    elif job.status is Status.DONE:
        _draw_detours(study, job)
        _draw_trainings(study, job)
    if job.error:
        st.markdown(verbatim(sharing.told(job.error)))
    if job.status is Status.FAILED:
        full_log.show(read_log(study.job_folder(job.id)))


def _run_again(study: Study, job: Job) -> None:
    try:
        engine().start(study, [parse(job.recipe)])
    except LiteweighError as error:
        session.say(str(error), "")
    st.rerun()


def _places(job: Job) -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """For name, state and action: side by side, or the state below where the name is long."""
    if len(job.recipe) <= LONGEST_NAME:
        name, state, action = st.columns([4, 6, 2], vertical_alignment="center")
    else:
        name, action = st.columns([10, 2], vertical_alignment="center")
        state = st.container()
    return name, state, action


def _draw_detours(study: Study, job: Job) -> None:
    """What was refused on the way and done otherwise."""
    made = study.variant(job.recipe)
    for detour in made.detours if made else ():
        st.caption(f":material/alt_route: {verbatim(detour)}")


def _draw_trainings(study: Study, job: Job) -> None:
    """How each training of a job that is done went; read only when the user opens it."""
    made = study.variant(job.recipe)
    if made is None or not made.training:
        return
    details = st.expander("How training went", key=f"trainings-{job.id}", on_change="rerun")
    if details.open:
        with details:
            for record in made.training:
                st.markdown(_in_words(record))
                moments = history.read(study.folder / record.folder)
                _draw_curve(study, moments, f"curve-{job.id}-{record.step}")


def _in_words(record: TrainingRecord) -> str:
    touched = f"**{TECHNIQUES[record.step].label}**: {counted(len(record.layers), 'layer')}"
    if record.epochs == 0:
        return f"{touched}, at once, without training."
    return (
        f"{touched}, {counted(record.epochs, 'epoch')} in {numbers.seconds(record.fit_seconds)}; "
        f"the weights after epoch {record.best_epoch} were kept."
    )


def _draw_live_curve(moments: list[Moment], key: str) -> None:
    if len(moments) >= LEAST_MOMENTS:
        data, specification = training_curves.live(moments)
        st.vega_lite_chart(data, specification, key=key)


def _draw_curve(study: Study, moments: list[Moment], key: str) -> None:
    if len(moments) < LEAST_MOMENTS:
        return
    dataset = study.index.dataset
    st.plotly_chart(
        training_curves.figure(moments, dataset.first_metric if dataset else None),
        key=key,
        config=CONFIG,
        alt="The loss over the epochs of the training",
    )
