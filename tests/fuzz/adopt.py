"""tests/fuzz: takes into the corpus what a run has found: python -m tests.fuzz.adopt FOLDER

The folder is the one that the run was told to keep files in. The smallest come first, and one is
taken if it reaches lines that neither the corpus nor those before it reach.
"""

import shutil
import sys
from pathlib import Path

from tests.fuzz.isolation import Isolation
from tests.fuzz.lines import Line
from tests.fuzz.mutations import FOUND, files, folder_name, given_name
from tests.fuzz.targets import TARGETS, hold_and_tell


def adopt(kept: Path) -> list[Path]:
    """Copies files into `FOUND`; returns where they are."""
    taken = []
    for target, one in TARGETS.items():
        isolation = Isolation()  # a new process for each, for it tells of new lines only
        known: set[Line] = set()
        for source in files(target, one.suffixes):
            known |= isolation.run(hold_and_tell, target, *source) or frozenset()
        folder = folder_name(target)
        for file in sorted((kept / folder).glob("*"), key=lambda file: file.stat().st_size):
            told = isolation.run(hold_and_tell, target, given_name(file), file.read_bytes())
            if (told or frozenset()) - known:
                known |= told or frozenset()
                (FOUND / folder).mkdir(parents=True, exist_ok=True)
                taken.append(Path(shutil.copy(file, FOUND / folder)))
        isolation.close()
    return taken


if __name__ == "__main__":
    for place in adopt(Path(sys.argv[1])):
        print(place)  # noqa: T201
