"""benchmarks/: the quick search against every mixture, the quantizer's recipes and a greedy."""

import time

from benchmarks.conversion import study_of_the_sample
from benchmarks.enumeration import Enumerate, Found, Greedy
from benchmarks.row import Row, at_most, ratio_at_most
from optimizer.choose.decide import decide
from optimizer.choose.proofs import Answer
from optimizer.choose.quick_search import QuickSearch
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.study import Study
from optimizer.tasks.study_files import StudyFiles
from optimizer.workers.work import Work

OWN_RECIPES = tuple(
    parse(f"{name}(quantizer=litert)") for name in ("float16", "dynamic_range", "int8")
)
"""Those of the LiteRT Quantizer that a user would run instead."""


def measure() -> list[Row]:
    """On the sample: the size that is proved at 1 point, and what it takes."""
    with study_of_the_sample() as (scheduler, study):
        began = time.monotonic()
        search = scheduler.search(study, QuickSearch(scheduler))
        search.wait()
        took = time.monotonic() - began
        chosen = decide(study).variant
        assert search.error is None, search.error
        assert chosen
        ours = chosen.size_bytes / 1000
        every = _run(scheduler, study, Enumerate)
        greedy = _run(scheduler, study, Greedy)
        recipes = _best_of_recipes(scheduler, study)
    return [
        at_most("search", "seconds of the search of the sample", took, 60),
        _size("the smallest of all mixtures that holds", ours, every.size_bytes, 1.03),
        ratio_at_most(
            "search", f"seconds, against all {every.files} mixtures", took, every.seconds, 0.1
        ),
        _size("the quantizer's own recipes", ours, recipes, 1.0),
        _size("a greedy one, as NNCF does it", ours, greedy.size_bytes, 1.0),
    ]


def _size(theirs: str, ours: float, size_bytes: int, limit: float) -> Row:
    """Ours is the smaller too where theirs found nothing that is proved."""
    found = size_bytes / 1000 if size_bytes else float("inf")
    return ratio_at_most("search", f"KB proved at 1 point, against {theirs}", ours, found, limit)


def _run(scheduler: Scheduler, study: Study, kind: type[Work[Found]]) -> Found:
    folder = study.job_folder(kind.__name__)
    folder.mkdir()
    work = kind(folder, StudyFiles.of(study))  # type: ignore[call-arg]
    return scheduler.executor.submit(work, lambda: None, study.index.id).result()


def _best_of_recipes(scheduler: Scheduler, study: Study) -> int:
    """The smallest that is proved by itself."""
    scheduler.start(study, OWN_RECIPES)
    scheduler.wait(study)
    proved = {one.variant.recipe: one for one in decide(study).proved}
    held = [proved[str(recipe)] for recipe in OWN_RECIPES]
    return min(
        (one.variant.size_bytes for one in held if one.loss.high is not None
         and one.loss.high <= one.loss.bound and one.verdict is not Answer.BROKEN),
        default=0,
    )  # fmt: skip
