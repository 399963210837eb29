"""tests of jobs/: what one knows of a study's jobs after waiting for them."""

import threading
import time
from pathlib import Path

import pytest

from optimizer.files.atomic import write_atomically
from optimizer.jobs.scheduler import Scheduler
from optimizer.store import study as study_module
from optimizer.store.library import Library
from optimizer.store.records import Job, Status
from optimizer.store.study import read_index
from tests.jobs.stand_in import StandIn
from tests.variants import study, variant


def test_how_jobs_have_ended_is_on_disk_once_they_were_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits may copy the folder next, and the disk may be slow."""
    job = Job(id="a" * 12, recipe="int8", status=Status.RUNNING)
    made = study(tmp_path / "tiny", variant("float32"))
    made.add_job(job)
    writes = threading.Event()

    def slowly(path: Path, content: bytes) -> None:
        writes.set()
        time.sleep(0.3)
        write_atomically(path, content)

    monkeypatch.setattr(study_module, "write_atomically", slowly)
    ends = threading.Thread(target=made.set_job, args=(job.id,), kwargs={"status": Status.DONE})
    ends.start()
    writes.wait()
    Scheduler(StandIn(), Library(tmp_path), 0.05, 60).wait(made)
    [on_disk] = read_index(made.folder).jobs
    ends.join()
    assert on_disk.status is Status.DONE
    assert not list(made.folder.glob(".*.new"))
