"""store/: what a study is about, as a digest that others can hand back."""

from optimizer.files.digest import text_digest
from optimizer.store.records import StudyIndex


def mark_of(index: StudyIndex) -> str:
    """The same for all copies of a study, and for no other model or data: a SHA-256."""
    data = index.dataset.digest if index.dataset else ""
    return text_digest(f"{index.model.digest} {data}")
