"""tests of the command line: a study's limits, and the choice under them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.store.limits import Limits, Loss
from optimizer.store.study import read_index
from tests import variants
from tests.terminal import Terminal
from tests.variants import variant

N = 1000


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """float32 of 400 KB; int8 of 100 KB loses 2 of 1,000 samples; int16x8 of 90 KB loses 350."""
    wrong = (50, 52, 400)
    made = variants.study(
        tmp_path / "study",
        variant("float32", size_bytes=400_000),
        variant("int8", size_bytes=100_000),
        variant("int16x8", size_bytes=90_000),
        scores=[np.arange(N) >= count for count in wrong],
    )
    made.close()
    return made.folder


def results(study: Path) -> Any:
    return json.loads((study / "results.json").read_text())


def test_a_choice_that_is_held_ends_well_and_is_kept(study: Path, terminal: Terminal) -> None:
    said = terminal("choose", study, "--max-loss", "1", "--max-size", "150KB")
    assert said.returncode == 0, said.stderr
    assert "choice: int8: 4 times smaller, 0.2 points lost, with 95 % confidence" in said.stdout
    assert "The files expect their inputs scaled so: 0…255 to 0…1 (x / 255)." in said.stdout
    limits = Limits(loss=Loss(value=0.01), size_bytes=150_000)
    assert read_index(study).limits == limits
    assert results(study)["choice"]["recipe"] == "int8"
    assert results(study)["choice"]["verdict"] == "held"
    proofs = {one["recipe"]: one["proofs"] for one in results(study)["variants"]}
    assert [proof["verdict"] for proof in proofs["int16x8"]] == ["broken", "held"]


def test_the_type_of_inputs_and_outputs_is_a_limit(study: Path, terminal: Terminal) -> None:
    said = terminal("choose", study, "--io", "uint8", "--json")
    assert said.returncode == 1
    told = json.loads(said.stdout)
    assert told["limits"]["io"] == "uint8"
    assert "its inputs and outputs are not uint8" in told["choice"]["reason"]
    [proof] = [one for one in told["variants"][1]["proofs"] if one["limit"] == "io"]
    assert (proof["value"], proof["verdict"]) == (0.0, "broken")
    assert "There are: float32, int8, uint8" in terminal("choose", study, "--io", "int4").stderr


def test_one_that_more_samples_would_settle_is_open(study: Path, terminal: Terminal) -> None:
    said = terminal("choose", study, "--max-loss", "0.3", "--max-size", "150KB", "--json")
    assert said.returncode == 1
    told = json.loads(said.stdout)
    assert told["choice"]["recipe"] is None
    assert told["choice"]["verdict"] == "open"
    assert "samples would settle it" in told["choice"]["reason"]


def test_limits_that_nothing_holds_name_the_nearest_and_what_is_in_the_way(
    study: Path, terminal: Terminal
) -> None:
    said = terminal("choose", study, "--max-loss", "1", "--max-size", "95KB")
    assert said.returncode == 1
    assert (
        "No file holds the limits. Nearest is int8: a file of 95,000 bytes is allowed, it has "
        in said.stdout
    )


def test_a_second_limit_on_the_same_samples_is_counted(study: Path, terminal: Terminal) -> None:
    assert "note:" not in terminal("choose", study, "--max-loss", "1").stdout
    assert "note:" not in terminal("choose", study, "--max-size", "1MB").stdout
    said = terminal("choose", study, "--max-loss", "2").stdout
    assert "note: Second limit on the loss that is tried on the same samples" in said
    assert "all of them together with 90 %" in said
    assert results(study)["choice"]["losses_tried"] == 2


@pytest.mark.parametrize(
    ("option", "text", "sentence"),
    [
        (
            "--max-loss",
            "little",
            "“little” is no loss. Give points such as 1, or a share such as 5%.",
        ),
        ("--max-size", "0KB", "“0KB” is no size. Give one such as 200KB, 1.5MB or 64KiB."),
        ("--max-latency", "10", "“10” is no latency. Give one such as 10ms, or 0.5x"),
        ("--must-run", "phone", "“phone” is no target. There are: integer_only"),
        ("--confidence", "2", "Invalid value for '--confidence'"),
    ],
)
def test_a_limit_that_cannot_be_read_is_one_sentence(
    study: Path, terminal: Terminal, option: str, text: str, sentence: str
) -> None:
    said = terminal("choose", study, option, text)
    assert said.returncode == 2
    assert sentence in said.stderr
    assert said.stderr.count("\n") == 1
    assert read_index(study).limits == Limits()
