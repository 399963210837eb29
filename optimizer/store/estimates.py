"""store/: what is known of files on chips that are not here, as a study keeps it."""

from collections.abc import Sequence

from optimizer.devices.boards import Board, Fit, fits
from optimizer.devices.estimates import Estimate
from optimizer.store.records import StudyIndex, Variant
from optimizer.store.study import Study


def put_estimates(study: Study, found: Sequence[Estimate]) -> None:
    """Adds them in the place of older ones of the same recipes, and drops those of no variant.

    Raises:
        OSError: the disk does not take it; nothing was changed.
    """

    def change(index: StudyIndex) -> StudyIndex:
        recipes = {one.recipe for one in index.variants}
        new = {one.recipe for one in found}
        kept = [one for one in index.estimates if one.recipe in recipes - new]
        return index.model_copy(update={"estimates": (*kept, *found)})

    study.update(change)


def estimate_of(index: StudyIndex, variant: Variant) -> Estimate | None:
    """What is known of a variant's file as it is now; None where nobody asked."""
    for one in index.estimates:
        if (one.recipe, one.sha256) == (variant.recipe, variant.sha256):
            return one
    return None


def fits_of(variant: Variant, found: Estimate, among: Sequence[Board]) -> tuple[Fit, ...]:
    """Whether a variant has room on boards; none where its arena is not known."""
    if found.micro is None or found.micro.arena_bytes is None:
        return ()
    return fits(variant.size_bytes, found.micro.arena_bytes, among)
