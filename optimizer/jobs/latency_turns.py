"""jobs/: variants of one study are timed together, once no other is about to be there.

Nobody waits for a training: it stands still meanwhile, see `workers.holding`.
"""

import logging
from collections.abc import Collection, Sequence
from concurrent.futures import CancelledError, Future
from functools import partial

from optimizer.jobs.ending import end_with, error_of
from optimizer.jobs.install import install_timed
from optimizer.jobs.runs import Run, Runs
from optimizer.jobs.staged import nothing
from optimizer.jobs.timing import Timing
from optimizer.store.records import Status, Timed, Variant, now
from optimizer.store.study import Study
from optimizer.tasks.make_variant import MakeVariant
from optimizer.workers.executor import Executor

LOGGER = logging.getLogger(__name__)


class LatencyTurns:
    """The jobs whose variants are made and still have to be timed. Used under the runs' lock."""

    def __init__(self, executor: Executor, timing: Timing, runs: Runs) -> None:
        self._executor, self._timing, self._runs = executor, timing, runs
        self._waiting: dict[str, list[str]] = {}  # by study id: job ids

    def wait(self, study: Study, job_id: str) -> None:
        """Has a job wait until its study is quiet."""
        self._waiting.setdefault(study.index.id, []).append(job_id)

    def is_waiting(self, study: Study, job_id: str) -> bool:
        """Whether a job waits."""
        return job_id in self._waiting.get(study.index.id, [])

    def withdraw(self, study: Study, job_ids: Collection[str]) -> None:
        """Ends those of the jobs that wait, as cancelled."""
        waiting = self._waiting.get(study.index.id, [])
        for job_id in set(waiting) & set(job_ids):
            waiting.remove(job_id)
            end_with(study, job_id, CancelledError())

    def begin(self, study: Study) -> None:
        """Starts the timing unless more variants of the study come soon, or others are timed."""
        if self._waiting.get(study.index.id) and not self._more_to_come(study):
            self._measure(study, self._waiting.pop(study.index.id))

    def _more_to_come(self, study: Study) -> bool:
        """Whether a job is at work that does not train, or will be before a training ends."""
        runs = self._runs.of(study)
        trains = {job_id for job_id, run in runs.items() if _trains(run)}
        started = {job.id for job in study.index.jobs if job.status is Status.RUNNING}
        if (runs.keys() - trains) & started:
            return True
        return bool(runs) and not trains & started

    def _measure(self, study: Study, job_ids: list[str]) -> None:
        """Times the variants of these jobs against the baseline."""
        index = study.index
        recipes = [job.recipe for job in index.jobs if job.id in job_ids]
        variants = [index.variants[0], *(v for v in index.variants if v.recipe in recipes)]
        try:
            work = self._timing.of(study, variants, study.job_folder(job_ids[0]))
            future = self._executor.submit(work, nothing, index.id)
        except Exception as error:  # the jobs have ended, whatever it is
            LOGGER.exception("The jobs %s could not be timed", job_ids)
            for job_id in job_ids:
                end_with(study, job_id, error)
            return
        for job_id in job_ids:
            self._runs.by_job[job_id] = Run(study, work, future)
        future.add_done_callback(partial(self._measured, study, job_ids, variants))

    def _measured(
        self,
        study: Study,
        job_ids: list[str],
        variants: Sequence[Variant],
        future: "Future[tuple[Timed, ...]]",
    ) -> None:
        with self._runs.lock:
            for job_id in job_ids:
                del self._runs.by_job[job_id]
            error = error_of(future)
            if error is None:
                self._install(study, job_ids, variants, future.result())
            elif len(job_ids) == 1:
                end_with(study, job_ids[0], error)
            elif isinstance(error, CancelledError):
                self._go_on_without_cancelled(study, job_ids)
            else:  # one of the files brought the process down: time each by itself to find it
                for job_id in job_ids:
                    self._measure(study, [job_id])

    def _install(
        self,
        study: Study,
        job_ids: list[str],
        variants: Sequence[Variant],
        all_timed: tuple[Timed, ...],
    ) -> None:
        try:
            install_timed(study, variants, all_timed)
        except Exception as error:  # the jobs have ended, whatever it is
            LOGGER.exception("Latencies of the study %s could not be kept", study.index.id)
            for job_id in job_ids:
                end_with(study, job_id, error)
        else:
            for job_id in job_ids:
                study.set_job(job_id, status=Status.DONE, ended=now())
        self.begin(study)  # what was made meanwhile

    def _go_on_without_cancelled(self, study: Study, job_ids: list[str]) -> None:
        for job_id in job_ids:
            if job_id in self._runs.cancelled:
                end_with(study, job_id, CancelledError())
            else:
                self.wait(study, job_id)
        self.begin(study)


def _trains(run: Run) -> bool:
    return isinstance(run.work, MakeVariant) and bool(run.work.recipe.training)
