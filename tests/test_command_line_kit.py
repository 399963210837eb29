"""tests of the command line: liteweigh kit."""

import zipfile
from pathlib import Path

import pytest

from tests.store.golden import copy_of
from tests.terminal import Terminal


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A finished study."""
    return copy_of(1, tmp_path)


def test_a_kit_is_written_where_it_is_wanted(study: Path, terminal: Terminal) -> None:
    file = study.parent / "kit.zip"
    said = terminal("kit", study, "int8", "--for", "python", "--out", file)
    assert said.returncode == 0, said.stderr
    assert "python test_vectors.py" in said.stdout
    with zipfile.ZipFile(file) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
    assert {"README.md", "model.tflite", "predict.py", "vectors/2-input-0.bin"} <= names


def test_an_unknown_target_lists_those_that_there_are(study: Path, terminal: Terminal) -> None:
    said = terminal("kit", study, "int8", "--for", "toaster")
    assert said.returncode == 2
    assert "There is no kit for “toaster”. Available are: python, cpp" in said.stderr


def test_a_variant_that_was_not_run_is_none(study: Path, terminal: Terminal) -> None:
    said = terminal("kit", study, "float16", "--for", "python")
    assert said.returncode == 2
    assert "There is no variant “float16”" in said.stderr
