"""tests of workers/: what a task says of itself: the paths that it reads and the one it writes."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path

import pytest

from tests.workers.tasks import Add, Light


@dataclass(frozen=True)
class Nested:
    file: Path
    others: Mapping[str, Path]


@dataclass(frozen=True)
class Reads(Light[None]):
    first: Path
    nested: Nested
    pairs: tuple[tuple[str, Path | None], ...]

    def run(self, report: object) -> None:
        """Nothing."""


def test_all_paths_among_the_inputs_are_read_however_deep_and_what_is_in_out_is_not() -> None:
    a, b, c, d, out = map(Path, ("/a", "/b", "/c", "/d", "/out"))
    work = Reads(out, a, Nested(b, {"c": c, "again": a}), (("d", d), ("e", None), ("f", out / "f")))
    assert work.reads == (a, b, c, d)


def test_a_task_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Add(Path("/out"), 1, 2).a = 3  # type: ignore[misc]
