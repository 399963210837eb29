"""export/report/: the whole file: its parts, its style, its programs, and what it may not do."""

import base64
import hashlib
import json
from importlib.resources import files

from optimizer.export.provenance import moment
from optimizer.export.report.all_files import all_files, chart_data
from optimizer.export.report.answer import answer
from optimizer.export.report.inside import inside
from optimizer.export.report.markup import Markup, joined, tag
from optimizer.export.report.measured_on import measured_on
from optimizer.export.report.method import method
from optimizer.export.report.origin import origin
from optimizer.export.report.plotly_js import plotly_js
from optimizer.export.report.question import question
from optimizer.export.report.told import Told, told
from optimizer.export.report.turned_down import turned_down
from optimizer.store.records import now
from optimizer.store.study import Study

CARRIED = files(__package__) / "carried"


def report(study: Study) -> str:
    """A study as one HTML document that asks no network for anything.

    Its content security policy lets it run the two programs that it carries, told by their hashes,
    and open nothing else: whatever a name in it may try.

    Raises:
        StudyError: what draws the chart is not installed.
    """
    found = told(study)
    body = _body(found)
    programs = (plotly_js(), _carried("report.js")) if found.rows else ()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, programs)) or chr(39) + 'none' + chr(39)}",
            "style-src 'unsafe-inline'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    data = _as_json(chart_data(found)) if found.rows else Markup("null")
    head = joined(
        tag("meta", charset="utf-8"),
        # Written by hand: quotes of a policy stay as they are.
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="generator", content="Liteweigh"),
        tag("title", f"{found.index.name}: what to ship"),
        Markup(f"<style>{_carried('report.css')}</style>"),
    )
    scripts = joined(
        Markup(f'<script type="application/json" id="chart">{data}</script>'),
        *(Markup(f"<script>{program}</script>") for program in programs),
    )
    html = joined(
        tag("head", head), tag("body", tag("main", body), scripts if found.rows else None)
    )
    return f'<!DOCTYPE html>\n<html lang="en">{html}</html>\n'


def _body(found: Told) -> Markup:
    return joined(
        answer(found),
        question(found),
        all_files(found),
        turned_down(found),
        inside(found),
        measured_on(found),
        method(found),
        origin(found),
        tag(
            "footer",
            f"Written by Liteweigh on {moment(now().isoformat())}. results.json of "
            "the study has the same numbers for programs.",
        ),
    )


def _carried(name: str) -> str:
    return (CARRIED / name).read_text("utf-8")


def _hash(program: str) -> str:
    """As a policy names a program: by what stands between its tags."""
    digest = hashlib.sha256(program.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _as_json(data: object) -> Markup:
    """Data in a script that is none: no text in it ends the element, or begins a comment."""
    return Markup(json.dumps(data, allow_nan=False).replace("<", "\\u003c"))
