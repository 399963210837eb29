"""techniques/: a finished `.tflite` that somebody else made, as a row beside what is made here."""

from optimizer.errors import StudyError
from optimizer.techniques.family import BROUGHT
from optimizer.techniques.registry import named_only
from optimizer.techniques.technique import Conversion, Sources, parameter

DIGITS = 16
"""Of a file's SHA-256, which tell it apart."""
LONGEST_NAME = 40


@named_only
class Brought(Conversion):
    """A file that a colleague or another tool made: nothing is converted, all is measured.

    What is measured and handed out is a copy that was written anew from what the check understood:
    it gives the same answers bit for bit, without metadata. The study keeps the file as it came.
    """

    name = "brought"
    label = "Brought"
    summary = "A finished .tflite that was made elsewhere: a copy of what was understood of it."
    family = BROUGHT
    rank = 190
    first_choice = False
    after_training = False

    libraries = ()  # it is what it is

    called: str = parameter(
        ..., "Name", "What the file is called here.",
        pattern=rf"^[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}$",
    )  # fmt: skip
    sha256: str = parameter(
        ..., "SHA-256", f"The first {DIGITS} digits of the file's SHA-256.",
        pattern=rf"^[0-9a-f]{{{DIGITS}}}$",
    )  # fmt: skip

    @property
    def program(self) -> str:
        """See `Conversion.program`."""
        return "tool that made the file"

    def convert(self, sources: Sources) -> bytes:
        """Takes what was understood of the file.

        Raises:
            StudyError: the study does not have it.
        """
        if sources.brought is None:
            raise StudyError(f"The file of “{self.called}” is not in the study. Add it again.")
        return sources.brought.read_bytes()
