"""store/: what a user writes on a study, so that it is found again."""

from collections.abc import Iterable

from optimizer.errors import StudyError
from optimizer.store.records import Labels
from optimizer.store.study import Study

LONGEST_TITLE, LONGEST_NOTE, LONGEST_TAG = 100, 2000, 30
MOST_TAGS = 10


def label(
    study: Study,
    *,
    title: str | None = None,
    note: str | None = None,
    tags: Iterable[str] | None = None,
) -> None:
    """Writes on a study; what is None stays as it is.

    >>> label(study, title="Camera, second try", tags=["camera", "board"])
    >>> study.index.name
    'Camera, second try'

    Args:
        study: Open for writing.
        title: What it is called; empty: as its model.
        note: Some sentences.
        tags: Words by which it is found; each is kept once.

    Raises:
        StudyError: one is too long, or there are too many; nothing is changed.
        OSError: the disk does not take it.
    """
    old = study.index.labels
    new = Labels(
        title=old.title if title is None else " ".join(title.split()),
        note=old.note if note is None else note.strip(),
        tags=old.tags if tags is None else _tags(tags),
    )
    _check("title", new.title, LONGEST_TITLE)
    _check("note", new.note, LONGEST_NOTE)
    for tag in new.tags:
        _check("tag", tag, LONGEST_TAG)
    if len(new.tags) > MOST_TAGS:
        raise StudyError(
            f"A study has at most {MOST_TAGS} tags, and these are {len(new.tags)}. Leave some out."
        )
    if new != old:
        study.update(lambda index: index.model_copy(update={"labels": new}))


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for tag in map(" ".join, map(str.split, tags)) if tag))


def _check(what: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise StudyError(
            f"A {what} has at most {longest:,} characters, and this has {len(text):,}. Shorten it."
        )
