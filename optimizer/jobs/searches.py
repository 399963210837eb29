"""jobs/: searches: recipes are tried on the tuning role, and the best become variants.

Each result is in the study's index before the next recipe is tried: a kill loses the one at work,
and a search that is begun again goes on where it was. What to try, and what is worth becoming a
variant, a plan says: see `choose.quick_search`.
"""

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from optimizer.errors import LiteweighError, StudyError
from optimizer.jobs.ending import for_the_user
from optimizer.jobs.pending import Pending
from optimizer.jobs.recipe_jobs import RecipeJobs
from optimizer.jobs.staged import run_staged
from optimizer.recipes import Recipe
from optimizer.store.key import variant_key
from optimizer.store.library import Library
from optimizer.store.records import StudyIndex
from optimizer.store.study import Study
from optimizer.store.tried import Tried
from optimizer.tasks.study_files import StudyFiles
from optimizer.tasks.try_recipe import TryRecipe
from optimizer.workers.executor import Executor

LOGGER = logging.getLogger(__name__)
GLANCE = 0.05  # seconds between two looks at what is being tried
AT_ONCE = 2  # recipes that are tried at the same time, where there are so many workers


class Plan(Protocol):
    """Decides what a search does; it looks at the tuning role and at files alone."""

    def next(self, study: Study, seconds: float) -> Sequence[Recipe]:
        """What to try now, best first; nothing: enough was tried.

        Args:
            study: With what was tried in its index.
            seconds: That this search has taken so far.
        """

    def finalists(self, study: Study) -> Sequence[Recipe]:
        """What is worth becoming a variant, whose loss is tested on the evaluation role."""


class Search:
    """A search of a study, at work or ended.

    Attributes:
        study: Where it searches.
        trying: The recipes that are being tried.
        finalists: What has become variants, or does so.
        error: Why it ended early, in a sentence; else None.
        began: `time.monotonic` at its begin.
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self.trying: tuple[str, ...] = ()
        self.finalists: tuple[str, ...] = ()
        self.error: str | None = None
        self.began = time.monotonic()
        self._stop, self._ended = threading.Event(), threading.Event()

    @property
    def done(self) -> bool:
        """Whether it has ended, however."""
        return self._ended.is_set()

    @property
    def stopped(self) -> bool:
        """Whether somebody stopped it."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ends it within a second; what was found stays."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until it has ended, or so long; whether it has."""
        return self._ended.wait(seconds)

    def pause(self) -> bool:
        """For a moment; whether somebody stopped it."""
        return self._stop.wait(GLANCE)

    def end(self) -> None:
        """It has ended."""
        self.trying = ()
        self._ended.set()


class Searches:
    """The searches of all studies that this process has open, at most one each."""

    def __init__(self, executor: Executor, library: Library, jobs: RecipeJobs) -> None:
        self._executor, self._library, self._jobs = executor, library, jobs
        self._by_study: dict[str, Search] = {}
        self._lock = threading.Lock()

    def search(self, study: Study, plan: Plan) -> Search:
        """Begins a search; one of this study that is at work goes on instead.

        Raises:
            StudyError: the study has no data yet, or data without samples to judge by.
        """
        check(study.index)
        with self._lock:
            before = self._by_study.get(study.index.id)
            if before and not before.done:
                return before
            begun = self._by_study[study.index.id] = Search(study)
        threading.Thread(target=self._run, args=(begun, plan), name="search", daemon=True).start()
        return begun

    def searching(self, study: Study) -> Search | None:
        """The last search of a study in this process; None without one."""
        return self._by_study.get(study.index.id)

    def stop_all(self) -> None:
        """Ends all, and waits for them: the workers are about to go."""
        for one in list(self._by_study.values()):
            one.stop()
        for one in list(self._by_study.values()):
            one.wait(5)

    def _run(self, search: Search, plan: Plan) -> None:
        try:
            self._try_all(search, plan)
            if not search.stopped:
                self._make(search, plan.finalists(search.study))
        except Exception as error:  # whoever waits is told, whatever it is
            if not isinstance(error, LiteweighError):
                LOGGER.exception("A search of %s has failed", search.study.index.id)
            search.error = str(for_the_user(error))
        finally:
            search.end()

    def _try_all(self, search: Search, plan: Plan) -> None:
        while not search.stopped:
            recipes = plan.next(search.study, time.monotonic() - search.began)[:AT_ONCE]
            if not recipes:
                return
            search.trying = tuple(map(str, recipes))
            running = [(recipe, self._try(search.study, recipe)) for recipe in recipes]
            while any(not pending.done for _, pending in running):
                if search.pause():
                    for _, pending in running:
                        pending.cancel()
                    break
            if not search.stopped:
                _keep(search.study, [_result(search.study, *one) for one in running])
            search.trying = ()

    def _try(self, study: Study, recipe: Recipe) -> Pending[Tried]:
        index = study.index

        def begin(out: Path) -> TryRecipe:
            return TryRecipe(
                out=out,
                files=StudyFiles.of(study),
                recipe=recipe,
                baseline=study.folder / index.variants[0].predictions,
            )

        return run_staged(self._executor, self._library, index.id, begin, lambda tried, _: tried)

    def _make(self, search: Search, finalists: Sequence[Recipe]) -> None:
        search.finalists = tuple(map(str, finalists))
        started = self._jobs.start(search.study, finalists)

        def active() -> bool:
            jobs = search.study.index.jobs
            return any(job.status.active for job in jobs if job.id in started)

        while active():
            if search.pause():
                self._jobs.cancel(search.study, started)
                return


def check(index: StudyIndex) -> None:
    """Refuses a study in which nothing can be searched.

    Raises:
        StudyError: it has no data, or none that tell what a file loses.
    """
    dataset = index.dataset
    if dataset is None:
        raise StudyError("The study has no data yet. Add some on the Data page.")
    if dataset.synthetic:
        raise StudyError(
            "A search needs data: with random inputs nobody can tell what a file loses. Add data "
            "on the Data page."
        )
    if not dataset.tuning:
        raise StudyError(
            "A search looks at the tuning samples, and there are none. Give more samples, or some "
            "of that role (--role tuning=FILE)."
        )
    if index.model.summary.select_tf_ops:
        raise StudyError(
            "Nothing here can run TensorFlow's own operators, so a search cannot tell what a file "
            f"loses ({', '.join(index.model.summary.select_tf_ops)})."
        )
    if index.model.summary.quantized:
        raise StudyError(
            "The file is quantized already, so there is nothing to search. Bring the float model "
            "that it was made from."
        )


def _result(study: Study, recipe: Recipe, pending: Pending[Tried]) -> Tried:
    """What was found out, under the recipe that was asked for, whatever a worker says."""
    assert study.index.dataset  # noqa: S101 (for the type checker: see `check`)
    text, key = str(recipe), variant_key(recipe, study.index.model, study.index.dataset)
    try:
        return pending.result().model_copy(update={"recipe": text, "key": key})
    except LiteweighError as error:
        return Tried(recipe=text, key=key, error=str(error))


def _keep(study: Study, found: Sequence[Tried]) -> None:
    """Puts results into the index, each in the place of an older one of the same recipe."""

    def change(index: StudyIndex) -> StudyIndex:
        all_of_them = {one.recipe: one for one in (*index.tried, *found)}
        return index.model_copy(update={"tried": tuple(all_of_them.values())})

    study.update(change)
