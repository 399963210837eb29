"""tests of jobs/: every change that the server makes to the disk, refused in turn.

Whatever is refused, the user hears it in a sentence, nothing runs for ever, nothing half-made is
taken for whole, and once the disk takes files again everything can be done.
"""

import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.errors import LiteweighError
from optimizer.export.results import write_results
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.library import Library
from optimizer.store.records import Status
from optimizer.store.staging import STAGING
from optimizer.store.study import Study, read_index
from tests.jobs.disk import BROKEN, FULL, READ_ONLY, Disk, Fault, watched
from tests.jobs.stand_in import StandIn
from tests.levels import some

T = TypeVar("T")
RECIPES = ("float16", "prune+int8")
FAULTS = {"full": FULL, "read-only": READ_ONLY, "broken": BROKEN}
LEAST_CHANGES = {"full": 50, "read-only": 90, "broken": 90}


class Walk:
    """The way of a study, from the upload to its results, on a disk that may fail.

    Attributes:
        said: What the user was told.
    """

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.said: list[str] = []
        self.library = Library(disk.home)
        self.scheduler = Scheduler(StandIn(disk.away), self.library, 0.05, 60)

    def go(self) -> list[Study]:
        """All steps; returns the study, and its copy with other data."""
        library, scheduler = self.library, self.scheduler
        file = self.step(lambda: library.keep_upload(io.BytesIO(b"model")))
        study = self.step(lambda: scheduler.open_model(file, "tiny").result())
        files = DataFiles(file)
        self.step(lambda: scheduler.add_data(study, files, "pixels").result())
        self.step(lambda: scheduler.judge_again(study, DataOptions(scaling="tf")).result())
        self.step(lambda: self.run(study))
        self.step(lambda: scheduler.measure_again(study).result())
        self.step(lambda: scheduler.weigh(study, study.index.variants[1]).result())
        copy = self.step(lambda: scheduler.judge_again(study, DataOptions(scaling="none")).result())
        self.step(lambda: write_results(study))
        return [study, copy]

    def step(self, do: Callable[[], T]) -> T:
        """Does a step; where the disk refuses, once more when it no longer does."""
        try:
            return do()
        except LiteweighError as error:
            self.said.append(str(error))
        self.disk.lift()
        return do()

    def run(self, study: Study) -> None:
        """Runs the recipes; raises what the jobs say that failed."""
        started = self.scheduler.start(study, [parse(recipe) for recipe in RECIPES])
        jobs = [job for job in study.index.jobs if job.id in started]
        assert not any(job.status.active for job in jobs), "a job runs for ever"
        failed = [job for job in jobs if job.status is Status.FAILED]
        if failed:
            assert failed[0].error
            raise LiteweighError(failed[0].error)


def walk(home: Path, fault: Fault | None, at: int) -> Walk:
    """Walks the way with a disk that fails at one of its changes, and looks at what is there."""
    disk = Disk(home, fault, at)
    with watched(disk):
        walked = Walk(disk)
        studies = walked.go()
        disk.lift()
        for study in studies:
            assert walked.library.open(study.index.id) is study
            assert study.trouble is None
    for study, recipes in zip(studies, (["float32", *RECIPES], ["float32"]), strict=True):
        index = study.index
        assert read_index(study.folder) == index
        assert sorted(variant.recipe for variant in index.variants) == sorted(recipes)
        assert all((study.folder / file).is_file() for v in index.variants for file in v.files)
        assert all(variant.latency for variant in index.variants) == (len(recipes) > 1)
        assert (study.folder / str(index.data_folder) / "x.npy").is_file()
    assert sorted(walked.library.ids()) == sorted(study.index.id for study in studies)
    walked.library.close()
    assert not list(home.rglob(".*.new"))
    assert not (home / STAGING).exists(), "a staging folder is left"
    again = Library(home)
    for study in studies:
        assert again.open(study.index.id).index == study.index
        assert list((study.folder / "data").iterdir()) == [study.data_folder]
    again.close()
    return walked


@pytest.mark.parametrize("step", some([1, 20], quick=[20]), ids="each {}th".format)
@pytest.mark.parametrize("kind", FAULTS)
def test_whatever_the_disk_refuses_is_said_and_can_be_done_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str, step: int
) -> None:
    caplog.set_level(logging.CRITICAL)  # it writes a traceback for each
    walks: list[Walk] = []
    while not walks or walks[-1].disk.failed:
        at = step * len(walks)
        walks.append(walk(tmp_path / str(at), FAULTS[kind], at))
        for said in walks[-1].said:
            assert "\n" not in said
            assert said.endswith("."), said
            assert "unexpected" not in said
    assert step * len(walks) >= LEAST_CHANGES[kind], "the walk no longer makes all its changes"
    assert sum(bool(walked.said) for walked in walks) > len(walks) / 2
