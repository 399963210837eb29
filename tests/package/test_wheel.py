"""tests of the package: what is in a wheel, and that nothing in it is called as in a checkout."""

import ast
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from setuptools.errors import SetupError

from setup import renamed
from tests.package.conftest import ROOT, build

ROOMS = {"optimizer": "liteweigh", "dashboard": "liteweigh/dashboard", "pages": "liteweigh/pages"}
LARGEST = 8_000_000  # bytes; 5.5 MB of it are the sample


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as file:
        return set(file.namelist())


def kept_files() -> set[str]:
    """Every file of the rooms that the repository keeps."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard", *ROOMS],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    return {name for name in listed if name and (ROOT / name).exists()}


def test_a_wheel_puts_one_package_into_the_environment(wheel: Path) -> None:
    assert {name.partition("/")[0] for name in names(wheel)} == {
        "liteweigh", "liteweigh-0.1.0.dist-info",
    }  # fmt: skip


def test_every_file_of_the_rooms_is_in_the_wheel(wheel: Path) -> None:
    expected = {
        "/".join((ROOMS[name.partition("/")[0]], name.partition("/")[2])) for name in kept_files()
    }
    assert len(expected) > 200
    assert expected - names(wheel) == set()


def test_the_servers_folder_holds_nothing_that_could_be_imported_by_accident(wheel: Path) -> None:
    server = {name for name in names(wheel) if name.startswith("liteweigh/server/")}
    assert server == {"liteweigh/server/app.py", "liteweigh/server/.streamlit/config.toml"}


def test_no_module_of_the_wheel_names_one_of_the_checkout(wheel: Path) -> None:
    found = []
    with zipfile.ZipFile(wheel) as file:
        for name in file.namelist():
            if name.endswith(".py"):
                tree = ast.parse(file.read(name))
                found += [f"{name}: {one}" for one in _named(tree) if one.split(".")[0] in ROOMS]
    assert found == []


def _named(tree: ast.Module) -> list[str]:
    """What a module imports, and every string that could be the name of a module."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            module, dot, _ = node.value.partition(".")
            found += [node.value] if dot and module in ROOMS else []
    return found


def test_a_wheel_stays_small(wheel: Path) -> None:
    assert wheel.stat().st_size < LARGEST


@pytest.mark.slow
def test_a_source_distribution_builds_the_same_wheel(
    checkout: Path, wheel: Path, tmp_path: Path
) -> None:
    source = build("sdist", checkout, tmp_path / "source")
    with tarfile.open(source) as file:
        file.extractall(tmp_path, filter="data")
    [unpacked] = [path for path in tmp_path.iterdir() if path.name.startswith("liteweigh")]
    again = build("wheel", unpacked, tmp_path / "again")
    assert names(again) == names(wheel)
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        for name in names(wheel) - {"liteweigh-0.1.0.dist-info/RECORD"}:
            assert one.read(name) == other.read(name), name


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("import optimizer.recipes", "write “from … import …” for optimizer.recipes"),
        ("from tests import sine", "imports tests, which is not in the package"),
        ("FILE = 'optimizer/py.typed'", "derive “optimizer/py.typed” from __file__"),
        ("NAME = f'optimizer.{1}'", "derive “optimizer.” from __file__ or __package__"),
        ("NAME = 'optimizer.' 'recipes'", "line 1: write “optimizer.recipes” in one piece"),
    ],
    ids=["dotted import", "import of a test", "path", "half a name", "two pieces"],
)
def test_what_would_break_when_installed_is_refused(
    monkeypatch: pytest.MonkeyPatch, line: str, told: str
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SetupError, match=re.escape(told)):
        renamed(f"{line}\n", "broken.py")


def test_what_is_refused_fails_the_build(checkout: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(checkout, broken, ignore=shutil.ignore_patterns("build", "dist"))
    (broken / "pages" / "broken.py").write_text("from tests import sine\n")
    with pytest.raises(AssertionError, match="imports tests, which is not in the package"):
        build("wheel", broken, tmp_path / "out")


@pytest.mark.parametrize(
    ("line", "installed"),
    [
        ("import optimizer", "import liteweigh as optimizer"),
        ("import json, optimizer.errors as e", "import json, liteweigh.errors as e"),
        (
            "import pages, dashboard as d",
            "import liteweigh.pages as pages, liteweigh.dashboard as d",
        ),
        ("from optimizer import errors", "from liteweigh import errors"),
        ("from dashboard.x import optimizer", "from liteweigh.dashboard.x import optimizer"),
        ("import optimizers", "import optimizers"),
        ("from . import optimizer", "from . import optimizer"),
        ("RUN = 'optimizer.recipes:parse'", "RUN = 'liteweigh.recipes:parse'"),
        ("KEY = 'pages.study'", "KEY = 'pages.study'"),
    ],
)
def test_names_are_changed_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, line: str, installed: str
) -> None:
    monkeypatch.chdir(ROOT)
    assert renamed(f"µ = 'optimizer'; {line}  # optimizer\n", "fine.py") == (
        f"µ = 'optimizer'; {installed}  # optimizer\n"
    )
