"""tests of launch: a process of ours imports what it is meant to, wherever it stands."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from optimizer import launch

ROOT = Path(__file__).parents[1]
NAMES = ("inspect", "json", "numpy", "pydantic", "optimizer", "profile")


@pytest.mark.parametrize("path", [None, "", ":/nowhere"], ids=repr)
def test_no_module_comes_from_the_current_folder(tmp_path: Path, path: str | None) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text("print('a stranger')")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if path is not None:
        environment["PYTHONPATH"] = path
    done = subprocess.run(
        launch.command("tests.launched", "-m", "a b"), cwd=tmp_path, env=environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert not [file for file in found["files"] if Path(file).is_relative_to(tmp_path)]
    assert found["files"][-1] == str(ROOT / "optimizer" / "__init__.py")
    assert found["arguments"] == ["-m", "a b"]


def test_it_finds_itself_where_its_folder_cannot_be_listed(tmp_path: Path) -> None:
    """As in a worker whose program lies in the folder that the studies lie in too."""
    (tmp_path / "sitecustomize.py").write_text(
        "from importlib import machinery\n"
        "whole = machinery.FileFinder._fill_cache\n"
        "def blind(self):\n"
        "    whole(self)\n"
        f"    if self.path == {str(ROOT)!r}: self._path_cache = set()\n"
        "machinery.FileFinder._fill_cache = blind\n"
    )
    done = subprocess.run(
        launch.command("optimizer.words"), env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
