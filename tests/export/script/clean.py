"""tests of export/script/: scripts run where there is no Liteweigh."""

import ast
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.waiting import PATIENCE


def environment(place: Path) -> Path:
    """Makes a Python in an environment of its own, with the libraries that a script asks for."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(place)], check=True, capture_output=True
    )
    python = place / "bin" / "python"
    [site_packages] = place.glob("lib/python*/site-packages")
    theirs = sysconfig.get_path("purelib")  # the same versions, without a network
    # No site.addsitedir: a file there may lead to a checkout of Liteweigh.
    (site_packages / "libraries.pth").write_text(f"{theirs}\n")
    looked = subprocess.run(
        [python, "-I", "-c", "import optimizer"], check=False, capture_output=True
    )
    assert b"ModuleNotFoundError" in looked.stderr
    return python


def ran(python: Path, folder: Path, *arguments: object) -> str:
    """Runs a script in a folder; what it said."""
    done = subprocess.run(
        [python, "-I", *map(str, arguments)], cwd=folder, capture_output=True, text=True,
        timeout=4 * PATIENCE, check=False,  # it imports TensorFlow, and may train
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def engine_of(script: str) -> list[str]:
    """What a script imports of the engine."""
    imports = [n for n in ast.walk(ast.parse(script)) if isinstance(n, ast.Import | ast.ImportFrom)]
    names = [
        name
        for node in imports
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else
                     [alias.name for alias in node.names])
    ]  # fmt: skip
    return [str(name) for name in names if str(name).partition(".")[0] == "optimizer"]
