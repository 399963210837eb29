"""tests: a bundle of the golden study that was run here, once for all tests."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from optimizer.jobs.scheduler import Scheduler
from optimizer.store.library import new_id
from optimizer.store.study import Study
from tests.devices import bundles
from tests.once import Once
from tests.store.golden import HERE


@pytest.fixture(scope="module")
def golden(scheduler: Scheduler) -> Callable[[], Study]:
    """Gives a copy of the golden study, which no other test sees."""

    def copy() -> Study:
        study_id = new_id("golden")
        shutil.copytree(HERE / f"schema-{bundles.SCHEMA}", scheduler.library.home / study_id)
        return scheduler.library.open(study_id)

    return copy


@pytest.fixture(scope="module")
def ran(once: Once, scheduler: Scheduler, golden: Callable[[], Study]) -> Path:
    """A folder with `bundle.zip`, `bundle/` as it was unpacked, and the `result.json` in it."""

    def fill(folder: Path) -> None:
        bundles.write(scheduler, golden(), folder / "bundle.zip", bundles.RECIPES)
        bundles.unpack(folder / "bundle.zip", folder / "unpacked").rename(folder / "bundle")
        done = bundles.run(folder / "bundle")
        assert done.returncode == 0, done.stderr
        (folder / "said.txt").write_text(done.stdout)

    return once("bundle", fill)


@pytest.fixture(scope="module")
def result(ran: Path) -> Path:
    """What the bundle's program wrote."""
    return ran / "bundle" / "result.json"
