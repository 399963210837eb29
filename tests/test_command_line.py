"""tests of python -m optimizer: the engine from a terminal."""

import hashlib
import json
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer import sample
from optimizer.choose.choice import choose
from optimizer.cli.main import main
from optimizer.store.limits import Limits
from optimizer.store.schema import SCHEMA
from optimizer.store.study import INDEX, Study, read_index
from optimizer.techniques.registry import TECHNIQUES
from tests import sine, tutorial
from tests.conftest import CLASSES, SIDE
from tests.results_schema import check_schema
from tests.terminal import Terminal

ROOT = Path(__file__).parent.parent
GONE = Path("gone.keras").resolve()
RECIPES = ("float16", "int8")


def on_the_sample(folder: Path) -> tuple[object, ...]:
    """The arguments of a run on the embedded sample."""
    recipes = [part for recipe in RECIPES for part in ("--recipe", recipe)]
    return ("run", *recipes, "--out", folder / "my study")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run on the embedded sample, by `python -m optimizer`, as a user runs it."""
    folder = tmp_path_factory.mktemp("sample")
    settings = {"LITEWEIGH_WORKERS": "1", "LITEWEIGH_LATENCY_SECONDS": "0.2"}
    ran = subprocess.run(
        [sys.executable, "-m", "optimizer", *map(str, on_the_sample(folder))],
        cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    lines = [line.split()[0] for line in ran.stdout.splitlines()]
    assert [line for line in lines if line in TECHNIQUES] == ["float32", *RECIPES]
    with closing(Study(folder / "my study")) as made:
        offered = choose(made, Limits()).recipe
    assert f"choice: {offered}: " in ran.stdout
    return folder / "my study"


@pytest.fixture(scope="module")
def results(study: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((study / "results.json").read_text())
    return content


def test_results_json_has_the_schema_that_is_documented(results: dict[str, Any]) -> None:
    check_schema(results)
    assert [made["recipe"] for made in results["variants"]] == ["float32", *RECIPES]
    assert {made["status"] for made in results["variants"]} == {"done"}
    assert results["model"]["name"] == "fashion_mnist"
    assert results["dataset"]["evaluation"] == 5000


def test_every_measure_of_the_sample_was_taken(results: dict[str, Any]) -> None:
    may_be_null = {"error", "microcontrollers", "packed"}  # of what nobody asked for
    for made in results["variants"]:
        missing = {key for key, value in made.items() if value is None} - may_be_null
        assert missing <= ({"difference"} if made["recipe"] == "float32" else set())
        assert all(value is not None for value in made["latency"].values())
    baseline, float16, int8 = results["variants"]
    assert float16["size_bytes"] < 0.6 * baseline["size_bytes"]
    assert int8["size_bytes"] < 0.4 * baseline["size_bytes"]
    keras_accuracy = results["model"]["keras_accuracy"]
    assert keras_accuracy == pytest.approx(baseline["metric"]["value"], abs=0.002)


def test_files_are_what_results_json_says(study: Path, results: dict[str, Any]) -> None:
    for made in results["variants"]:
        content = (study / made["file"]).read_bytes()
        assert len(content) == made["size_bytes"]
        assert hashlib.sha256(content).hexdigest() == made["sha256"]


@pytest.mark.parametrize("place", [0, 1, 2], ids=["float32", *RECIPES])
def test_any_other_program_gets_the_same_accuracy(
    study: Path, results: dict[str, Any], place: int
) -> None:
    made = results["variants"][place]
    dataset = read_index(study).dataset
    assert dataset is not None
    assert dataset.scaling == "unit"
    with np.load(sample.DATA) as data:
        x = data["x_test"] / np.float32(255)
        recomputed = tutorial.accuracy(study / made["file"], x, data["y_test"])
    assert recomputed == made["metric"]["value"]


def test_nothing_is_left_beside_the_study(study: Path) -> None:
    beside = [path for path in study.parent.rglob("*") if study not in (path, *path.parents)]
    assert [path for path in beside if path.is_file()] == []


def test_a_second_run_computes_nothing_anew(
    study: Path, results: dict[str, Any], terminal: Terminal
) -> None:
    before = {path: path.stat().st_mtime_ns for path in (study / "variants").iterdir()}
    again = terminal(*on_the_sample(study.parent))
    assert again.returncode == 0, again.stderr
    assert {path: path.stat().st_mtime_ns for path in (study / "variants").iterdir()} == before
    assert json.loads((study / "results.json").read_text()) == results
    assert len(read_index(study).jobs) == len(RECIPES)
    assert all(recipe in again.stdout for recipe in RECIPES)


def test_sensitivity_tells_what_int8_costs_each_operator(study: Path, terminal: Terminal) -> None:
    ran = terminal("sensitivity", study, "--json")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert [one["number"] for one in found["operators"]] == list(range(len(found["operators"])))
    assert min(one["alone_db"] for one in found["operators"]) > 20
    assert found["int8_bytes"] < min(one["left_bytes"] for one in found["operators"][:1])
    told = terminal("sensitivity", study)
    assert "dB of signal to noise, over 32 samples of the tuning role" in told.stdout
    assert "SOFTMAX" in told.stdout


def test_inspect_tells_what_a_model_is_as_json(terminal: Terminal) -> None:
    ran = terminal("inspect", sample.MODEL)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["format"] == "Keras 3 .keras"
    image = {"name": "image", "shape": [None, 28, 28, 1], "dtype": "float32", "any_rank": False}
    assert found["inputs"] == [image]
    assert found["outputs"][0]["shape"] == [None, 10]
    assert found["parameters"] > 100_000
    assert found["macs"] > 1_000_000
    operators = found["operators"]
    assert [operator["number"] for operator in operators] == list(range(len(operators)))
    assert operators[0]["name"] == "CONV_2D"
    assert operators[0]["choices"] == ["int8", "int16", "weight_only", "int4", "float"]
    assert sum(operator["macs"] for operator in operators) == found["macs"]
    assert set(found["techniques"]) == set(TECHNIQUES)
    assert found["techniques"]["float16"] == {"fits": True, "reason": None}
    assert "calibration" in found["techniques"]["int8"]["reason"]


def test_a_recipe_that_fails_leaves_the_others_there_and_what_was_refused_is_made_otherwise(
    tmp_path: Path, pixels: npt.NDArray[np.uint8], terminal: Terminal
) -> None:
    model, data = tmp_path / "sine.keras", tmp_path / "data.npz"
    sine.build(SIDE, CLASSES).save(model)
    np.savez(data, x=pixels, y=np.arange(len(pixels)) % CLASSES)
    strict = "int8(integer_only=true)"
    ran = terminal(
        "run", model, "--data", data, "--recipe", strict, "--recipe", "int8",
        "--out", tmp_path / "study",
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    said = ran.stdout.splitlines()
    [line] = [line for line in said if line.startswith(strict)]
    assert "failed" in line
    assert "SIN" in line
    [baseline] = [line for line in said if line.startswith("float32")]
    assert re.search(r"KB .* %.* ms", baseline), "the failure leaves its line whole"
    [at] = [place for place, line in enumerate(said) if line.startswith("int8 ")]
    assert re.search(r"KB .* %.* ms", said[at])
    detour = (
        "int8 was refused: These operators have no integer form here: SIN. The file was made as "
        "int8(integer_only=false) instead, with SIN in float."
    )
    assert f"  note: {detour}" in said[at + 1 :]
    content = json.loads((tmp_path / "study/results.json").read_text())
    check_schema(content)
    variants = {made["recipe"]: made for made in content["variants"]}
    assert variants[strict]["status"] == "failed"
    assert "no integer form" in variants[strict]["error"]
    assert variants["int8"]["status"] == variants["float32"]["status"] == "done"
    assert variants["int8"]["detours"] == [detour]
    assert variants["int8"]["metric"]["n"] > 0


def test_a_file_that_is_no_model_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, terminal: Terminal
) -> None:
    (tmp_path / "model.keras").write_text("Dear diary, today I trained a model.")
    ran = terminal("run", tmp_path / "model.keras", "--data", sample.DATA, "--out", tmp_path / "s")
    assert ran.returncode == 2
    assert ran.stdout == ""
    [sentence] = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
    assert "not a model file" in sentence
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "--recipe", "int9"], "There is no technique “int9”"),
        (["run", "--recipe", "int8(io=int4)"], "int8: io cannot be “int4”"),
        (["run", "--mean", "red"], "“red” is no mean."),
        (["run", "--mean", "1,2,3", "--std", "1,2"], "There are 3 means and 2 deviations."),
        (["run", "--scaler", "a.json", "--std", "2"], "Give either --scaler or --mean and --std"),
        (["run", "--scaler", "gone.keras"], f"There is no file {GONE}"),
        (["run", "gone.keras", "--data", "gone.npz"], f"There is no file {GONE}"),
        (["run", "gone.keras"], f"There is no file {GONE}"),
        (["run", str(sample.MODEL), "--data", "gone.keras"], f"There is no file {GONE}"),
        (["run", "--data", "gone.npz"], "MODEL is missing"),
        (["inspect", "gone.keras"], f"There is no file {GONE}"),
    ],
    ids=[
        "technique",
        "parameter",
        "no number",
        "counts",
        "both",
        "no scaler",
        "file",
        "file without data",
        "data",
        "no model",
        "inspect",
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"error: {sentence}")
    assert printed.err.count("\n") == 1


def test_other_data_in_the_same_study_are_refused(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.npz"
    np.savez(other, x=np.zeros((4, 28, 28, 1)))
    before = (study / INDEX).read_bytes()
    arguments = ["run", str(sample.MODEL), "--data", str(other), "--out", str(study)]
    assert main(arguments) == 2
    assert "other data" in capsys.readouterr().err
    assert json.loads((study / INDEX).read_bytes()) == json.loads(before)


def test_a_study_of_a_newer_version_is_refused_and_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "newer"
    study.mkdir()
    content = json.dumps({"schema_version": SCHEMA + 1, "surprise": 1})
    (study / INDEX).write_text(content)
    assert main(["run", "--recipe", "int8", "--out", str(study)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"error: The study in {study} was written by a newer Liteweigh")
    assert printed.err.count("\n") == 1
    assert (study / INDEX).read_text() == content


def test_techniques_lists_every_technique_with_its_parameters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["techniques"]) == 0
    printed = capsys.readouterr().out
    for name, kind in TECHNIQUES.items():
        assert f"{name}: {kind.summary}" in printed
        for parameter, field in kind.model_fields.items():
            default = getattr(field.default, "value", field.default)
            assert f"    {parameter}={default}  {field.description}" in printed
