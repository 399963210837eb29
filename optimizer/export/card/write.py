"""export/card/: writes the card of a variant."""

from pathlib import Path

from optimizer.choose.choice import choose
from optimizer.choose.comparison import compare
from optimizer.errors import StudyError
from optimizer.export.card.licences import known_licence
from optimizer.export.card.metadata import front_matter, metadata
from optimizer.export.card.page import page
from optimizer.files.atomic import write_atomically
from optimizer.files.refusal import said_as
from optimizer.store.records import Variant
from optimizer.store.study import Study

CARD = "README.md"


def card(study: Study, variant: Variant, licence: str = "") -> str:
    """A model card: YAML for programs, then Markdown for people.

    Args:
        study: Has the variant.
        variant: Which one.
        licence: As the Hugging Face Hub calls it; without one the card names none.

    Raises:
        StudyError: there is no such licence.
    """
    known = known_licence(licence) if licence else None
    rows = compare(study)
    made = next(row for row in rows if row.variant.recipe == variant.recipe)
    choice = choose(study, study.index.limits)
    told = front_matter(metadata(study.index, variant, known))
    return f"{told}\n{page(study.index, made, rows[0], choice)}"


def write_card(study: Study, variant: Variant, file: Path, licence: str = "") -> Path:
    """Writes it into `file`, and returns that.

    Raises:
        StudyError: there is no such licence, or the disk does not take it.
    """
    content = card(study, variant, licence).encode()
    with said_as(StudyError):
        write_atomically(file, content)
    return file
