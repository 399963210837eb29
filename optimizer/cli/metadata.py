"""cli/: liteweigh metadata."""

from pathlib import Path
from typing import Annotated

import typer

from optimizer.cli.exit_code import ExitCode
from optimizer.cli.options import Quiet
from optimizer.cli.terminal import Terminal
from optimizer.export.metadata import Texts
from optimizer.face import reopen


def _text(flag: str, about: str) -> object:
    return typer.Option(flag, help=about, show_default=False)


def metadata(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")],
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="Of the file.")],
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The .tflite to write.")],
    description: Annotated[str, _text("--description", "What the model does.")] = "",
    licence: Annotated[str, _text("--license", "Of the model.")] = "",
    author: Annotated[str, _text("--author", "Of the model.")] = "",
    version: Annotated[str, _text("--model-version", "Of the model.")] = "",
    quiet: Quiet = False,
) -> ExitCode:
    """Write a copy of a .tflite that says how to feed and read it, for readers as MediaPipe's."""
    with Terminal(quiet=quiet, as_json=False) as terminal, reopen(study) as opened:
        texts = Texts(description, licence, author, version)
        file = opened.metadata(recipe, out, texts)
        terminal.say(f"{file} has names, scaling and labels in it; it computes the same as before.")
    return ExitCode.ALL_WELL
