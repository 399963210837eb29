"""jobs/: recipes as jobs of a study.

The way of a job: queued → running (train, convert, measure accuracy, wait for a quiet machine,
measure latency) → done.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future
from functools import partial
from pathlib import Path, PurePath

from optimizer.errors import JobError, LiteweighError, StudyError
from optimizer.files.refusal import said_as
from optimizer.jobs.ending import end_with, error_of
from optimizer.jobs.install import install_variant_files, made_at
from optimizer.jobs.latency_turns import LatencyTurns
from optimizer.jobs.runs import Run, Runs
from optimizer.jobs.training_turns import TrainingTurns, kept_trainings
from optimizer.recipes import BASELINE, Recipe, parse
from optimizer.store.brought_files import brought_file, keep_brought
from optimizer.store.key import file_stem, variant_key
from optimizer.store.records import Job, Status, Variant, now
from optimizer.store.study import Study
from optimizer.store.training_folders import TRAINING
from optimizer.store.wholeness import is_whole
from optimizer.tasks.make_variant import MakeVariant
from optimizer.tasks.study_files import StudyFiles
from optimizer.techniques.training import history
from optimizer.techniques.training.history import Moment
from optimizer.workers.executor import Executor
from optimizer.workers.logs import clear_all_but_log
from optimizer.workers.progress import Progress

LOGGER = logging.getLogger(__name__)


class RecipeJobs:
    """Makes variants of recipes, and has them timed."""

    def __init__(self, executor: Executor, latency: LatencyTurns, runs: Runs) -> None:
        self._executor, self._latency, self._runs = executor, latency, runs
        self._trainings = TrainingTurns()
        self._held: list[tuple[Study, Job]] = []  # until another job's training is done

    def start(self, study: Study, recipes: Iterable[Recipe]) -> list[str]:
        """Queues recipes as jobs; one whose variant is there already, whole, is not made again.

        Returns:
            The ids of the new jobs.

        Raises:
            StudyError: the study has no data yet, or the disk takes no new job; nothing is started.
            RecipeError: a step that trains does not fit the model or the data; nothing is started.
        """
        dataset = study.index.dataset
        if dataset is None:
            raise StudyError("The study has no data yet. Add some on the Data page.")
        recipes = list(recipes)
        for recipe in recipes:
            recipe.check(study.index.model.summary, dataset)
            brought_file(study.folder, recipe)
        with self._runs.lock:
            busy = {job.recipe for job in study.index.jobs if job.status.active}
            to_make, to_time = [], []
            for recipe in dict.fromkeys(recipes):
                if str(recipe) in busy or recipe == BASELINE:
                    continue
                job = Job(id=uuid.uuid4().hex[:12], recipe=str(recipe))
                variant = study.variant(str(recipe))
                key = variant_key(recipe, study.index.model, dataset)
                fresh = variant and variant.key == key and is_whole(study.folder, variant)
                timed = variant and (variant.latency or not _timed_here(study, variant))
                if not fresh:
                    to_make.append(job)
                elif not timed:
                    to_time.append(job)
            started = [*to_make, *to_time]
            if started:
                with said_as(StudyError):
                    study.add_job(*started)
            for job in to_time:
                self._latency.wait(study, job.id)
            for job in to_make:
                self._submit(study, job)
            self._latency.begin(study)
        return [job.id for job in started]

    def add_file(self, study: Study, file: Path, name: str) -> tuple[Recipe, list[str]]:
        """Keeps a finished `.tflite` in the study, and queues its measuring as a job.

        Args:
            study: The study that gets the row.
            file: The `.tflite`; it is copied.
            name: What to call it; see `store.brought_files.fit_name`.

        Returns:
            The recipe of its variant, and the ids of the new jobs; none where it is there already.

        Raises:
            RecipeError: it is no `.tflite`.
            StudyError: the study has no data yet, or the disk takes nothing; nothing is started.
        """
        if study.index.dataset is None:
            raise StudyError("The study has no data yet. Add some on the Data page.")
        with said_as(StudyError):
            recipe = keep_brought(study.folder, file, name)
        return recipe, self.start(study, [recipe])

    def cancel(self, study: Study, job_ids: Sequence[str]) -> None:
        """Ends jobs, waiting or running."""
        with self._runs.lock:
            self._runs.cancelled.update(job_ids)
            self._latency.withdraw(study, job_ids)
            for held in [held for held in self._held if held[1].id in job_ids]:
                self._held.remove(held)
                end_with(study, held[1].id, CancelledError())
            by_job = self._runs.by_job
            futures = {by_job[job_id].future for job_id in job_ids if job_id in by_job}
        for future in futures:
            self._executor.cancel(future)

    def progress(self, study: Study, job: Job) -> Progress | None:
        """How far a job is, or what it waits for; None while it waits for a worker."""
        with self._runs.lock:
            run = self._runs.by_job.get(job.id)
            if self._latency.is_waiting(study, job.id):
                return Progress("Made; it is timed once the other files are made", 0.0)
            if any(held.id == job.id for _, held in self._held):
                return Progress("Waiting for another job's training, which it begins with too", 0.0)
        return self._executor.progress(run.work) if run else None

    def curve(self, study: Study, job: Job) -> list[Moment]:
        """How the training goes that a job is at, or did last; empty before it begins."""
        with self._runs.lock:
            run = self._runs.by_job.get(job.id)
        for kept in reversed(kept_trainings(study, parse(job.recipe))):
            moments = history.read(kept)
            if run and not moments:
                name = PurePath(TRAINING, kept.name, history.FILE)
                moments = history.parsed(self._executor.written(run.work, name, history.MOST))
            if moments:
                return moments
        return []

    def wait(self, study: Study, on_change: Callable[[], None] | None = None) -> None:
        """Blocks until no job of the study is active; calls `on_change` a few times a second.

        How they have ended is on disk then, if the disk takes it: the folder may be copied.
        """
        pause = threading.Event()
        while any(job.status.active for job in study.index.jobs):
            if on_change:
                on_change()
            pause.wait(0.1)
        study.catch_up()
        if on_change:
            on_change()

    def _submit(self, study: Study, job: Job) -> None:
        """Queues a job, or holds it back while another is at a training that it begins with."""
        try:
            trainings = self._trainings.take(study, job)
            if trainings is None:
                self._held.append((study, job))
                return
            work = MakeVariant(
                out=study.job_folder(job.id),
                files=StudyFiles.of(study),
                recipe=parse(job.recipe),
                trainings=trainings,
                brought=brought_file(study.folder, parse(job.recipe)),
            )
            future = self._executor.submit(
                work, partial(self._started, study, job.id), study.index.id
            )
        except Exception as error:  # the job has ended, whatever it is
            LOGGER.exception("The job %s could not begin", job.id)
            end_with(study, job.id, error)
            self._trainings.end(study, job.id)
            return
        self._runs.by_job[job.id] = Run(study, work, future)
        future.add_done_callback(partial(self._made, study, job.id))

    def _started(self, study: Study, job_id: str) -> None:
        study.set_job(job_id, status=Status.RUNNING, started=now())
        with self._runs.lock:
            self._latency.begin(study)  # a training does not keep others from being timed

    def _made(self, study: Study, job_id: str, future: "Future[Variant]") -> None:
        """Takes over what a worker left, and lets go on what waited for it."""
        with self._runs.lock:
            del self._runs.by_job[job_id]
            put_away = self._put_trainings_away(study, job_id, future)
            try:
                self._take_over(study, job_id, future.result())
            except Exception as error:  # the job has ended, whatever it is
                if not isinstance(error, (LiteweighError, CancelledError)):
                    LOGGER.exception("What the job %s made could not be taken over", job_id)
                end_with(study, job_id, error)
                if put_away:
                    _clear(study.job_folder(job_id))
            held, self._held = self._held, []
            for other, job in held:
                self._submit(other, job)
            self._latency.begin(study)

    def _put_trainings_away(self, study: Study, job_id: str, future: "Future[Variant]") -> bool:
        cancelled = isinstance(error_of(future), CancelledError)
        waiting = [job for other, job in self._held if other is study]
        return self._trainings.end(study, job_id, cancelled=cancelled, waiting=waiting)

    def _take_over(self, study: Study, job_id: str, variant: Variant) -> None:
        _check(study, job_id, variant)
        install_variant_files(study, study.job_folder(job_id), variant)
        study.put_variant(made_at(self._executor.level, variant))
        if not _timed_here(study, variant):
            study.set_job(job_id, status=Status.DONE, ended=now())
        else:
            self._latency.wait(study, job_id)


def _timed_here(study: Study, variant: Variant) -> bool:
    """Whether anything here can run the file; what a packing made runs elsewhere."""
    return not study.index.model.summary.select_tf_ops and variant.packed is None


def _check(study: Study, job_id: str, variant: Variant) -> None:
    """Holds a worker to the job that it was given: it replaces no other variant.

    Raises:
        JobError: it made something else.
    """
    index = study.index
    [recipe] = [parse(job.recipe) for job in index.jobs if job.id == job_id]
    assert index.dataset  # noqa: S101 (for the type checker: the job has started)
    key = variant_key(recipe, index.model, index.dataset)
    stem = file_stem(recipe, key)
    named_alike = all(Path(file).name.startswith(f"{stem}.") for file in variant.files)
    if (variant.recipe, variant.key) != (str(recipe), key) or not named_alike:
        raise JobError(
            f"The job made something else than “{recipe}”, so it was not taken. The model’s file "
            "may be harmful; the log may say more."
        )


def _clear(folder: Path) -> None:
    try:
        clear_all_but_log(folder)
    except OSError:
        LOGGER.exception("What a job left in %s could not be deleted", folder)
