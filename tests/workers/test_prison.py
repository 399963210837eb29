"""tests of workers/: code that is in a worker gets nothing, and does nothing outside of it.

Every attempt is made in a worker as Liteweigh starts it, at each level that confines here, and once
in one that is not confined: what is sure to work there has to, else the attempt shows nothing.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.workers.confinement import kernel
from optimizer.workers.confinement.level import Level
from optimizer.workers.confinement.strongest import obstacle
from optimizer.workers.executor import LocalExecutor
from tests.waiting import PATIENCE
from tests.workers.attempts import ATTEMPTS
from tests.workers.attempts.trying import BROKEN, GOT, TryAll
from tests.workers.attempts.world import World, world
from tests.workers.conftest import MEMORY, Bench

CONFINING = (Level("bubblewrap"), Level("landlock"))
UNCONFINED = Level("none")
TOLD = {
    "bubblewrap": set[str](),
    # Landlock does not judge what reads nothing; SECURITY.md says so.
    "landlock": {name for name in ATTEMPTS if name.startswith("asks_")},
}
LEAST_ATTEMPTS, LEAST_SURE = 200, 110


@pytest.fixture
def around(tmp_path: Path) -> Iterator[World]:
    with (
        tempfile.TemporaryDirectory(prefix="liteweigh-") as sockets,  # with a short name
        world(tmp_path / "world", Path(sockets)) as made,
    ):
        yield made


def came_of(level: Level, around: World, names: tuple[str, ...]) -> dict[str, str]:
    """What each of these attempts got or did; without those that got and did nothing."""
    study = around.folder / "own"
    study.mkdir(exist_ok=True)
    model = study / "model"
    model.write_text("a model")
    executor = LocalExecutor(0, MEMORY, PATIENCE, folder=around.folder / "workers", level=level)
    try:
        other = executor._cells.new()
        (other.inbox / "model").write_text(around.secret)
        bench = Bench(executor, study)
        scene = around.scene(other.folder, model, model)
        told = bench.run(TryAll(bench.out(), scene, names, model))
        came = {name: said for name, said in told.items() if _got(name, said, around.secret)}
        return {**came, **dict.fromkeys(around.reached(), "seen outside")}
    finally:
        executor.close()


def _got(name: str, said: str, secret: str) -> bool:
    if said.startswith(BROKEN):
        return True
    return said.startswith(GOT) and (secret in said or not ATTEMPTS[name].secret)


@pytest.mark.parametrize("level", CONFINING, ids=lambda level: level.name)
def test_nothing_comes_of_any_attempt(level: Level, around: World) -> None:
    if obstacle(level):  # said in words, see tests of `confinement`
        return
    came = came_of(level, around, tuple(ATTEMPTS))
    assert {name: said for name, said in came.items() if name not in TOLD[level.name]} == {}
    assert len(ATTEMPTS) >= LEAST_ATTEMPTS


def test_where_nobody_hinders_them_the_attempts_work(around: World) -> None:
    if kernel.SYSTEM != "Linux":
        return
    sure = {name for name, one in ATTEMPTS.items() if one.sure}
    came = came_of(UNCONFINED, around, tuple(ATTEMPTS))
    assert not [said for said in came.values() if said.startswith(BROKEN)]
    assert sure - set(came) == set()
    assert len(sure) >= LEAST_SURE
