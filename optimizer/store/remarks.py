"""store/: what a user thinks of single variants: pinned, hidden, noted."""

from optimizer.errors import StudyError
from optimizer.store.labels import LONGEST_NOTE
from optimizer.store.records import Remark
from optimizer.store.study import Study


def remark_on(
    study: Study,
    recipe: str,
    *,
    pinned: bool | None = None,
    hidden: bool | None = None,
    note: str | None = None,
) -> Remark:
    """Remarks on a variant; what is None stays as it is.

    >>> remark_on(study, "int8", pinned=True, note="for the demo").pinned
    True

    Args:
        study: Open for writing.
        recipe: The text form, as the variant has it.
        pinned: Whether it stands before all others.
        hidden: Whether lists leave it out until they are asked for it.
        note: Some sentences.

    Returns:
        What is thought of it now.

    Raises:
        StudyError: there is no such variant, or the note is too long; nothing is changed.
        OSError: the disk does not take it.
    """
    if study.variant(recipe) is None:
        there = ", ".join(variant.recipe for variant in study.index.variants)
        raise StudyError(f"There is no variant “{recipe}”. There are: {there}.")
    if note is not None and len(note) > LONGEST_NOTE:
        raise StudyError(
            f"A note has at most {LONGEST_NOTE:,} characters, and this has {len(note):,}. "
            "Shorten it."
        )
    old = study.index.remark(recipe)
    new = Remark(
        recipe=recipe,
        pinned=old.pinned if pinned is None else pinned,
        hidden=old.hidden if hidden is None else hidden,
        note=old.note if note is None else note.strip(),
    )
    if new != old:
        others = tuple(one for one in study.index.remarks if one.recipe != recipe)
        kept = () if new == Remark(recipe=recipe) else (new,)
        study.update(lambda index: index.model_copy(update={"remarks": (*others, *kept)}))
    return new
