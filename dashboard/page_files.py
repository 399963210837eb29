"""dashboard/: the pages, in the order in which a user goes through them."""

from pathlib import Path

PAGES = Path(__file__).parent.parent / "pages"
MODEL = str(PAGES / "model.py")
DATA = str(PAGES / "data.py")
OPTIMIZE = str(PAGES / "optimize.py")
COMPARE = str(PAGES / "compare.py")
INSPECT = str(PAGES / "inspect.py")
