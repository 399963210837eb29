"""tests of export/kits/: the golden study with hostile names of classes, and its kits."""

import pytest

from optimizer.jobs.scheduler import Scheduler
from optimizer.store.study import Study
from tests.conftest import copy_of
from tests.export.kits.unpacked import HOSTILE, Unpack, unpacked
from tests.store.golden import HERE


@pytest.fixture(scope="module")
def study(scheduler: Scheduler) -> Study:
    """Pictures of 8x8x1 in 0..255, of two classes; float32, int8 and others."""
    study = copy_of(HERE / "schema-1", scheduler.library)
    study.name_classes(HOSTILE)
    return study


@pytest.fixture(scope="module")
def unpack(study: Study, scheduler: Scheduler, tmp_path_factory: pytest.TempPathFactory) -> Unpack:
    """Gives the folder of a kit of that study: unpack("int8", "python")."""
    return unpacked(study, scheduler, tmp_path_factory.mktemp("kits"))
