"""tests of the package: what is built of a checkout, and an environment where it is installed."""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT_FROM = ("optimizer", "dashboard", "pages", ".streamlit", "docs", "app.py", "setup.py",
              "pyproject.toml", "MANIFEST.in", "LICENSE", "README.md", "Makefile",
              "requirements.txt", "requirements-dev.txt")  # fmt: skip
# What pip calls, without a network: setuptools comes from this environment.
HOOKS = (
    "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"
)


@dataclass(frozen=True)
class Installed:
    """An environment with the package, and a folder far from the checkout."""

    environment: Path
    elsewhere: Path

    @property
    def site_packages(self) -> Path:
        return next(self.environment.glob("lib/python*/site-packages"))

    def run(
        self, program: str, *arguments: object, cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs one of the environment's programs; it must not see this checkout."""
        return subprocess.run(
            [str(self.environment / "bin" / program), *map(str, arguments)],
            cwd=cwd or self.elsewhere, env={**self.variables, **variables},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    @property
    def variables(self) -> dict[str, str]:
        own = {
            "LITEWEIGH_HOME": str(self.elsewhere / "home"), "LITEWEIGH_WORKERS": "1",
            "LITEWEIGH_LATENCY_SECONDS": "0.05", "TMPDIR": str(self.elsewhere),
        }  # fmt: skip
        return {**{n: v for n, v in os.environ.items() if n != "PYTHONPATH"}, **own}


def build(kind: str, checkout: Path, out: Path) -> Path:
    """Builds a "wheel" or an "sdist" of a checkout, as pip does."""
    out.mkdir(exist_ok=True)
    built = subprocess.run(
        [sys.executable, "-c", HOOKS, f"build_{kind}", str(out)],
        cwd=checkout, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    [file] = out.iterdir()
    return file


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, for building leaves files behind."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in BUILT_FROM:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, copy / name)
    return copy


@pytest.fixture(scope="session")
def wheel(checkout: Path) -> Path:
    return build("wheel", checkout, checkout / "dist")


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in a fresh environment that sees what this one has: no network is needed."""
    place = tmp_path_factory.mktemp("installed")
    environment, elsewhere = place / "environment", place / "elsewhere"
    elsewhere.mkdir()
    commands = [
        [sys.executable, "-m", "venv", "--without-pip", str(environment)],
        [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"), "install",
         "--quiet", "--no-deps", "--no-index", str(wheel)],
    ]  # fmt: skip
    for command in commands:
        subprocess.run(command, check=True, capture_output=True)
    there = Installed(environment, elsewhere)
    # With what their own .pth files do: from Python 3.12 on `distutils` comes from such a one.
    theirs = sysconfig.get_path("purelib")
    (there.site_packages / "dependencies.pth").write_text(
        f"import site; site.addsitedir({theirs!r})"
    )
    return there
