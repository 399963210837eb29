"""cli/: liteweigh card."""

from pathlib import Path
from typing import Annotated

import typer

from optimizer.cli.exit_code import ExitCode
from optimizer.cli.options import AsJson, Quiet
from optimizer.cli.terminal import Terminal
from optimizer.export.card.write import CARD, write_card
from optimizer.store.study import Study


def card(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")],
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="Of the file.")],
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The card.")] = Path(CARD),
    licence: Annotated[
        str,
        typer.Option(
            "--license", metavar="ID", help="As the Hugging Face Hub calls it: apache-2.0, mit, …"
        ),
    ] = "",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """A model card of a file, for people and for the Hugging Face Hub."""
    with Terminal(quiet=quiet, as_json=as_json) as terminal:
        opened = Study(study.resolve())
        try:
            variant = opened.made(recipe)
            file = write_card(opened, variant, out.absolute(), licence)
            terminal.say(f"{file} has it. Add what only you know: purpose, harms, origin of data.")
            if as_json:
                terminal.document({"file": str(file), "recipe": variant.recipe})
        finally:
            opened.close()
    return ExitCode.ALL_WELL
