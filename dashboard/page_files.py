"""dashboard/: the script that all pages begin with, and the pages in the order of a user's way."""

from pathlib import Path

ROUTER = str(Path(__file__).parent / "entry" / "router.py")
PAGES = Path(__file__).parent.parent / "pages"
MODEL = str(PAGES / "model.py")
DATA = str(PAGES / "data.py")
OPTIMIZE = str(PAGES / "optimize.py")
COMPARE = str(PAGES / "compare.py")
SIDE_BY_SIDE = str(PAGES / "side_by_side.py")
INSPECT = str(PAGES / "inspect.py")
DEVICES = str(PAGES / "devices.py")
STUDIES = str(PAGES / "studies.py")
