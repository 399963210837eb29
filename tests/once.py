"""tests: what takes long to make is made once in a test run, whichever of its processes asks first.

pytest-xdist gives each process a folder beside those of the others; what is shared lies between
them. Whoever gets something from here may read it and copy it, and must not change it.
"""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


class Once:
    """Folders that were filled once.

    Attributes:
        root: Where they lie; the same for all processes of a test run.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(exist_ok=True)

    def __call__(self, name: str, fill: Callable[[Path], object]) -> Path:
        """The folder `name`; it is filled if nobody did so yet, and waited for if somebody does.

        Args:
            name: Tells what is in it; whoever uses the same name makes the same.
            fill: Called with an empty folder. If it fails, the next one who asks tries again.
        """
        place, begun = self.root / name, self.root / f"{name}.begun"
        with (self.root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not place.exists():
                shutil.rmtree(begun, ignore_errors=True)
                begun.mkdir()
                fill(begun)
                begun.rename(place)
        return place


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Once:
    """once("tiny", train), which gives a folder."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base
    return Once(shared / "once")
