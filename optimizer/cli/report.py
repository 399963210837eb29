"""cli/: liteweigh report."""

from pathlib import Path
from typing import Annotated

import typer

from optimizer.choose.choice import choose
from optimizer.cli.choose import tell
from optimizer.cli.exit_code import ExitCode
from optimizer.cli.options import AsJson, Quiet
from optimizer.cli.terminal import Terminal
from optimizer.export import numbers
from optimizer.export.report.write import report_name, write_report
from optimizer.store.study import Study


def report(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The page; without it, MODEL-report.html."),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """The study in one HTML file: the choice with its proof, and all numbers with their origin."""
    with Terminal(quiet=quiet, as_json=as_json) as terminal:
        opened = Study(study.resolve())
        try:
            file = (out or Path(report_name(opened.index))).absolute()
            write_report(opened, file)
            choice = choose(opened, opened.index.limits)
            tell(choice, opened.index, terminal)
            size = numbers.size(file.stat().st_size)
            terminal.say(f"{file} has it ({size}). It opens in any browser, without a network.")
            if as_json:
                terminal.document(
                    {"file": str(file), "recipe": choice.recipe, "verdict": choice.verdict}
                )
        finally:
            opened.close()
    return ExitCode.ALL_WELL
