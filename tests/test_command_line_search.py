"""tests of the command line: the search for the smallest file that is proved."""

import json
from pathlib import Path
from typing import Any

import pytest

from optimizer.store.study import read_index
from tests import variants
from tests.terminal import Terminal
from tests.variants import variant


def test_a_study_without_data_is_refused_with_what_to_do(
    tmp_path: Path, terminal: Terminal
) -> None:
    made = variants.study(tmp_path / "s", variant("float32"), dataset=None, data_folder=None)
    made.close()
    said = terminal("search", made.folder)
    assert said.returncode == 2
    assert "The study has no data yet" in said.stderr


@pytest.mark.slow
def test_a_search_proves_the_smallest_and_says_why_not_a_smaller(
    tmp_path: Path, terminal: Terminal, model_files: dict[str, Path], data_file: Path
) -> None:
    place = tmp_path / "study"
    begun = ("run", model_files["keras3"], "--data", data_file, "--recipe", "float16")
    assert terminal(*begun, "--out", place).returncode == 0
    said = terminal("search", place, "--max-loss", "20", "--json")
    told: Any = json.loads(said.stdout)
    assert said.returncode == (0 if told["choice"]["verdict"] == "held" else 1)
    assert told["tried"]
    chosen = next(one for one in told["variants"] if one["recipe"] == told["choice"]["recipe"])
    assert chosen["size_bytes"] == min(
        one["size_bytes"]
        for one in told["variants"]
        if all(proof["verdict"] == "held" for proof in one["proofs"])
    )
    assert "why not smaller: " in said.stderr
    before = len(read_index(place).tried)
    again = terminal("search", place)
    assert again.returncode == said.returncode
    assert len(read_index(place).tried) == before
