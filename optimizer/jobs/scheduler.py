"""jobs/: brings studies and the executor together. The only place where both are known.

The way of a job: queued → running (convert, measure accuracy, wait for a quiet machine, measure
latency) → done. Variants of one study are timed together once nothing else of that study runs.
"""

import shutil
import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.errors import JobError, LiteweighError, StudyError
from optimizer.jobs.operation import Operation
from optimizer.measure.histograms import beside
from optimizer.models.open_options import OpenOptions
from optimizer.recipes import BASELINE, Recipe, parse
from optimizer.store.key import variant_key
from optimizer.store.library import Library
from optimizer.store.profile_files import write_profile
from optimizer.store.records import Job, Judged, Status, Timed, Variant, now
from optimizer.store.study import Study
from optimizer.store.training_folders import discard_unfinished, training_folders
from optimizer.tasks.sample_question import Question, Reply
from optimizer.workers.executor import Executor, Task
from optimizer.workers.process import read_log
from optimizer.workers.progress import Progress

TIMES = "latency-times.npz"
AS_FOUND, NOT_DECIDED = OpenOptions(), DataOptions()
T = TypeVar("T")


@dataclass
class _Run:
    """A job at work."""

    study: Study
    task: Task
    future: "Future[Any]"


class Scheduler:
    """Runs models, data and recipes of all studies that this process has open."""

    def __init__(self, executor: Executor, library: Library, latency_seconds: float) -> None:
        self.executor, self.library = executor, library
        self.latency_seconds = latency_seconds
        self._lock = threading.RLock()
        self._runs: dict[str, _Run] = {}  # by job id
        self._waiting: dict[str, list[str]] = {}  # study id: jobs whose variants need latency
        self._cancelled: set[str] = set()  # job ids

    # ---- models and data ---------------------------------------------------------------------

    def open_both(
        self, model: Path, model_name: str, data: DataFiles, data_name: str
    ) -> Operation[Study]:
        """Opens a model and gives its new study data, in one operation."""
        operation = self.open_model(model, model_name)
        both: Operation[Study] = Operation(operation.progress, operation.cancel)

        def opened(done: "Future[Study]") -> None:
            error = done.exception()
            if error is None:
                both.continue_with(self.add_data(done.result(), data, data_name))
            else:
                both.fail(error, operation.log)

        operation.on_end(opened)
        return both

    def open_model(
        self,
        source: Path,
        name: str,
        options: OpenOptions = AS_FOUND,
        *,
        study_id: str | None = None,
    ) -> Operation[Study]:
        """Opens a model and makes a study of it, called `study_id` or by a new name.

        The operation fails with an UndecidedModelError where the user has to decide something.
        """
        staging = self.library.staging()
        arguments = (source, name, options, staging)
        task = Task("optimizer.tasks.open_model:open_model", arguments, staging)
        return self._operate(task, lambda record: self.library.adopt(staging, record, study_id))

    def add_data(
        self, study: Study, files: DataFiles, name: str, options: DataOptions = NOT_DECIDED
    ) -> Operation[Study]:
        """Gives a study its data; one that has results already stays, and a copy gets the data.

        The operation fails with an UndecidedDataError where the user has to decide something.
        """
        staging = self.library.staging()
        arguments = (files, name, options, study.index.model, study.folder, staging)
        return self._judge(study, Task("optimizer.tasks.read_data:judge", arguments, staging))

    def judge_again(self, study: Study, options: DataOptions) -> Operation[Study]:
        """Judges the same data under another scaling, task or output; see `add_data`."""
        staging = self.library.staging()
        index = study.index
        arguments = (
            index.dataset, study.data_folder, options, index.model, study.folder, staging
        )  # fmt: skip
        return self._judge(study, Task("optimizer.tasks.read_data:judge_again", arguments, staging))

    def _judge(self, study: Study, task: Task) -> Operation[Study]:
        def made(judged: Judged) -> Study:
            target = self.library.copy(study) if study.index.jobs else study
            _install_data(target, task.folder, judged)
            return target

        return self._operate(task, made)

    def _operate(self, task: Task, made: Callable[[Any], T]) -> Operation[T]:
        """Submits a task that works in a staging folder, and `made` takes over its result."""
        future = self.executor.submit(task, _nothing)
        operation: Operation[T] = Operation(
            partial(self.executor.progress, task), partial(self.executor.cancel, future)
        )

        def ended(done: "Future[Any]") -> None:
            try:
                operation.succeed(made(done.result()))
            except CancelledError:
                operation.fail(JobError("Stopped. Nothing was changed."), "")
            except Exception as error:  # noqa: BLE001 (whoever waits is told, whatever it is)
                operation.fail(_for_the_user(error), read_log(task.folder))
            finally:
                shutil.rmtree(task.folder, ignore_errors=True)

        future.add_done_callback(ended)
        return operation

    # ---- looking into results ----------------------------------------------------------------

    def ask(self, study: Study, question: Question) -> Operation[Reply]:
        """Has every variant of a study answer for one sample.

        The operation fails with a DataError where a sample given by hand does not fit the model.
        """
        staging = self.library.staging()
        index = study.index
        files = tuple((variant.recipe, study.folder / variant.file) for variant in index.variants)
        arguments = (
            question, index.dataset, study.data_folder, index.model.summary, files, staging
        )  # fmt: skip
        task = Task("optimizer.tasks.run_sample:ask", arguments, staging, tensorflow=False)
        return self._operate(task, lambda reply: reply)

    def weigh(self, study: Study, variant: Variant) -> Operation[Study]:
        """Lays a variant's weights over the baseline's, and keeps the histograms beside it."""
        staging = self.library.staging()
        index = study.index
        baseline, kept = index.variants[0], beside(study.folder / variant.file)
        arguments = (
            study.folder / variant.file,
            None if variant.recipe == baseline.recipe else study.folder / baseline.file,
            index.model.summary.fits,
            staging / kept.name,
        )
        task = Task("optimizer.tasks.weight_histograms:weigh", arguments, staging, tensorflow=False)

        def made(_: None) -> Study:
            (staging / kept.name).replace(kept)
            return study

        return self._operate(task, made)

    def measure_again(self, study: Study, *, without_xnnpack: bool = False) -> Operation[Study]:
        """Measures latency, memory and operators of all variants anew, together, on this machine.

        Until all is there, and if it is stopped, the old numbers stay.

        Args:
            study: One whose files can run here.
            without_xnnpack: Whether to measure also without XNNPACK, now and in this study
                from now on.

        Raises:
            StudyError: there is nothing to measure, or nothing here can run it.
        """
        variants = study.index.variants
        if not variants or study.index.model.summary.select_tf_ops:
            raise StudyError("There is nothing to measure: the study has no file that runs here.")
        staging = self.library.staging()
        task = self._timing(study, variants, staging, without_xnnpack=without_xnnpack)

        def made(all_timed: tuple[Timed, ...]) -> Study:
            with self._lock:
                for variant, timed in zip(variants, all_timed, strict=True):
                    current = study.variant(variant.recipe)
                    if current and current.key == variant.key:  # not replaced meanwhile
                        _put_timed(study, current, timed)
            (staging / TIMES).replace(study.folder / TIMES)
            return study

        return self._operate(task, made)

    # ---- recipes -----------------------------------------------------------------------------

    def start(self, study: Study, recipes: Iterable[Recipe]) -> list[str]:
        """Queues recipes as jobs; one whose variant is there already is not computed again.

        Returns:
            The ids of the new jobs.

        Raises:
            StudyError: the study has no data yet.
            RecipeError: a step that trains does not fit the model or the data; nothing is started.
        """
        dataset = study.index.dataset
        if dataset is None:
            raise StudyError("The study has no data yet. Add some on the Data page.")
        recipes = list(recipes)
        for recipe in recipes:
            recipe.check(study.index.model.summary, dataset)
        started = []
        with self._lock:
            busy = {job.recipe for job in study.index.jobs if job.status.active}
            for recipe in recipes:
                if str(recipe) in busy or recipe == BASELINE:
                    continue
                variant = study.variant(str(recipe))
                fresh = variant and variant.key == variant_key(recipe, study.index.model, dataset)
                timed = variant and (variant.latency or study.index.model.summary.select_tf_ops)
                if fresh and timed:
                    continue
                job = Job(id=uuid.uuid4().hex[:12], recipe=str(recipe))
                study.add_job(job)
                started.append(job.id)
                if fresh:
                    self._wait_for_latency(study, job.id)
                else:
                    self._submit(study, job)
            self._measure_when_quiet(study)
        return started

    def cancel(self, study: Study, job_ids: Sequence[str]) -> None:
        """Ends jobs, waiting or running."""
        with self._lock:
            self._cancelled.update(job_ids)
            waiting = self._waiting.get(study.index.id, [])
            for job_id in set(waiting) & set(job_ids):
                waiting.remove(job_id)
                _end_with(study, job_id, CancelledError())
            futures = {self._runs[job_id].future for job_id in job_ids if job_id in self._runs}
        for future in futures:
            self.executor.cancel(future)

    def progress(self, study: Study, job: Job) -> Progress | None:
        """How far a job is; None while it is queued."""
        with self._lock:
            run = self._runs.get(job.id)
            if job.id in self._waiting.get(study.index.id, []):
                return Progress("Waiting for a quiet machine", 0.0)
        return self.executor.progress(run.task) if run else None

    def wait(self, study: Study, on_change: Callable[[], None] | None = None) -> None:
        """Blocks until no job of the study is active; calls `on_change` a few times a second."""
        pause = threading.Event()
        while any(job.status.active for job in study.index.jobs):
            if on_change:
                on_change()
            pause.wait(0.1)
        if on_change:
            on_change()

    # ---- inside ------------------------------------------------------------------------------

    def _submit(self, study: Study, job: Job) -> None:
        index = study.index
        folder = study.job_folder(job.id)
        arguments = (
            job.recipe,
            index.model,
            index.dataset,
            study.folder,
            study.data_folder,
            folder,
        )
        task = Task("optimizer.tasks.make_variant:make_variant", arguments, folder)
        started = partial(_mark_started, study, job.id)
        future = self.executor.submit(task, started)
        self._runs[job.id] = _Run(study, task, future)
        future.add_done_callback(partial(self._made, study, job.id))

    def _made(self, study: Study, job_id: str, future: "Future[Variant]") -> None:
        """Takes over what a worker made, and has it timed when the others are done too."""
        with self._lock:
            del self._runs[job_id]
            try:
                variant = future.result()
                _install_variant_files(study, study.job_folder(job_id), variant)
                study.put_variant(variant)
                if study.index.model.summary.select_tf_ops:  # nothing here can run it
                    study.set_job(job_id, status=Status.DONE, ended=now())
                else:
                    self._wait_for_latency(study, job_id)
            except (CancelledError, LiteweighError, OSError) as error:
                if isinstance(error, CancelledError):
                    _discard_trainings(study, job_id)
                _end_with(study, job_id, error)
            self._measure_when_quiet(study)

    def _wait_for_latency(self, study: Study, job_id: str) -> None:
        self._waiting.setdefault(study.index.id, []).append(job_id)

    def _measure_when_quiet(self, study: Study) -> None:
        """Starts the timing once no job of the study is left that makes a variant."""
        making = any(run.study is study for run in self._runs.values())
        jobs = self._waiting.get(study.index.id, [])
        if jobs and not making:
            self._measure_latency(study, self._waiting.pop(study.index.id))

    def _measure_latency(self, study: Study, job_ids: list[str]) -> None:
        """Times the variants of these jobs against the baseline."""
        index = study.index
        recipes = [job.recipe for job in index.jobs if job.id in job_ids]
        variants = [index.variants[0], *(v for v in index.variants if v.recipe in recipes)]
        task = self._timing(study, variants, study.job_folder(job_ids[0]))
        future = self.executor.submit(task, _nothing)
        with self._lock:
            for job_id in job_ids:
                self._runs[job_id] = _Run(study, task, future)
        future.add_done_callback(partial(self._measured, study, job_ids, variants))

    def _timing(
        self,
        study: Study,
        variants: Sequence[Variant],
        folder: Path,
        *,
        without_xnnpack: bool = False,
    ) -> Task:
        """What times variants against the first; who had times without XNNPACK gets new ones."""
        index = study.index
        had = any(not other.xnnpack for v in index.variants for other in v.other_latencies)
        arguments = (
            tuple(study.folder / variant.file for variant in variants),
            index.dataset,
            study.data_folder,
            self.latency_seconds,
            without_xnnpack or had,
            folder / TIMES,
        )
        return Task(
            "optimizer.tasks.time_variants:measure", arguments, folder, alone=True, tensorflow=False
        )

    def _measured(
        self,
        study: Study,
        job_ids: list[str],
        variants: list[Variant],
        future: "Future[tuple[Timed, ...]]",
    ) -> None:
        with self._lock:
            for job_id in job_ids:
                del self._runs[job_id]
            error = _error(future)
            if error is None:
                for variant, timed in zip(variants, future.result(), strict=True):
                    _put_timed(study, variant, timed)
                for job_id in job_ids:
                    study.set_job(job_id, status=Status.DONE, ended=now())
            elif len(job_ids) == 1:
                _end_with(study, job_ids[0], error)
            elif isinstance(error, CancelledError):
                for job_id in job_ids:
                    if job_id in self._cancelled:
                        _end_with(study, job_id, error)
                    else:
                        self._wait_for_latency(study, job_id)
                self._measure_when_quiet(study)
            else:  # one of the files brought the process down: time each by itself to find it
                for job_id in job_ids:
                    self._measure_latency(study, [job_id])


def _nothing() -> None:
    """For tasks whose start nobody needs to know."""


def _error(future: "Future[Any]") -> BaseException | None:
    return CancelledError() if future.cancelled() else future.exception()


def _mark_started(study: Study, job_id: str) -> None:
    study.set_job(job_id, status=Status.RUNNING, started=now())


def _for_the_user(error: BaseException) -> LiteweighError:
    """An error whose message is one sentence for the user."""
    if isinstance(error, LiteweighError):
        return error
    if isinstance(error, OSError):
        return JobError(
            f"The disk did not take the files ({error.strerror}). Free some space and try again."
        )
    return JobError(
        f"An unexpected error stopped it ({type(error).__name__}). The log has the details."
    )


def _end_with(study: Study, job_id: str, error: BaseException) -> None:
    cancelled = isinstance(error, CancelledError)
    study.set_job(
        job_id,
        status=Status.CANCELLED if cancelled else Status.FAILED,
        error=None if cancelled else str(_for_the_user(error)),
        ended=now(),
    )


def _put_timed(study: Study, variant: Variant, timed: Timed) -> None:
    """Gives a variant what was measured of it, in place of all that was measured before."""
    changes: dict[str, object] = {name: getattr(timed, name) for name in Timed.model_fields}
    changes["profile"] = timed.profile and write_profile(study, variant, timed.profile)
    study.put_variant(variant.model_copy(update={**changes, "timed": now()}))


def _discard_trainings(study: Study, job_id: str) -> None:
    """A cancelled job keeps nothing half-made."""
    index = study.index
    job = next(job for job in index.jobs if job.id == job_id)
    if index.dataset:
        discard_unfinished(
            training_folders(parse(job.recipe), index.model, index.dataset, study.folder)
        )


def _install_data(study: Study, staging: Path, judged: Judged) -> None:
    """Moves data and baseline into the study, switches its index over, and drops the old ones."""
    before = study.index
    name = f"data/{staging.name}"
    (staging / "data").rename(study.folder / name)
    _install_variant_files(study, staging / "variants", judged.baseline)
    changes = {
        "dataset": judged.dataset,
        "data_folder": name,
        "float_report": judged.report,
        "variants": (judged.baseline,),
    }
    study.update(lambda index: index.model_copy(update=changes))
    if before.data_folder:
        shutil.rmtree(study.folder / before.data_folder)
    kept = set(judged.baseline.files)
    for old in before.variants:
        for file in set(old.files) - kept:
            (study.folder / file).unlink()
        if old.file not in kept:
            beside(study.folder / old.file).unlink(missing_ok=True)


def _install_variant_files(study: Study, folder: Path, variant: Variant) -> None:
    for file in variant.files:
        (folder / Path(file).name).replace(study.folder / file)
