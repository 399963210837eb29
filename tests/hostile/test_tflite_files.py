"""tests of hostile files: `.tflite` files, each refused in words before anything runs it."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.errors import ModelError
from optimizer.models.summary import ModelSummary
from optimizer.models.trust import write_canonical_tflite
from optimizer.tasks.check_brought import check_brought
from optimizer.techniques.brought import Brought
from tests.hostile.conftest import Opener
from tests.hostile.tflite_files import ATTACKS, SOUND, write
from tests.refused import refused
from tests.summaries import summary

RUN = """
import sys
from ai_edge_litert.interpreter import Interpreter
interpreter = Interpreter(model_path=sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
interpreter.invoke()
print("ran")
"""


def run(file: Path) -> "subprocess.CompletedProcess[str]":
    """Runs a file as it is, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", RUN, str(file)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_refused_in_words(tmp_path: Path, name: str) -> None:
    made = tmp_path / "made"
    with refused(ModelError, "The .tflite ", ATTACKS[name].said):
        write_canonical_tflite(write(tmp_path, name), made)
    assert not made.exists()


def test_control_the_file_that_they_are_made_of_is_opened(opener: Opener) -> None:
    assert opener(SOUND).summary.ready


ENDS = ["a branch that runs itself", "an operator that writes to the log"]
RUNS = ["a variable with a path for a name", "operators in the wrong order", "parts that overlap",
        "an input that is weights", "a text beyond the file"]  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_control_it_ends_the_process_that_runs_it(tmp_path: Path, name: str) -> None:
    assert run(write(tmp_path, name)).returncode < 0


@pytest.mark.parametrize("name", RUNS)
def test_control_the_runtime_runs_it(tmp_path: Path, name: str) -> None:
    assert run(write(tmp_path, name)).stdout == "ran\n"


@pytest.mark.parametrize("name", [*ENDS, "weights in another file", "half"])
def test_it_is_no_model_of_a_study(opener: Opener, tmp_path: Path, name: str) -> None:
    with refused(ModelError, ATTACKS[name].said):
        opener(write(tmp_path, name))


@pytest.mark.parametrize("name", [*ENDS, "weights in another file", "half"])
def test_it_is_no_row_of_a_study(tmp_path: Path, name: str) -> None:
    file, made = write(tmp_path, name), tmp_path / "made"
    with refused(ModelError, ATTACKS[name].said):
        check_brought(file, _step(file), _model(), SOUND, made)
    assert not made.exists()


def test_control_what_is_sound_is_a_row(tmp_path: Path) -> None:
    assert check_brought(SOUND, _step(SOUND), _model(), SOUND, tmp_path / "made") == ()


def _step(file: Path) -> Brought:
    return Brought(called="theirs", sha256=hashlib.sha256(file.read_bytes()).hexdigest()[:16])


def _model() -> ModelSummary:
    return summary((6, 6, 1))
