"""dashboard/server/: saves a chart as a picture, in the browser: nothing is sent anywhere.

Two buttons in a frame of the page, which draw the chart around them into a file. A component of
Streamlit's own would be a script that the pages' content security policy forbids.
"""

from pathlib import Path
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

ROOT, PAGE = "/charts", "chart_export.html"
FILES = {PAGE: "text/html", "chart_export.js": "text/javascript", "chart_export.css": "text/css"}


def address(chart: str, name: str, theme: str) -> str:
    """Where the buttons of a chart are.

    Args:
        chart: Its key.
        name: Of the file that is saved, without an ending.
        theme: "light" or "dark".
    """
    key = chart.replace(".", "-")  # as Streamlit makes classes of keys
    query = urlencode({"chart": key, "name": name, "theme": theme}, quote_via=quote)
    return f"{ROOT}/{PAGE}?{query}"


async def serve(request: Request) -> Response:
    """Answers for one of the files; what is not there is a 404 with one sentence."""
    file = request.path_params["file"]
    if file not in FILES:
        return PlainTextResponse("There is no such file.", status_code=404)
    return FileResponse(Path(__file__).with_name(file), media_type=FILES[file])
