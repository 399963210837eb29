"""workers/confinement/: how well workers are confined, and how well they are to be."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

BUBBLEWRAP: Final = "bubblewrap"
LANDLOCK: Final = "landlock"
NONE: Final = "none"
LevelName = Literal["bubblewrap", "landlock", "none"]

HELD_BY: Final[dict[LevelName, str]] = {
    BUBBLEWRAP: "confined by bubblewrap and seccomp",  # and by Landlock where the kernel has it
    LANDLOCK: "confined by Landlock and seccomp",
    NONE: "not confined",
}
"""What holds a worker at each level, the strongest first: the end of “a process that is …”."""


class Wish(str, Enum):
    """What whoever runs Liteweigh wants: LITEWEIGH_ISOLATION."""

    AUTO = "auto"
    REQUIRED = "required"
    OFF = "off"


@dataclass(frozen=True)
class Level:
    """What confines workers.

    Attributes:
        name: The strongest that works here.
        why: Why it is no stronger one, in a sentence; empty for the strongest.
    """

    name: LevelName
    why: str = ""

    @property
    def confined(self) -> bool:
        """Whether a worker that is taken over stays away from all else."""
        return self.name != NONE

    @property
    def strongest(self) -> bool:
        """Whether there is no stronger one, on any machine."""
        return self.name == next(iter(HELD_BY))

    @property
    def sentence(self) -> str:
        """For people: what opens files, and what it can do."""
        kind = " without network or other files," if self.confined else " that are"
        return f"Files are opened in processes{kind} {HELD_BY[self.name]}. {self.why}".strip()
