"""workers/confinement/: how well workers are confined, and how well they are to be."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

BUBBLEWRAP: Final = "bubblewrap"
LANDLOCK: Final = "landlock"
NONE: Final = "none"


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

    name: Literal["bubblewrap", "landlock", "none"]
    why: str = ""

    @property
    def confined(self) -> bool:
        """Whether a worker that is taken over stays away from all else."""
        return self.name != NONE

    @property
    def sentence(self) -> str:
        """For people: what opens files, and what it can do."""
        if not self.confined:
            return f"Files are opened in processes that are not confined. {self.why}".strip()
        by = (
            "bubblewrap, Landlock and seccomp"
            if self.name == BUBBLEWRAP
            else "Landlock and seccomp"
        )
        said = f"Files are opened in processes without network or other files, confined by {by}."
        return f"{said} {self.why}".strip()
