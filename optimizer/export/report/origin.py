"""export/report/: where the numbers come from: machine, versions, parameters, seeds, digests."""

from optimizer.export.provenance import Provenance, moment, provenance
from optimizer.export.report.markup import Markup, code, joined, tag, text
from optimizer.export.report.tables import facts, table
from optimizer.export.report.told import Told
from optimizer.measure.measurements import Environment
from optimizer.workers.confinement.level import HELD_BY


def origin(told: Told) -> Markup | None:
    """All that someone needs to get the numbers again; nothing before there are variants."""
    if told.row is None:
        return None
    found = provenance(told.index, told.row.variant)
    return tag(
        "section",
        tag("h2", "Where the numbers come from"),
        facts(_facts(found)),
        tag("h3", "Every file"),
        table(
            ("Recipe", "Made", "SHA-256"),
            [
                (
                    code(row.variant.recipe),
                    text(moment(row.variant.made.isoformat())),
                    code(row.variant.sha256),
                )
                for row in told.shown()
            ],
            class_="digests",
        ),
    )


def _facts(found: Provenance) -> list[tuple[str, Markup | str]]:
    confined = f", in a process that was {HELD_BY[found.isolation]}" if found.isolation else ""
    told: list[tuple[str, Markup | str]] = [
        ("Made", f"{moment(found.made)} on {_machine(found.made_on)}{confined}"),
    ]
    if found.timed and found.timed_on:
        told.append(("Timed", f"{moment(found.timed)} on {_machine(found.timed_on)}"))
    if found.samples:
        told.append(("Samples", ", ".join(f"{n:,} {role}" for role, n in found.samples.items())))
    parameters = [
        tag("p", code(step), " ", ", ".join(f"{name} {given}" for name, given in all_of.items()))
        for step, all_of in found.parameters.items()
    ]
    versions = {"Python": found.made_on.python, **found.made_on.versions}
    return [
        *told,
        ("Seeds", ", ".join(f"{name} {seed}" for name, seed in found.seeds.items())),
        ("Parameters", joined(*parameters)),
        ("Versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
        *((f"SHA-256 of the {what}", code(digest)) for what, digest in found.sha256.items()),
    ]


def _machine(environment: Environment) -> str:
    return f"{environment.cpu}, {environment.cores} cores, {environment.os}"
