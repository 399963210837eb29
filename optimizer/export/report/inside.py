"""export/report/: what is inside the file that is to ship, and what it expects."""

from collections.abc import Iterator

from optimizer.audit.findings import AUDIT
from optimizer.audit.verdict import in_words, reasons
from optimizer.choose.why_slower import why_slower_in
from optimizer.errors import LiteweighError
from optimizer.export import numbers
from optimizer.export.files import download_name
from optimizer.export.lines import feeding
from optimizer.export.report.markup import Markup, code, joined, tag, text, value
from optimizer.export.report.tables import facts, table
from optimizer.export.report.told import Told
from optimizer.measure.inside.facts import INSIDE, Inside, Verdict
from optimizer.store.records import Variant
from optimizer.techniques.registry import TECHNIQUES
from optimizer.words import listed

MOST_NAMES = 16  # of operators and classes
FITS = {True: ("fits", "held"), False: ("does not fit", "broken"), None: ("cannot be said", "open")}


def inside(told: Told) -> Markup | None:
    """Operators, weights, boundaries, and where it can run; nothing before there are variants."""
    if told.row is None:
        return None
    variant = told.row.variant
    found = _inside(told, variant)
    title = "Inside the chosen file" if told.chosen else "Inside the file that comes nearest"
    if told.row is told.rows[0]:
        title = "Inside the model as it came"
    return tag(
        "section",
        tag("h2", title),
        facts([*_facts(told, variant, found)]),
        *(tag("p", one, class_="warning") for one in variant.warnings),
        *(tag("p", one, class_="note") for one in variant.detours),
        *_targets(found),
    )


def _inside(told: Told, variant: Variant) -> Inside | None:
    """None of studies from before, and where what was kept is damaged."""
    try:
        return INSIDE.read(told.study.folder / variant.inside) if variant.inside else None
    except LiteweighError:
        return None


def _facts(
    told: Told, variant: Variant, found: Inside | None
) -> Iterator[tuple[str, Markup | str]]:
    contents, data = variant.contents, told.index.dataset
    yield "File", joined(code(download_name(told.index, variant)), f", {_bytes(variant)}")
    yield "Made by", joined(code(variant.recipe))
    steps = [TECHNIQUES[one.step].label for one in variant.training if one.epochs]
    if steps:
        yield "Trained", ", ".join(steps)
    operators = [f"{count} {name}" for name, count in contents.operators.items()]
    yield "Operators", listed(operators, MOST_NAMES)
    if found and found.weight_bytes:
        types = [f"{numbers.size(size)} {kind}" for kind, size in found.weight_bytes.items()]
        yield "Weights", listed(types)
    if contents.sparsity is not None:
        yield "Zeros among weights", value(contents.sparsity, numbers.share(contents.sparsity))
    yield from _audit(told, variant)
    slower = why_slower_in(told.study, variant)
    if slower:
        yield "Why it is slower", slower
    if data is not None and not data.synthetic:
        yield "Expects", f"inputs scaled so: {data.meaning()}"
    integers = feeding(variant)
    if integers:
        yield "Integers", joined(*(tag("p", line) for line in integers))
    if data is not None and data.class_names:
        yield "Classes", f"{len(data.class_names):,}: {listed(data.class_names, MOST_NAMES)}"
    yield "SHA-256", code(variant.sha256)


def _bytes(variant: Variant) -> str:
    return f"{variant.size_bytes:,} bytes, {variant.gzip_bytes:,} after gzip"


def _audit(told: Told, variant: Variant) -> Iterator[tuple[str, Markup | str]]:
    """What was promised of the weights and is there, or is not."""
    if variant.audit is None:
        return
    try:
        made = AUDIT.read(told.study.folder / variant.audit)
    except LiteweighError as error:
        yield "Promises", str(error)
        return
    why = reasons(made) if not made.kept else ()
    yield "Promises", joined(in_words(made), *(tag("p", one) for one in why))


def _targets(found: Inside | None) -> tuple[Markup, ...]:
    if found is None or not found.verdicts:
        return ()
    return (
        tag("h3", "Where it can run, by published lists"),
        table(("Target", "", "Because", "Says who"), [_target(one) for one in found.verdicts]),
    )


def _target(verdict: Verdict) -> tuple[Markup, ...]:
    said, kind = FITS[verdict.fits]
    return (
        text(verdict.target),
        tag("span", said, class_=f"verdict {kind}"),
        text(verdict.sentence),
        text(f"{verdict.source.name}, {verdict.source.version}"),
    )
