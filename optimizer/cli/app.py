"""cli/: liteweigh app."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from optimizer import settings
from optimizer.cli.exit_code import ExitCode

HERE = Path(__file__)
# Where it is installed, and in a checkout.
PLACES = (HERE.parents[1] / "server" / "app.py", HERE.parents[2] / "app.py")
HIGHEST_PORT = 65535
# `python -m streamlit`, but what lies in the current folder is not imported. A process of its own,
# for the engine knows no page.
STREAMLIT = """
import sys
sys.path = [place for place in sys.path if place]
from streamlit.web.cli import main
main(prog_name="streamlit")
"""


def app(
    *,
    port: Annotated[
        int, typer.Option(min=1, max=HIGHEST_PORT, help="The next that is free, if it is taken.")
    ] = 8501,
) -> ExitCode:
    """The dashboard, in a browser, for users of this machine alone."""
    settings.from_environment()  # what is wrong with them is said before anything starts
    server = next(place for place in PLACES if place.exists())
    sys.stdout.flush()
    command = ["-c", STREAMLIT, "run", str(server), "--server.port", str(port)]
    os.execv(sys.executable, [sys.executable, *command])  # noqa: S606 (no shell is wanted)
