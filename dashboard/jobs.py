"""dashboard/: the list of jobs: stage, progress, time, cancel, and the log of one that failed."""

from typing import Literal

import streamlit as st

from dashboard import navigation
from dashboard.engine import engine
from optimizer.export import numbers
from optimizer.recipes import parse
from optimizer.studies.records import Job, Status
from optimizer.studies.study import Study
from optimizer.studies.worker import read_log

POLL_SECONDS = 0.5
LONGEST_LOG = 100_000  # characters shown; the file has the rest
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
            st.switch_page(navigation.COMPARE)
    ended = [job for job in reversed(listed) if not job.status.active]
    for job in active + ended:
        with st.container(border=True, key=f"job-{job.id}"):
            _job(study, job)


def _job(study: Study, job: Job) -> None:
    name, state, action = st.columns([4, 6, 2], vertical_alignment="center")
    colour, icon = BADGES[job.status]
    with name:
        st.markdown(f"**{job.recipe}**")
    with state:
        if job.status is Status.RUNNING:
            progress = engine().progress(study, job)
            stage = progress.stage if progress else "Starting"
            st.progress(
                progress.fraction if progress else 0.0,
                text=f"{stage} · {numbers.seconds(job.seconds())}",
            )
        else:
            made = study.variant(job.recipe) if job.status is Status.DONE else None
            spent = f" in {numbers.seconds(made.seconds)}" if made else ""
            st.badge(f"{job.status.value}{spent}", color=colour, icon=icon)
    with action:
        if job.status.active:
            if st.button("Cancel", key=f"cancel-{job.id}"):
                engine().cancel(study, [job.id])
                st.rerun(scope="fragment")
        elif _may_run_again(study, job) and st.button("Run again", key=f"again-{job.id}"):
            engine().start(study, [parse(job.recipe)])
            st.rerun()
    if job.error:
        st.markdown(job.error)
    if job.status is Status.FAILED:
        with st.expander("Full log"):
            log = read_log(study.job_folder(job.id))
            st.code(log[-LONGEST_LOG:] or "The log is empty.", language=None, height=300)


def _may_run_again(study: Study, job: Job) -> bool:
    """Whether it ended without a result, and no later job ran the same recipe."""
    latest = [other for other in study.index.jobs if other.recipe == job.recipe][-1]
    return job.status is not Status.DONE and latest.id == job.id
