"""tests of store/: what the records of a study tell."""

import pytest

from optimizer.store.records import Job, ModelRecord, Status, StudyIndex
from tests.variants import SUMMARY

MODEL = ModelRecord(summary=SUMMARY, digest="d", file="model/m", saved_model="model/s")


@pytest.mark.parametrize("status", Status)
def test_what_ended_without_a_result_may_run_again_until_it_does(status: Status) -> None:
    job = Job(id="1", recipe="int8", status=status)
    other = Job(id="2", recipe="float16", status=Status.DONE)
    index = StudyIndex(id="s", model=MODEL, jobs=(job, other))
    lost = status in {Status.FAILED, Status.CANCELLED, Status.INTERRUPTED}
    assert index.may_run_again(job) == lost
    later = Job(id="3", recipe="int8", status=Status.QUEUED)
    assert not index.model_copy(update={"jobs": (job, other, later)}).may_run_again(job)
