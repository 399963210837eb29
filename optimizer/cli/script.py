"""cli/: liteweigh script."""

from pathlib import Path
from typing import Annotated

import typer

from optimizer.cli.exit_code import ExitCode
from optimizer.cli.options import AsJson, Quiet
from optimizer.cli.terminal import Terminal
from optimizer.export.script.write import script_name, write_script
from optimizer.store.study import Study


def script(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")],
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="Of the file.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="A .py, or an .ipynb for a notebook."),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """A Python file that makes the same .tflite again, without Liteweigh."""
    with Terminal(quiet=quiet, as_json=as_json) as terminal:
        opened = Study(study.resolve())
        try:
            variant = opened.made(recipe)
            file = out or Path(script_name(opened.index, variant))
            written = write_script(opened, variant, file.absolute())
            for path in written:
                terminal.say(f"{path} has it." if path == written[0] else f"{path} belongs to it.")
            if as_json:
                terminal.document(
                    {"files": [str(path) for path in written], "recipe": variant.recipe}
                )
        finally:
            opened.close()
    return ExitCode.ALL_WELL
