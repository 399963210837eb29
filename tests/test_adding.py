"""tests of adding: one file in its room, and all of Liteweigh knows a toy of each kind.

The toys are put into a copy of the program, in which nothing else is changed. They are not imported
here: they would register themselves for all other tests.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.toys import add_to_a_copy

RECIPE = "ternary(epochs=1)+rounded(bits=6)"
AT_ONCE = "ternary(width=0.5,epochs=0)+int8"
Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs Python in the copy: run("-c", "print(1)"), which gives what it printed."""
    copy = add_to_a_copy(tmp_path_factory.mktemp("copy"))
    settings = {"LITEWEIGH_WORKERS": "1", "LITEWEIGH_LATENCY_SECONDS": "0.05"}

    def python(*arguments: object) -> str:
        ran = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=copy, env={**os.environ, **settings}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    return python


@pytest.fixture(scope="module")
def study(
    run: Run,
    tiny3: Any,
    pixels: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """What the command line made of a sealed model and sealed data, by recipes of toys."""
    folder = tmp_path_factory.mktemp("study")
    tiny3.save(folder / "tiny.keras")
    np.savez(folder / "images.npz", x=pixels, y=labels)
    model, data = folder / "model.sealed", folder / "data.sealed"
    model.write_bytes(b"TOYM" + (folder / "tiny.keras").read_bytes())
    data.write_bytes(b"TOYD" + (folder / "images.npz").read_bytes())
    out = folder / "home" / "toys"
    arguments = ("--data", data, "--recipe", RECIPE, "--recipe", AT_ONCE, "--out", out)
    told = run("-m", "optimizer", "run", model, *arguments)
    assert RECIPE in told
    assert AT_ONCE in told
    return out


@pytest.fixture(scope="module")
def results(study: Path) -> dict[str, Any]:
    """What the study exports."""
    content: dict[str, Any] = json.loads((study / "results.json").read_text())
    return content


@pytest.fixture(scope="module")
def variant(results: dict[str, Any]) -> dict[str, Any]:
    """What it exports of the variant that both toys made."""
    found: dict[str, Any] = next(v for v in results["variants"] if v["recipe"] == RECIPE)
    return found


@pytest.fixture(scope="module")
def seen(run: Run, study: Path) -> dict[str, Any]:
    """What `walk.py` saw in the engine and on the pages."""
    content: dict[str, Any] = json.loads(run("walk.py", study, RECIPE).splitlines()[-1])
    return content


# ---- techniques ------------------------------------------------------------------------------


def test_the_terminal_lists_a_new_technique_with_its_parameters(run: Run) -> None:
    told = run("-m", "optimizer", "techniques").splitlines()
    names = [line.partition(":")[0] for line in told if not line.startswith(" ")]
    assert names[:5] == ["shrink", "factorize", "finetune", "ternary", "prune"], "in its rank"
    assert names.index("rounded") == names.index("float32") + 1
    assert any("bits=8" in line and "Binary digits" in line for line in told)


def test_a_recipe_of_new_techniques_reads_back(seen: dict[str, Any]) -> None:
    assert seen["text"] == RECIPE


def test_a_step_that_would_undo_a_new_one_is_refused(run: Run) -> None:
    program = (
        "from optimizer.errors import RecipeError\n"
        "from optimizer.recipes import parse\n"
        "for text in ('ternary+qat+int8', 'ternary+finetune+int8', 'ternary+ternary+int8'):\n"
        "    try:\n"
        "        parse(text)\n"
        "    except RecipeError as error:\n"
        "        print(error)\n"
    )
    assert run("-c", program).splitlines() == [
        "qat after ternary would undo it. Leave one of them out.",
        "finetune after ternary would undo it. Write finetune+ternary, in this order.",
        "A recipe has ternary at most once. Leave one out.",
    ]


def test_a_worker_does_what_new_techniques_do(
    seen: dict[str, Any], variant: dict[str, Any], results: dict[str, Any]
) -> None:
    [step] = seen["steps"]
    assert step["step"] == "ternary"
    assert step["epochs"] == 1
    assert len(step["layers"]) == 3
    baseline = results["variants"][0]
    assert variant["size_bytes"] == pytest.approx(baseline["size_bytes"], rel=0.05)
    assert variant["gzip_bytes"] < 0.5 * baseline["gzip_bytes"], "few levels, few digits"


def test_the_audit_checks_what_new_techniques_promise(seen: dict[str, Any]) -> None:
    assert seen["audit"].startswith("Kept: at most 3 levels in 3 layers; float32 in ")
    assert [cell for cell in seen["table"]["Levels"] if "3" in cell]
    assert all(cell.startswith(":green[") for cell in seen["table"]["Levels"] if cell)


def test_the_estimate_knows_what_a_new_technique_costs(seen: dict[str, Any]) -> None:
    plain, ternary = seen["estimates"].values()
    assert ternary > plain > 0


def test_the_pages_show_a_new_technique_and_its_widgets(seen: dict[str, Any]) -> None:
    assert "Gives every kernel three levels" in seen["model"]
    assert "Ternary: 3 of" in seen["model"]
    assert list(seen["layers"])[3:] == ["Ternary", "Prune", "Cluster", "QAT"]
    assert {"✓", "has no kernel"} == set(seen["layers"]["Ternary"])
    assert "**Rounded float32**" in seen["conversions"]
    assert {"Digits", "Width of zero"} <= set(seen["parameters"])
    assert seen["composed"] == "ternary+int8"


# ---- everything else -------------------------------------------------------------------------


def test_a_new_metric_is_measured_beside_the_others(seen: dict[str, Any]) -> None:
    assert seen["metrics"].keys() >= {"confidence", "macro_f1"}
    confidence = seen["metrics"]["confidence"]
    assert 0 < confidence["low"] < confidence["value"] < confidence["high"] <= 1


def test_a_new_form_of_models_is_opened(results: dict[str, Any]) -> None:
    assert results["model"]["format"] == "Keras 3 sealed .keras"


def test_a_new_form_of_data_is_read(seen: dict[str, Any]) -> None:
    assert seen["data"] == "sealed arrays"


def test_a_new_target_says_whether_a_file_fits(variant: dict[str, Any]) -> None:
    assert variant["runs_on"]["toy_board"] is False, "it knows no FULLY_CONNECTED"
