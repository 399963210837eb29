"""cli/: liteweigh kit."""

from pathlib import Path
from typing import Annotated

import typer

from optimizer.cli.exit_code import ExitCode
from optimizer.cli.options import AsJson, Quiet
from optimizer.cli.terminal import Terminal
from optimizer.export.kits import KITS
from optimizer.export.kits.write import kit_name, write_kit
from optimizer.face import reopen

TARGETS = ", ".join(KITS)


def kit(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")],
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="Of the file that leaves.")],
    *,
    target: Annotated[
        str, typer.Option("--for", metavar="TARGET", help=f"Where it runs: {TARGETS}.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The zip; without it, a name that says all."),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """A zip that builds as it is: the file, code that feeds and reads it, and test vectors."""
    kind = KITS[target]
    with Terminal(quiet=quiet, as_json=as_json) as terminal, reopen(study) as opened:
        variant = opened[recipe]
        gathering = opened.scheduler.gather_kit(opened.study, variant, in_micro=kind.in_micro)
        gathered = terminal.wait_for("kit", gathering)
        file = (out or Path(kit_name(opened.study.index, variant, target))).absolute()
        write_kit(opened.study, variant, gathered, target, file)
        terminal.say(f"{file} has it. {kind.checked}")
        for line in kind.run:
            terminal.say(f"  {line}")
        if as_json:
            terminal.document({"target": target, "recipe": variant.recipe, "file": str(file)})
    return ExitCode.ALL_WELL
