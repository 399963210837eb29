"""export/: where a variant's numbers come from: all that someone needs to get them again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from optimizer.measure.bootstrap import SEED
from optimizer.measure.measurements import Environment
from optimizer.recipes import parse
from optimizer.store.records import StudyIndex, Variant
from optimizer.workers.confinement.level import LevelName

ROLES = ("training", "calibration", "tuning", "evaluation")


@dataclass(frozen=True)
class Provenance:
    """Where a variant's numbers come from.

    Attributes:
        made: when, ISO 8601 in UTC.
        made_on: the machine and versions that converted it and measured its accuracy.
        isolation: what confined the process that did; None in studies that do not tell.
        timed: when latency and memory were measured; None before.
        timed_on: the machine that did; None before.
        threads: of each latency.
        parameters: of each step that made the file every parameter, those at their default too.
        seeds: of the split into roles, of bootstrap and latency, and of each step that draws.
        samples: in each role of the dataset; empty without data.
        sha256: of the file, the model and the data.
    """

    made: str
    made_on: Environment
    isolation: LevelName | None
    timed: str | None
    timed_on: Environment | None
    threads: tuple[int, ...]
    parameters: dict[str, dict[str, Any]]
    seeds: dict[str, int]
    samples: dict[str, int]
    sha256: dict[str, str]


def provenance(index: StudyIndex, variant: Variant) -> Provenance:
    """The provenance of one of a study's variants."""
    data = index.dataset
    made_by = parse(variant.made_as or variant.recipe)
    steps = {step.name: step.model_dump(mode="json") for step in made_by.steps}
    seeds = {"bootstrap": SEED, "latency": SEED}
    seeds |= {name: step["seed"] for name, step in steps.items() if "seed" in step}
    latencies = [variant.latency, *variant.other_latencies] if variant.latency else []
    # Before machines were noted with latencies, they were measured where the variant was made.
    timed_on = variant.timed_on or variant.environment if variant.latency else None
    digests = {"file": variant.sha256, "model": index.model.digest}
    return Provenance(
        made=variant.made.isoformat(timespec="seconds"),
        made_on=variant.environment,
        isolation=variant.isolation,
        timed=variant.timed.isoformat(timespec="seconds") if variant.timed else None,
        timed_on=timed_on,
        threads=tuple(latency.threads for latency in latencies if latency),
        parameters=steps,
        seeds={"roles": data.seed, **seeds} if data else seeds,
        samples={role: getattr(data, role) for role in ROLES} if data else {},
        sha256={**digests, "data": data.digest} if data else digests,
    )


def moment(text: str) -> str:
    """`2 January 2026, 13:05 UTC`, of a moment in ISO 8601."""
    return f"{datetime.fromisoformat(text):%-d %B %Y, %H:%M} UTC"
