"""tests/toys/: one of everything that can be added, a file each, and the room that it goes into."""

import shutil
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ROOMS = {
    "techniques": "optimizer/techniques",
    "metrics": "optimizer/measure/metrics",
    "data": "optimizer/data/sources",
    "models": "optimizer/models/formats",
    "targets": "optimizer/measure/inside/targets",
}


def add_to_a_copy(folder: Path) -> Path:
    """A copy of the program in `folder`, with the toys in their rooms and nothing else changed."""
    for part in ("optimizer", "dashboard", "pages"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name, room in ROOMS.items():
        for toy in (HERE / name).iterdir():
            if toy.is_file() and toy.name != "__init__.py":
                assert not (folder / room / toy.name).exists()
                shutil.copy(toy, folder / room)
    shutil.copy(HERE / "walk.py", folder)
    return folder
