"""tests of export/: TFLite metadata are read back by Netron's own reader, and by a zip's."""

import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from optimizer.data.dataset import DatasetRecord
from optimizer.store.study import Study
from tests.export.kits.unpacked import HOSTILE
from tests.store.golden import copy_of
from tests.terminal import Terminal

HERE = Path(__file__).parent
NODE = shutil.which("node")
MEDIAPIPE = "mediapipe==1.2.3"
TEXTS = ("--description", "links oder rechts — 数", "--license", "CC-BY-4.0", "--author", "A & B")


@pytest.fixture
def described(terminal: Terminal, tmp_path: Path) -> Path:
    """The int8 file of the golden study, with metadata and hostile names of classes."""
    folder = copy_of(1, tmp_path)
    study = Study(folder)
    study.name_classes(HOSTILE)
    assert study.index.dataset is not None
    scaled = replace(study.index.dataset, scaling="tf")
    study.update(lambda index: index.model_copy(update={"dataset": scaled}))
    study.close()
    file = tmp_path / "described.tflite"
    said = terminal("metadata", folder, "int8", "--out", file, *TEXTS)
    assert said.returncode == 0, said.stderr
    return file


def read_by_netron(file: Path) -> Any:
    """The metadata, by Netron's JavaScript."""
    spec = find_spec("netron")
    assert spec is not None
    assert spec.origin is not None
    assert NODE is not None
    done = subprocess.run(
        [NODE, HERE / "netron_metadata.mjs", Path(spec.origin).parent, file],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def record(file: Path) -> DatasetRecord:
    study = Study(file.parent / "schema-1")
    study.close()
    assert study.index.dataset is not None
    return study.index.dataset


@pytest.mark.skipif(NODE is None, reason="there is no node")
def test_netron_reads_names_scaling_labels_and_texts(described: Path) -> None:
    found = read_by_netron(described)
    assert (found["description"], found["license"], found["author"]) == TEXTS[1::2]
    [graph] = found["subgraph_metadata"]
    [given], [taken] = graph["output_tensor_metadata"], graph["input_tensor_metadata"]
    assert taken["name"] == record(described).inputs[0].name
    scaling = taken["process_units"][0]["options"]
    # x / 127.5 − 1 = (x − 127.5) / 127.5
    assert (scaling["mean"], scaling["std"]) == ([127.5], [127.5])
    assert taken["stats"] == {"max": [record(described).high], "min": [record(described).low]}
    assert taken["content"]["content_properties"]["color_space"] == 2  # GRAYSCALE
    [labels] = given["associated_files"]
    assert (labels["name"], labels["type"]) == ("labels.txt", 2)  # TENSOR_AXIS_LABELS


def test_labels_lie_in_the_zip_behind_the_file_a_line_for_each(described: Path) -> None:
    with zipfile.ZipFile(described) as archive:
        assert archive.testzip() is None
        lines = archive.read("labels.txt").decode().splitlines()
    assert lines == [" ".join(name.split()) for name in HOSTILE]


def test_metadata_of_metadata_replace_them(
    described: Path, terminal: Terminal, tmp_path: Path
) -> None:
    again = tmp_path / "again.tflite"
    said = terminal("metadata", tmp_path / "schema-1", "int8", "--out", again, *TEXTS)
    assert said.returncode == 0
    assert again.read_bytes() == described.read_bytes()


@pytest.mark.slow
def test_mediapipe_reads_names_scaling_and_labels(described: Path, tmp_path: Path) -> None:
    """It lives in an environment of its own: it wants another absl."""
    python, uv = tmp_path / "env" / "bin" / "python", Path(sys.executable).with_name("uv")
    install = ["pip", "install", "-p", str(python), MEDIAPIPE]
    for command in (["venv", str(tmp_path / "env")], install):
        made = subprocess.run([uv, *command], capture_output=True, check=False)
        if made.returncode:
            pytest.skip("mediapipe cannot be installed")
    done = subprocess.run(
        [python, HERE / "mediapipe_metadata.py", described],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == {
        "licence": TEXTS[3],
        "input": record(described).inputs[0].name,
        "mean": [127.5],
        "std": [127.5],
        "files": ["labels.txt"],
        "labels": "".join(f"{' '.join(name.split())}\n" for name in HOSTILE),
    }
