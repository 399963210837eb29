"""choose/: what a search found, and why not a smaller file, in sentences for pages and terminal."""

from optimizer.choose.choice import Choice, Proved, default
from optimizer.choose.choice_in_words import loss_in_words
from optimizer.choose.known import Known, allowed, fits, known
from optimizer.choose.loss_unit import headline, unit_of
from optimizer.choose.proofs import Answer
from optimizer.choose.quick_search import MOST
from optimizer.jobs.searches import Search
from optimizer.store.records import StudyIndex
from optimizer.store.study import Study
from optimizer.store.tried import Tried
from optimizer.words import counted


def why_not_smaller(study: Study, choice: Choice) -> str:
    """Of what was tried and is smaller than the choice, what stands in its way; a sentence.

    Empty where nothing was tried by a search.
    """
    index = study.index
    if not index.tried:
        return ""
    found = known(study)
    files = {recipe: one for recipe, one in found.items() if one.weighed}
    chosen = choice.variant or index.variants[0]
    smaller = {
        recipe: one
        for recipe, one in files.items()
        if one.weighed and one.weighed.size_bytes < chosen.size_bytes
    }
    tried = f"{counted(len(files), 'file')} that {'was' if len(files) == 1 else 'were'} tried"
    if not smaller:
        return f"None of the {tried} is smaller."
    nearest = min(smaller.values(), key=lambda one: _beyond(one, choice, index))
    among = "It" if len(smaller) == 1 else "The nearest of them"
    begin = f"Of the {tried} {len(smaller)} {'is' if len(smaller) == 1 else 'are'} smaller."
    return f"{begin} {among}, {nearest.recipe}, {_in_the_way(nearest, choice, index)}."


def told(one: Tried, study: Study) -> str:
    """What is known of one recipe: `12,345 bytes, 0.2 points lost on 400 tuning samples`."""
    if one.weighed is None:
        return one.error or "it could not be made"
    size = f"{one.weighed.size_bytes:,} bytes"
    return f"{size}, {lost_in_words(one, study.index)}" if one.lost else f"{size}, not judged"


def how_far(search: Search) -> str:
    """What a search does now: `6 of at most 40 tried, the smallest that may hold is int8`."""
    study = search.study
    if search.finalists:
        return f"Proving {', '.join(search.finalists)} on the evaluation samples"
    found = known(study)
    best = best_so_far(study, found)
    so_far = f"{len(found)} of at most {MOST} tried"
    return f"{so_far}; best so far {best.recipe}" if best else so_far


def best_so_far(study: Study, found: Known) -> Tried | None:
    """The smallest that holds the limits as far as the tuning role tells."""
    limits = study.index.limits
    inside = [
        one
        for one in found.values()
        if one.weighed and one.lost and fits(limits, one.weighed) and _within(one, study.index)
    ]
    return min(inside, key=lambda one: one.weighed.size_bytes if one.weighed else 0, default=None)


def _within(one: Tried, index: StudyIndex) -> bool:
    loss = index.limits.loss or default(index)
    return one.lost is not None and one.lost.value <= allowed(loss, one.lost)


def _beyond(one: Tried, choice: Choice, index: StudyIndex) -> tuple[int, float]:
    """How far it is from being chosen: first what was proved, then what the tuning role tells."""
    limits = choice.limits
    lost = one.lost.value if one.lost else float("inf")
    outside = one.weighed is None or not fits(limits, one.weighed)
    return int(outside) + 2 * int(not _within(one, index)), lost


def _in_the_way(one: Tried, choice: Choice, index: StudyIndex) -> str:
    proved = next((each for each in choice.proved if each.variant.recipe == one.recipe), None)
    if proved is not None:
        return _of_proofs(proved, choice, index)
    if one.weighed and not fits(choice.limits, one.weighed):
        return "goes beyond another limit"
    if one.lost is None:
        return "could not be judged"
    lost = lost_in_words(one, index)
    if not _within(one, index):
        return f"is not within the limit: {lost}"
    return f"is too likely not to be proved: {lost}"


def _of_proofs(proved: Proved, choice: Choice, index: StudyIndex) -> str:
    verdict = proved.verdict.value
    if proved.waits_for:
        return f"is open, for its turn comes after {proved.waits_for}"
    if proved.loss.verdict is Answer.HELD:
        return f"is {verdict}: it goes beyond another limit"
    return f"is {verdict}: {loss_in_words(proved.loss, choice, index)}"


def lost_in_words(one: Tried, index: StudyIndex) -> str:
    """`0.2 points lost on 400 tuning samples`."""
    loss = index.limits.loss or default(index)
    assert one.lost  # noqa: S101 (for the type checker)
    value = one.lost.value
    if loss.relative:
        if not one.lost.baseline:
            return "its loss has no unit"
        value /= one.lost.baseline
    unit = unit_of(loss, headline(index))
    way = "lost" if value >= 0 else "gained"
    return f"{unit.told(abs(value))} {way} on {one.lost.n:,} tuning samples"
