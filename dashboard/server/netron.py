"""dashboard/server/: the graph of a file, drawn by Netron in a frame of the page.

Netron is a page of static files that reads the `.tflite` itself. They are served from its package
by this server, so no other process and no port is needed, and the frame may talk to nobody else:
its content security policy and `netron_host.js` see to that.
"""

import functools
import importlib.util
from html import escape
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from dashboard.server.engine import engine
from optimizer.errors import StudyError
from optimizer.export.files import download_name
from optimizer.store.records import Variant
from optimizer.store.study import Study

Theme = Literal["light", "dark"]
ROOT, MODEL = "/netron", "model"
PAGE, STYLE, HOST, THEIR_HOST = "index.html", "grapher.css", "browser.js", "netron-browser.js"
OUR_HOST = Path(__file__).with_name("netron_host.js")
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
}
"""What is served of the package: no Python."""
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
# Netron follows the system; the pages follow what the user chose in their menu.
SYSTEM_IS_DARK = "@media (prefers-color-scheme: dark)"
FOLLOWS: dict[Theme, str] = {"light": "@media not all", "dark": "@media all"}
# Of the pages, from .streamlit/config.toml: background, second background and border.
COLOURS: dict[Theme, tuple[str, str, str]] = {
    "light": ("#ffffff", "#f3f5f6", "#dde2e6"),
    "dark": ("#12171d", "#1b222b", "#303a45"),
}
STYLES = """
html {{ background-color: {background}; }}
body.default, body.welcome, body.alert, .target {{ background-color: {background}; }}
.target {{ border: 1px solid {border}; border-radius: 8px; box-sizing: border-box; }}
.sidebar {{ background-color: {second}; border-left-color: {border}; }}
.menu-button, .open-file-button {{ display: none !important; }}
"""
# Netron's brackets around shapes are Chinese: without such a font they are empty boxes.
VIEW, BRACKETS = "view.js", {"\\u3008": "(", "\\u3009": ")"}


def address(study: Study, variant: Variant, theme: Theme) -> str:
    """Where the graph of a variant is drawn."""
    query = urlencode({"study": study.index.id, "recipe": variant.recipe}, quote_via=quote)
    return f"{ROOT}/{theme}/{PAGE}?{query}"


async def serve(request: Request) -> Response:
    """Answers for one file of Netron; what is not there is a 404 with one sentence."""
    theme, file = request.path_params["theme"], request.path_params["file"]
    path = OUR_HOST if file == HOST else _package() / (HOST if file == THEIR_HOST else file)
    if theme not in FOLLOWS or path.suffix not in TYPES or not path.is_file():
        return PlainTextResponse("There is no such file.", status_code=404)
    headers = {"Content-Security-Policy": POLICY}
    kind = TYPES[path.suffix]
    edits = BRACKETS if file == VIEW else {SYSTEM_IS_DARK: FOLLOWS[theme]}
    if file not in {PAGE, STYLE, VIEW}:
        return FileResponse(path, media_type=kind, headers=headers)
    text = path.read_text(encoding="utf-8")
    for theirs, ours in edits.items():
        text = text.replace(theirs, ours)
    if file == PAGE:
        try:
            study = engine().library.open(request.query_params.get("study", ""))
        except StudyError:  # why, a page says
            return PlainTextResponse("There is no such study.", status_code=404)
        variant = study.variant(request.query_params.get("recipe", ""))
        if variant is None:
            return PlainTextResponse("The study has no such file.", status_code=404)
        text = text.replace("</head>", _head(study, variant, theme))
    return Response(text, media_type=kind, headers=headers)


def _head(study: Study, variant: Variant, theme: Theme) -> str:
    """What tells Netron which file to open, and the colours of the page around it."""
    name = download_name(study.index, variant)
    parts = (MODEL, study.index.id, variant.recipe, name)
    background, second, border = COLOURS[theme]
    file = "/".join(quote(part, safe="") for part in parts)
    style = STYLES.format(background=background, second=second, border=border)
    return (
        f'<meta name="file" content="{escape(file)}">\n'
        f'<meta name="identifier" content="{escape(name)}">\n'
        f"<style>{style}</style>\n</head>"
    )


@functools.cache
def _package() -> Path:
    """Where Netron's files lie; importing it would load the server that it brings along."""
    found = importlib.util.find_spec("netron")
    assert found and found.origin  # noqa: S101, PT018 (requirements.txt has it)
    return Path(found.origin).parent
