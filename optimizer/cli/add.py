"""cli/: liteweigh add."""

from pathlib import Path
from typing import Annotated

import typer

from optimizer.cli.exit_code import ExitCode
from optimizer.cli.options import AsJson, Quiet
from optimizer.cli.run import make_and_tell
from optimizer.cli.terminal import Terminal
from optimizer.face import existing, reopen


def add(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A finished .tflite.")],
    *,
    name: Annotated[
        str, typer.Option("--name", help="What to call it; else as the file is called.")
    ] = "",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """Measure a finished .tflite, made elsewhere, as one more variant of a study."""
    path = existing(file)
    with Terminal(quiet=quiet, as_json=as_json) as terminal, reopen(study) as opened:
        recipe, jobs = opened.scheduler.add_file(opened.study, path, name or path.stem)
        well = make_and_tell(opened, [recipe], set(jobs), opened.study.index.limits, terminal)
    return ExitCode.ALL_WELL if well else ExitCode.SOME_FAILED
