"""dashboard/frames/: where a variant's numbers come from, in words."""

import streamlit as st

from dashboard.markdown import verbatim
from optimizer.export import numbers
from optimizer.export.provenance import Provenance, moment, provenance
from optimizer.measure.measurements import Environment
from optimizer.measure.metrics import METRICS
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.workers.confinement.level import HELD_BY


def show(study: Study, variant: Variant) -> None:
    """Machine, samples, seeds, versions and the exact recipe."""
    found = provenance(study.index, variant)
    st.markdown(f"Made {moment(found.made)} on {machine(found.made_on)}{_confined(found)}.")
    for measured in filter(None, (variant.metric, *variant.others)):
        if measured.value is not None:
            st.markdown(
                f"{METRICS[measured.name].title} on {measured.n:,} evaluation samples: "
                f"{numbers.metric(measured)} ({numbers.interval(measured)})."
            )
    if variant.latency and found.timed_on:
        st.markdown(timing(variant, found))
    if found.samples:
        st.markdown(
            "Samples: " + ", ".join(f"{n:,} {verbatim(role)}" for role, n in found.samples.items())
        )
    st.markdown(
        "Seeds: " + ", ".join(f"{verbatim(name)} {seed}" for name, seed in found.seeds.items())
    )
    st.caption("Every parameter of the recipe")
    st.json(found.parameters, expanded=False)
    st.caption("Versions")
    st.json({"Python": found.made_on.python, **found.made_on.versions}, expanded=False)
    st.caption(
        "SHA-256 of " + ", ".join(verbatim(f"{what} {text}") for what, text in found.sha256.items())
    )


def _confined(found: Provenance) -> str:
    """What held the process that made it; nothing where that is not known."""
    return f", in a process that was {HELD_BY[found.isolation]}" if found.isolation else ""


def timing(variant: Variant, found: Provenance) -> str:
    """How latency was measured."""
    assert variant.latency  # noqa: S101 (asked by the caller)
    latency = variant.latency
    threads = " and ".join(map(str, dict.fromkeys(found.threads)))
    there = f" on {machine(found.timed_on)}" if found.timed_on else ""
    then = f" {moment(found.timed)}" if found.timed else ""
    inputs = ", on random inputs" if variant.random_inputs else ""
    return (
        f"Timed{then}{there}: {latency.runs:,} timings of one thread, in turn with the baseline"
        f"{inputs}; threads: {threads}."
    )


def machine(environment: Environment) -> str:
    """Its CPU in bold, cores and system."""
    return f"**{verbatim(environment.cpu)}**, {environment.cores} cores, {verbatim(environment.os)}"
