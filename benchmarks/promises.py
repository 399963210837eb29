"""benchmarks/: how often a choice breaks what it promised, where the truth is known.

The error that is allowed is 5 %, and the goals are what chance makes of it: a right program goes
beyond them once in 10,000 runs.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.conversion import study_of_the_sample
from benchmarks.row import Row, at_least, at_most
from optimizer.choose.choice import choose
from optimizer.recipes import parse
from optimizer.store.limits import Limits, Loss
from optimizer.store.records import StudyIndex, Variant
from optimizer.store.study import Study

Scores = npt.NDArray[np.bool_]
RECIPES = ("float16", "dynamic_range", "int8")
TRIALS, SPLITS = 10_000, 2_000
SAMPLES, RIGHT, CHANGED = 1_000, 0.9, 0.02
LOSSES = (0.0, 0.0101, 0.0101)  # of a simulated float16, dynamic_range and int8; 0.01 is allowed
MOST_SIMULATED, MOST_REDRAWN = 583, 138


def measure() -> list[Row]:
    """Simulated scores with known losses, and redrawn ones of the sample's real variants."""
    with tempfile.TemporaryDirectory() as folder, study_of_the_sample() as (scheduler, made):
        scheduler.start(made, [parse(recipe) for recipe in RECIPES])
        scheduler.wait(made)
        variants = [_variant(made, recipe) for recipe in ("float32", *RECIPES)]
        scores = [_scores(made, variant) for variant in variants]
        study = _copy(made, variants, Path(folder) / "drawn")
        try:
            return [*_simulated(study), *_redrawn(study, scores)]
        finally:
            study.close()


def _simulated(study: Study) -> list[Row]:
    rng = np.random.default_rng(31)

    def draws() -> Iterator[list[Scores]]:
        for _ in range(TRIALS):
            base = rng.random(SAMPLES) < RIGHT
            yield [base, *(_worse(base, loss, rng) for loss in LOSSES)]

    broken, promised = _count(study, draws(), Loss(value=0.01), lambda place: LOSSES[place - 1])
    what = f"of {TRIALS:,} choices among simulated variants that break their promise"
    return [
        at_most("promises", what, broken, MOST_SIMULATED),
        at_least("promises", "of them in which anything is promised", promised, TRIALS / 10),
    ]


def _redrawn(study: Study, scores: list[Scores]) -> list[Row]:
    """Limits that the variants just break, on samples that are drawn from all of the sample's."""
    rng = np.random.default_rng(32)
    losses = [float(scores[0].mean() - one.mean()) for one in scores]
    worst = max(losses[1:])
    limit = max(worst - 1e-6, 1e-4)

    def draws() -> Iterator[list[Scores]]:
        for _ in range(SPLITS):
            drawn = rng.integers(0, len(scores[0]), len(scores[0]))
            yield [one[drawn] for one in scores]

    broken, _ = _count(study, draws(), Loss(value=limit), losses.__getitem__)
    what = f"of {SPLITS:,} choices on redrawn samples that break their promise"
    return [at_most("promises", what, broken, MOST_REDRAWN)]


def _count(
    study: Study, draws: Iterator[list[Scores]], loss: Loss, truth: Callable[[int], float]
) -> tuple[int, int]:
    """How many choices lose more than is allowed, and how many are not the baseline."""
    places = {variant.recipe: place for place, variant in enumerate(study.index.variants)}
    broken = promised = 0
    for scores in draws:
        for variant, one in zip(study.index.variants, scores, strict=True):
            np.savez(study.folder / variant.predictions, scores=one)
        place = places[choose(study, Limits(loss=loss)).recipe or "float32"]
        promised += place > 0
        broken += place > 0 and truth(place) > loss.value
    return broken, promised


def _worse(base: Scores, loss: float, rng: np.random.Generator) -> Scores:
    """Answers of which `CHANGED` of all became right, and so many more wrong."""
    luck = rng.random(len(base))
    stays, gains = luck >= (CHANGED + loss) / RIGHT, luck < CHANGED / (1 - RIGHT)
    return np.where(base, stays, gains)


def _variant(study: Study, recipe: str) -> Variant:
    variant = study.variant(recipe)
    assert variant, study.index.jobs
    return variant


def _scores(study: Study, variant: Variant) -> Scores:
    with np.load(study.folder / variant.predictions) as kept:
        scores: Scores = kept["scores"]
    return scores


def _copy(study: Study, variants: list[Variant], folder: Path) -> Study:
    """A study of the same variants whose scores may be drawn anew."""
    (folder / "variants").mkdir(parents=True)
    for variant in variants:
        shutil.copyfile(study.folder / variant.file, folder / variant.file)
        shutil.copyfile(study.folder / variant.predictions, folder / variant.predictions)
    fields = study.index.model_dump() | {"id": folder.name, "variants": variants, "jobs": ()}
    return Study.create(folder, StudyIndex.model_validate(fields))
