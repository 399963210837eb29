"""export/report/: the program that draws a report's chart: plotly.js, as the package plotly has it.

The engine does not import plotly, which takes half a second: it reads the file.
"""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from optimizer.errors import StudyError

PLACE = "plotly/package_data/plotly.min.js"


def plotly_js() -> str:
    """The program, which begins with its licence.

    Raises:
        StudyError: plotly is not installed, or has it elsewhere.
    """
    try:
        return Path(str(distribution("plotly").locate_file(PLACE))).read_text("utf-8")
    except (PackageNotFoundError, OSError) as error:
        raise StudyError(
            f"A report is drawn by {PLACE}, which is missing. Install plotly 7.1 or later."
        ) from error
