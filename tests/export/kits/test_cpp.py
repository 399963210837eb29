"""tests of export/kits/: the C++ kit compiles, links to LiteRT, and says what the study says."""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from optimizer.data.dataset import Dataset
from optimizer.store.prediction_files import read_predictions
from optimizer.store.study import Study
from tests.export.kits.unpacked import HOSTILE, Unpack

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="there is no g++")


MAKE = shutil.which("make") or "make"


def litert() -> Path:
    """The folder of libLiteRt.so."""
    spec = find_spec("ai_edge_litert")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def build(folder: Path) -> None:
    """As its page says, but without optimization, which takes longer than it saves."""
    done = subprocess.run(
        [MAKE, f"LITERT={litert()}", "CXXFLAGS=-O0 -Wall -Wextra -Werror"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(unpack: Unpack) -> Path:
    """The kit of int8, built."""
    folder = unpack("int8", "cpp")
    build(folder)
    return folder


def test_its_vectors_hold(built: Path) -> None:
    done = subprocess.run(
        ["./test_vectors"], cwd=built, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("off by 0\n") == 3
    assert "All vectors are as expected." in done.stdout


def test_it_says_what_the_study_says_of_a_raw_sample(
    built: Path, study: Study, tmp_path: Path
) -> None:
    record, variant = study.index.dataset, study.variant("int8")
    assert record is not None
    assert variant is not None
    dataset = Dataset(study.data_folder, record)
    expected = read_predictions(study.folder / variant.predictions).classes
    assert expected is not None
    place = int(np.flatnonzero(expected == 1)[0])
    file = tmp_path / "raw.bin"
    file.write_bytes(dataset.x[dataset.roles.evaluation[place : place + 1]].tobytes())
    done = subprocess.run(["./predict", file], cwd=built, capture_output=True, check=True)
    assert f": {HOSTILE[1]} (" in done.stdout.decode()


def test_another_file_than_it_was_made_for_is_refused(
    built: Path, unpack: Unpack, tmp_path: Path
) -> None:
    other = shutil.copytree(built, tmp_path / "other")
    shutil.copyfile(unpack("float32", "python") / "labels.txt", other / "model.tflite")
    done = subprocess.run(
        ["./test_vectors"], cwd=other, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Opening the file failed with status" in done.stderr
