"""tests/toys/: walks the toys through the engine and the pages, in the copy that has them.

python walk.py STUDY prints what it saw as JSON. The folder of STUDY is the home of the server.
"""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard import page_files
from dashboard.forms.composer import KEY
from dashboard.server.engine import stop
from dashboard.state import session
from dashboard.tables import audit_table
from optimizer.audit.findings import AUDIT
from optimizer.audit.verdict import in_words
from optimizer.jobs.estimate import estimate_seconds
from optimizer.recipes import parse
from optimizer.store.study import read_index


def visit(page: str, study: str) -> AppTest:
    """A page of the study; it may not end in an exception."""
    app = AppTest.from_file(page_files.ROUTER, default_timeout=120)
    app.query_params[session.PARAMETER] = study
    app.run()
    app.switch_page(page).run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    """All that a page says outside of widgets and tables."""
    elements: Sequence[Any] = (*app.markdown, *app.caption, *app.warning, *app.error)
    return "\n".join(element.value for element in elements)


def pages(study: str) -> dict[str, Any]:
    """What the pages show of the toys."""
    model = visit(page_files.MODEL, study)
    optimize = visit(page_files.OPTIMIZE, study)
    labels = [box.label for box in optimize.checkbox]
    widgets = [widget.label for widget in optimize.number_input]
    optimize.segmented_control(key="optimize.way").set_value("Train, then quantize").run()
    optimize.toggle(key=f"{KEY}.qat").set_value(False).run()
    optimize.toggle(key=f"{KEY}.ternary").set_value(True).run()
    assert not optimize.exception
    return {
        "model": said(model),
        "layers": model.dataframe[-1].value.to_dict("list"),
        "conversions": labels,
        "parameters": [*widgets, *(widget.label for widget in optimize.number_input)],
        "composed": optimize.code[0].value,
        "compare": said(visit(page_files.COMPARE, study)),
    }


def engine(folder: Path, recipe: str) -> dict[str, Any]:
    """What the engine knows of the study and of the variant that a recipe of toys made."""
    index = read_index(folder)
    made = next(variant for variant in index.variants if variant.recipe == recipe)
    assert made.audit is not None
    assert index.dataset is not None
    audit = AUDIT.read(folder / made.audit)
    estimates = {
        text: estimate_seconds(parse(text), index)
        for text in ("finetune(epochs=10)+rounded", "ternary(epochs=10)+rounded")
    }
    return {
        "text": str(parse(recipe)),
        "estimates": estimates,
        "audit": in_words(audit),
        "table": audit_table.findings(audit).to_dict("list"),
        "data": index.dataset.kind,
        "metrics": {metric.name: asdict(metric) for metric in made.others},
        "steps": [record.model_dump() for record in made.training],
    }


def main(folder: Path, recipe: str) -> None:
    """Prints everything."""
    os.environ["LITEWEIGH_HOME"] = str(folder.parent)
    seen = {**engine(folder, recipe), **pages(folder.name)}
    stop()
    json.dump(seen, sys.stdout, default=str)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
