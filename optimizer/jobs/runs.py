"""jobs/: which jobs are at work, in which task."""

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from optimizer.store.study import Study
from optimizer.workers.work import Work


@dataclass(frozen=True)
class Run:
    """A job at work.

    Attributes:
        study: The one that it is of.
        work: What it is at; several jobs are in one task while they are timed together.
        future: The task's.
    """

    study: Study
    work: Work[Any]
    future: "Future[Any]"


@dataclass
class Runs:
    """The jobs at work in all studies that this process has open.

    Attributes:
        lock: Held by whoever looks at jobs and changes them.
        by_job: The runs by their job's id.
        cancelled: The ids of jobs that the user ended.
    """

    lock: threading.RLock = field(default_factory=threading.RLock)
    by_job: dict[str, Run] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)

    def of(self, study: Study) -> dict[str, Run]:
        """Those of a study."""
        return {job_id: run for job_id, run in self.by_job.items() if run.study is study}
