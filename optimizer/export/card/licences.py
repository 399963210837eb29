"""export/card/: the licences that a model card may name."""

from pathlib import Path

from optimizer.errors import StudyError

LICENCES = tuple(Path(__file__).with_suffix(".txt").read_text("utf-8").split())
"""Identifiers that the Hub knows: huggingface.co/docs/hub/repositories-licenses, 2026."""


def known_licence(given: str) -> str:
    """The identifier of a licence, in the Hub's writing.

    Raises:
        StudyError: the Hub knows none of that name.
    """
    name = given.strip().lower()
    if name in LICENCES:
        return name
    near = [one for one in LICENCES if name[:3] and one.startswith(name[:3])]
    raise StudyError(
        f"“{given[:60]}” is no licence that the Hugging Face Hub knows. "
        f"{'Near it are ' + ', '.join(near) if near else 'Some are apache-2.0, mit, cc-by-4.0'}; "
        "“other” stands for a text of your own."
    )
