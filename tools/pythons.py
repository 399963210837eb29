"""tools/: the README's commands on every Python that this machine has: python -m tools.pythons.

For each of 3.10 to 3.13 the checkout is copied into a fresh folder, set up there with `make setup`,
and tested with `make test`; at the end there is a table. Nothing is downloaded but what the
requirements ask for, unless --install says so. It imports nothing but the standard library.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).parents[1]
VERSIONS = ("3.10", "3.11", "3.12", "3.13")
ASK = "import json, sys; print(json.dumps([sys.version_info[:3], sys.prefix == sys.base_prefix]))"
TOLD = re.compile(r"^(?:=+ )?(\d+ (?:passed|failed|error).*?)(?: =+)?$", re.MULTILINE)
LONGEST = 4 * 3600  # seconds, after which a command is given up

IMPORTS = "import optimizer, dashboard, pages; from optimizer.techniques.registry import TECHNIQUES"
SMOKE_TESTS = ("tests/test_recipes.py", "tests/test_settings.py", "tests/canaries", "tests/docs",
               "tests/export", "tests/choose", "tests/store")  # fmt: skip
# What would lead from the fresh folder back to where this runs, or to the user's own studies.
LEFT_OUT = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PYENV_VERSION", "MAKEFLAGS", "MAKELEVEL")


@dataclass(frozen=True)
class Interpreter:
    """A Python that can run Liteweigh.

    Attributes:
        path: Its executable.
        version: Such as (3, 12, 1).
    """

    path: Path
    version: tuple[int, ...]

    @property
    def minor(self) -> str:
        """Such as "3.12"."""
        return ".".join(map(str, self.version[:2]))


@dataclass(frozen=True)
class Step:
    """A command that was run.

    Attributes:
        name: For people.
        well: Whether it ended well.
        seconds: What it took.
    """

    name: str
    well: bool
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What a Python made of the commands.

    Attributes:
        python: Its version.
        steps: The commands up to the first that failed; none where this machine has no such Python.
        told: pytest's last lines; empty where it did not come that far.
    """

    python: str
    steps: tuple[Step, ...] = ()
    told: str = ""

    @property
    def result(self) -> str:
        """In a word or two."""
        if not self.steps:
            return "not here"
        return "passed" if all(step.well for step in self.steps) else "**failed**"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if every Python that is here passes, 1 if one fails, 2 if there is none."""
    options = _parser().parse_args(arguments)
    wanted = options.only or VERSIONS
    if options.install:
        subprocess.run(["uv", "python", "install", *wanted], check=True)  # noqa: S607 (on the PATH)
    found = find_interpreters()
    if options.list:
        for minor in VERSIONS:
            print(minor, found[minor].path if minor in found else "is not on this machine")
        return 0
    if not set(wanted) & set(found):
        print(f"This machine has none of Python {', '.join(wanted)}.", file=sys.stderr)
        return 2
    folder = (options.folder or Path(tempfile.mkdtemp(prefix="liteweigh-pythons-"))).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    outcomes = []
    for minor in sorted(wanted, key=VERSIONS.index):
        if minor in found:
            outcomes.append(_run_all(found[minor], folder, smoke=options.smoke, keep=options.keep))
        else:
            outcomes.append(Outcome(minor))
        print(table(outcomes[-1:]).splitlines()[-1], flush=True)
    print(f"\n{table(outcomes)}")
    return 1 if any("failed" in outcome.result for outcome in outcomes) else 0


def find_interpreters() -> dict[str, Interpreter]:
    """For each version that this machine has the newest interpreter."""
    best: dict[str, Interpreter] = {}
    for path in _candidates():
        interpreter = _asked(path)
        if interpreter and interpreter.minor in VERSIONS:
            known = best.get(interpreter.minor, interpreter)
            best[interpreter.minor] = max(known, interpreter, key=lambda each: each.version)
    return best


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes in Markdown."""
    lines = ["| Python | result | commands | tests |", "|---|---|---|---|"]
    for outcome in outcomes:
        commands = ", ".join(
            f"{step.name} {step.seconds / 60:.1f} min{'' if step.well else ' (failed)'}"
            for step in outcome.steps
        )
        lines.append(f"| {outcome.python} | {outcome.result} | {commands} | {outcome.told} |")
    return "\n".join(lines)


def summary(output: str) -> str:
    """How many tests passed and failed, in pytest's own words, for each time that it ran."""
    return "; ".join(TOLD.findall(output))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.pythons",
        description="Sets up and tests a fresh copy of this checkout with every Python.",
    )
    add = parser.add_argument
    add("--smoke", action="store_true", help="imports, a recipe on the sample, the fastest tests")
    add("--only", action="append", choices=VERSIONS, help="may be given several times")
    add("--folder", type=Path, help="where copies and logs go; by default a temporary one")
    add("--keep", action="store_true", help="keep the copies, 4 GB each")
    add("--list", action="store_true", help="only say which versions there are")
    add("--install", action="store_true", help="first download the versions with uv")
    return parser


def _candidates() -> Iterator[Path]:
    """Where interpreters may be: pyenv's, those on the PATH, those that uv has installed."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob("versions/3.*/bin/python"))
    for name in (*(f"python{minor}" for minor in VERSIONS), "python3", "python"):
        if path := shutil.which(name):
            yield Path(path)
    if uv := shutil.which("uv"):
        command = [uv, "python", "list", "--only-installed", "--output-format", "json"]
        listed = subprocess.run(command, capture_output=True, check=False)
        if listed.returncode == 0:
            yield from (Path(each["path"]) for each in json.loads(listed.stdout))


def _asked(path: Path) -> Interpreter | None:
    """Asks an interpreter who it is; None if it does not run or is a virtual environment's."""
    try:
        told = subprocess.run(
            [str(path), "-c", ASK], capture_output=True, timeout=60, check=True, env=_environment()
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version, own = json.loads(told)
    return Interpreter(path, tuple(version)) if own else None


def _run_all(python: Interpreter, folder: Path, *, smoke: bool, keep: bool) -> Outcome:
    """Copies the checkout, and runs one command after the other until one fails."""
    copy, log = folder / f"liteweigh-{python.minor}", folder / f"{python.minor}.log"
    print(f"Python {python.minor}: {python.path}, log in {log}", flush=True)
    _copy(copy)
    log.write_bytes(b"")
    environment = {**_environment(), "LITEWEIGH_HOME": str(copy / "home")}
    steps: list[Step] = []
    for name, command in _commands(python, smoke=smoke):
        began = time.monotonic()
        with log.open("ab") as output:
            output.write(f"\n$ {' '.join(command)}\n".encode())
            output.flush()
            well = _ends_well(command, copy, environment, output)
        steps.append(Step(name, well, time.monotonic() - began))
        if not well:
            break
    if not keep:
        shutil.rmtree(copy)
    version = ".".join(map(str, python.version))
    return Outcome(version, tuple(steps), summary(log.read_text(errors="replace")))


def _commands(python: Interpreter, *, smoke: bool) -> list[tuple[str, list[str]]]:
    setup = ("make setup", ["make", "setup", f"PYTHON={python.path}"])
    if not smoke:
        return [setup, ("make test", ["make", "test", f"PYTHON={python.path}"])]
    own = ".venv/bin/python"
    run = [own, "-m", "optimizer", "run", "--recipe", "int8", "--out", "home/study"]
    return [
        setup,
        ("imports", [own, "-W", "ignore", "-c", IMPORTS]),
        ("sample", run),
        ("tests", [own, "-m", "pytest", "-q", "-m", "not slow", *SMOKE_TESTS]),
    ]


def _ends_well(
    command: list[str], folder: Path, environment: dict[str, str], output: BinaryIO
) -> bool:
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, timeout=LONGEST, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _copy(target: Path) -> None:
    """What git knows and what it would take, as it lies here now; an older copy goes."""
    shutil.rmtree(target, ignore_errors=True)
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():  # not what was deleted and not yet committed
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    # A repository too: a test asks which files belong to it.
    subprocess.run(["git", "init", "--quiet"], cwd=target, check=True)  # noqa: S607


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in LEFT_OUT}


if __name__ == "__main__":
    sys.exit(main())
