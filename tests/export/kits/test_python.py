"""tests of export/kits/: the Python kit says what the study says, without Liteweigh."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.data.dataset import Dataset
from optimizer.store.prediction_files import read_predictions
from optimizer.store.study import Study
from tests.export.kits.unpacked import HOSTILE, Unpack

ASK = """
import sys
import numpy as np
from predict import Model

model = Model()
for raw in np.load(sys.argv[1]):
    [answer] = model.predict(raw)
    print(ascii([int(answer.classes[0]), answer.label, answer.score]))
"""
ALLOWED = {*sys.stdlib_module_names, "numpy", "ai_edge_litert", "PIL", "predict"}


def run(folder: Path, *arguments: object) -> str:
    """Python in a kit's folder, which finds nothing of ours."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_vectors_hold(unpack: Unpack) -> None:
    told = run(unpack("int8", "python"), "test_vectors.py")
    assert told.count("off by 0\n") == 3
    assert "All vectors are as expected." in told


def test_a_wrong_output_is_found(unpack: Unpack) -> None:
    folder = unpack("float32", "python")
    file = folder / "vectors" / "1-output-0.bin"
    file.write_bytes((np.fromfile(file, "<f4") + 0.1).astype("<f4").tobytes())
    done = subprocess.run(
        [sys.executable, "test_vectors.py"], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 1


def test_it_says_what_the_study_says_of_raw_samples(
    unpack: Unpack, study: Study, tmp_path: Path
) -> None:
    record, variant = study.index.dataset, study.variant("int8")
    assert record is not None
    assert variant is not None
    dataset = Dataset(study.data_folder, record)
    np.save(tmp_path / "raw.npy", dataset.x[dataset.roles.evaluation[:12]])
    told = run(unpack("int8", "python"), "-c", ASK, tmp_path / "raw.npy").splitlines()
    answers = [ast.literal_eval(line) for line in told]
    expected = read_predictions(study.folder / variant.predictions).classes
    assert expected is not None
    assert [answer[0] for answer in answers] == expected[:12].tolist()
    assert [answer[1] for answer in answers] == [HOSTILE[at] for at in expected[:12]]
    assert len(set(expected[:12].tolist())) == 2


def test_it_needs_nothing_but_what_it_says(unpack: Unpack) -> None:
    folder = unpack("int8", "python")
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert {name.partition(".")[0] for name in names} <= ALLOWED
    assert "ai-edge-litert" in (folder / "requirements.txt").read_text()


def test_the_file_is_the_measured_one_and_the_page_names_what_goes_in_and_out(
    unpack: Unpack, study: Study
) -> None:
    folder, variant = unpack("int8", "python"), study.variant("int8")
    assert variant is not None
    assert (folder / "model.tflite").read_bytes() == (study.folder / variant.file).read_bytes()
    page = (folder / "README.md").read_text("utf-8")
    assert variant.sha256 in page
    assert "raw values of uint8 from" in page
    assert study.index.dataset is not None
    assert study.index.dataset.meaning() in page
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page
    document: dict[str, Any] = json.loads((folder / "model.json").read_text("utf-8"))
    assert document["readings"][0]["labels"] == list(HOSTILE)
