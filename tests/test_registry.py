"""tests of registry.py: names lead to things in their order, and rooms fill themselves."""

import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.errors import RecipeError
from optimizer.registry import Registry, discover
from tests.refused import refused

ROOMS = (
    "optimizer.techniques",
    "optimizer.measure.metrics",
    "optimizer.models.recognise",
    "optimizer.data.sources.recognise_data",
)
NEVER_IN_THE_SERVER = ("tensorflow", "tf_keras", "keras", "ai_edge_litert", "litert_quantizer")


@pytest.fixture
def fruits() -> Registry[int]:
    found: Registry[int] = Registry("fruit", RecipeError)
    for name, rank in (("plum", 3), ("apple", 1), ("pear", 2)):
        found.add(name, rank * 10, rank)
    return found


def test_things_stand_in_their_rank_however_they_came(fruits: Registry[int]) -> None:
    assert list(fruits.items()) == [("apple", 10), ("pear", 20), ("plum", 30)]


def test_an_unknown_name_is_answered_with_those_that_there_are(fruits: Registry[int]) -> None:
    with refused(RecipeError, "no fruit “fig”", "apple, pear, plum"):
        fruits["fig"]
    assert fruits.get("fig") is None
    assert "fig" not in fruits


def test_two_things_of_one_name_are_a_mistake_that_is_told(fruits: Registry[int]) -> None:
    with pytest.raises(ValueError, match="two of the name “pear”: each fruit"):
        fruits.add("pear", 5)
    assert fruits["pear"] == 20


def test_a_file_that_is_put_into_a_room_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / "room_of_fruits"
    (room / "cellar").mkdir(parents=True)
    (room / "__init__.py").write_text("found = []\n")
    (room / "pear.py").write_text("import room_of_fruits\nroom_of_fruits.found.append('pear')\n")
    (room / "cellar" / "__init__.py").write_text("raise ImportError('for workers only')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import room_of_fruits  # type: ignore[import-not-found]

    discover("room_of_fruits", room_of_fruits.__path__)
    assert room_of_fruits.found == ["pear"]


@pytest.mark.parametrize("room", ROOMS)
def test_what_is_found_in_a_room_keeps_heavy_libraries_out_of_the_server(room: str) -> None:
    program = f"import sys, {room}; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    packages = {name.partition(".")[0] for name in ran.stdout.split()}
    assert "optimizer" in packages
    assert not packages & set(NEVER_IN_THE_SERVER)
