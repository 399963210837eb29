"""cli/: the command line: from arguments to a verb, and from what it raises to an exit code."""

import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from optimizer import __version__, logs
from optimizer.cli.add import add
from optimizer.cli.app import app
from optimizer.cli.asked_to_end import asked_to_end
from optimizer.cli.card import card
from optimizer.cli.choose import choose
from optimizer.cli.compare import compare
from optimizer.cli.device import DEVICE
from optimizer.cli.exit_code import ExitCode
from optimizer.cli.inspect import inspect
from optimizer.cli.kit import kit
from optimizer.cli.metadata import metadata
from optimizer.cli.report import report
from optimizer.cli.run import run
from optimizer.cli.script import script
from optimizer.cli.search import search
from optimizer.cli.sensitivity import sensitivity
from optimizer.cli.studies import STUDIES
from optimizer.cli.techniques import techniques
from optimizer.cli.undecided import lines
from optimizer.errors import LiteweighError, UndecidedError
from optimizer.files import refusal

PACKAGE = __name__.partition(".")[0]
PROGRAM = "python -m optimizer" if PACKAGE == "optimizer" else PACKAGE

COMMANDS = typer.Typer(add_completion=False, help="Weigh every optimization of a Keras model.")
for verb in (
    inspect,
    run,
    add,
    sensitivity,
    search,
    choose,
    compare,
    report,
    card,
    kit,
    metadata,
    script,
    techniques,
    app,
):
    COMMANDS.command()(verb)
COMMANDS.add_typer(STUDIES, name="studies")
COMMANDS.add_typer(DEVICE, name="device")


def _print_version(asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


@COMMANDS.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code, see `ExitCode`."""
    try:
        logs.set_up()
        with asked_to_end():
            return int(COMMANDS(arguments, prog_name=PROGRAM, standalone_mode=False))
    except UndecidedError as error:
        problem = "\n".join([str(error), *lines(error)])
    except LiteweighError as error:
        problem = str(error)
    except typer.TyperException as error:  # the arguments themselves are wrong
        problem = f"{error.format_message().rstrip('.')}. See {PROGRAM} --help."
    except OSError as error:  # a full disk, say
        logging.getLogger(__name__).debug("The disk refused", exc_info=error)
        problem = refusal.in_words(error)
    print(f"error: {problem}", file=sys.stderr)
    return ExitCode.BAD_INPUT
