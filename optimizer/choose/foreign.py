"""choose/: whether a study's latencies come from this machine."""

from optimizer.measure.environment import environment
from optimizer.measure.measurements import Environment
from optimizer.store.records import Variant
from optimizer.store.study import Study


def foreign(study: Study) -> Environment | None:
    """The other machine, where at least one latency of the study was measured on another one.

    Machines are told apart by CPU, cores and operating system. The system's version does not
    count: an update makes no other machine.
    """
    here = _machine(environment())
    machines = (timed_on(variant) for variant in study.index.variants if variant.latency)
    return next((machine for machine in machines if _machine(machine) != here), None)


def timed_together(variant: Variant, baseline: Variant) -> bool:
    """Whether a variant's latency was measured on the machine of the baseline's."""
    return _machine(timed_on(variant)) == _machine(timed_on(baseline))


def timed_on(variant: Variant) -> Environment:
    """The machine on which a variant's latency was measured: without a note, where it was made."""
    return variant.timed_on or variant.environment


def _machine(environment: Environment) -> tuple[str, int, str]:
    return environment.cpu, environment.cores, environment.os.partition("-")[0]
