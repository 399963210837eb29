"""tests/fuzz: a short, repeatable run; `python -m tests.fuzz --minutes 10` looks further."""

import importlib.util
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import Finds
from tests.fuzz.effects import nowhere_but_in
from tests.fuzz.isolation import Isolation
from tests.fuzz.mutations import broken, configs, files
from tests.fuzz.targets import TARGETS, hold, hold_and_tell, hold_config
from tests.levels import some

SHORT = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # a file is small enough to look at unshrunk
)
MOST_CRASHES = 3  # of 60 files; more would be a reader that trusts what it reads
FILES = some([15, 60], quick=[15])


@pytest.fixture(scope="module")
def isolation() -> Iterator[Isolation]:
    isolation = Isolation()
    yield isolation
    isolation.close()


@pytest.mark.parametrize("count", FILES, ids="{} files".format)
@pytest.mark.parametrize("target", TARGETS)
def test_a_broken_file_is_read_or_refused_and_nothing_else(
    isolation: Isolation, target: str, count: int
) -> None:
    @settings(SHORT, max_examples=count)
    @given(broken(files(target, TARGETS[target].suffixes)))
    def holds(given_file: tuple[str, bytes]) -> None:
        isolation.run(hold, target, *given_file)

    before = isolation.crashes
    holds()
    assert isolation.crashes - before <= MOST_CRASHES


@pytest.mark.parametrize("target", TARGETS)
def test_the_corpus_itself_is_read_or_refused(target: str) -> None:
    for name, content in files(target, TARGETS[target].suffixes):
        hold(target, name, content)


@settings(SHORT, max_examples=300)
@given(configs(), st.booleans())
def test_any_json_is_let_through_or_refused(config: Any, trusted: bool) -> None:
    hold_config(config, trusted)


# ---- the judge -------------------------------------------------------------------------------

EFFECTS: dict[str, Callable[[Path], object]] = {
    "writes": lambda place: (place / "file").write_bytes(b""),
    "makes a folder": lambda place: (place / "new").mkdir(),
    "renames": lambda place: (place / "own" / "there").rename(place / "there"),
    "deletes": lambda place: (place / "kept").unlink(),
    "links": lambda place: (place / "link").symlink_to(place / "kept"),
    "starts a process": lambda _: subprocess.run(["/bin/true"], check=True),
    "calls a shell": lambda _: os.system("/bin/true"),  # noqa: S605 (it is one)
    "imports a joke": lambda _: importlib.import_module("this"),
    "imports a part of what is loaded": lambda _: importlib.import_module("PIL.PSDraw"),
    "imports what is installed": lambda _: importlib.import_module("pandas.io.clipboard"),
    "imports what is not there": lambda _: importlib.util.find_spec("hostile_module"),
    "asks for a name": lambda _: socket.getaddrinfo("localhost", 1),
}


@pytest.mark.parametrize("effect", EFFECTS)
def test_an_effect_outside_is_seen(tmp_path: Path, effect: str) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "there").touch()
    (tmp_path / "kept").touch()
    with pytest.raises(AssertionError, match="effects outside"), nowhere_but_in(own):
        EFFECTS[effect](tmp_path)


def test_what_a_reader_does_in_its_own_folder_is_no_effect(tmp_path: Path) -> None:
    with nowhere_but_in(tmp_path):
        (tmp_path / "file").write_bytes(b"")
        (tmp_path / "file").rename(tmp_path / "other")
        (tmp_path / "other").read_bytes()
        Path(__file__).read_bytes()
    (tmp_path.parent / "afterwards").mkdir()


def test_a_file_is_changed_further_where_it_reaches_lines_that_none_before_it_did(
    isolation: Isolation,
) -> None:
    finds = Finds("zips", isolation)
    before = list(finds.sources)
    [known] = [source for source in before if source[0] == "json.zip"]
    for again in (known, known):
        finds.see(again, isolation.run(hold_and_tell, "zips", *again))
    finds.end_round()
    assert finds.sources == before
    for again in (locked := ("json.zip", _locked(known[1])), locked):
        finds.see(again, isolation.run(hold_and_tell, "zips", *again))
    finds.end_round()
    assert finds.sources == [*before, locked]


def _locked(content: bytes) -> bytes:
    """Says of the first member that it has a password: bit 0 of its flags, in both headers."""
    place = content.index(b"PK\x01\x02") + 8
    return content[:6] + b"\x01" + content[7:place] + b"\x01" + content[place + 1 :]
