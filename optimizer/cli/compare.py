"""cli/: liteweigh compare."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from optimizer.choose.side_by_side import SideBySide, side_by_side
from optimizer.cli.exit_code import ExitCode
from optimizer.cli.options import AsJson, Quiet
from optimizer.cli.terminal import Terminal
from optimizer.export import numbers
from optimizer.export.lines import named
from optimizer.recipes import parse
from optimizer.store.study import Study

MOST = 10  # classes and samples that are told; `--json` has all


def compare(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")],
    first: Annotated[str, typer.Argument(metavar="FIRST", help="A variant's recipe.")],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="Another's.")],
    *,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """What differs between two variants of a study, and where they disagree."""
    with Terminal(quiet=quiet, as_json=as_json) as terminal:
        opened = Study(study.resolve())
        try:
            found = side_by_side(opened, str(parse(first)), str(parse(second)))
            for text in _lines(found):
                terminal.say(text)
            if as_json:
                terminal.document(_document(found))
        finally:
            opened.close()
    return ExitCode.ALL_WELL


def _lines(found: SideBySide) -> Iterator[str]:
    for one in (found.first, found.second):
        median = one.latency.median_ms if one.latency else None
        yield (
            f"{named(one.recipe)} {numbers.size(one.size_bytes):>8}  "
            f"{numbers.metric(one.metric):>8}  {numbers.milliseconds(median):>9}"
        )
    if found.verdict:
        yield f"the second against the first: {found.verdict}"
    for setting in found.recipe:
        name = ".".join(filter(None, (setting.step, setting.parameter))) or "conversion"
        yield f"recipe: {name}: {setting.first or 'no'} | {setting.second or 'no'}"
    for operator in found.operators:
        yield f"operators: {operator.name}: {operator.first} | {operator.second}"
    for pair in found.classes[:MOST]:
        shares = f"{numbers.share(pair.first)} | {numbers.share(pair.second)}"
        yield f"class {pair.name} ({pair.samples:,} samples): found {shares}"
    if found.disagree is not None:
        what = "classes" if found.of_classes else "scores"
        yield f"{found.disagree:,} evaluation samples have other {what}"
    for apart in found.apart[:MOST]:
        truth = "" if apart.truth is None else f", labelled {apart.truth}"
        yield f"sample {apart.sample}: {apart.first:.4g} | {apart.second:.4g}{truth}"


def _document(found: SideBySide) -> dict[str, object]:
    told = asdict(found)
    return {**told, "first": found.first.recipe, "second": found.second.recipe}
