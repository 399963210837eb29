"""tests/kills: the server of the pages, which does by itself what its user would.

python -m tests.kills.server PORT MODEL DATA RECIPE…

Once the port answers it opens the model, reads the data, runs the recipes and brings a finished
file, by the same calls as the pages; then it prints a line, and serves on.
"""

import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from urllib.request import urlopen

from tests.kills.host import prepare

ROOT = Path(__file__).parents[2]
ENDED = "ended:"
"""How the line begins that it prints."""


def work(port: str, model: Path, data: Path, recipes: Sequence[str]) -> None:
    """What a user does, from where the study is."""
    while not _answers(port):
        time.sleep(0.05)
    try:
        said = _go(model, data, recipes)
    except Exception:  # noqa: BLE001 (whoever started it is told)
        said = traceback.format_exc()
    print(ENDED, said, flush=True)  # noqa: T201


def _answers(port: str) -> bool:
    try:
        with urlopen(f"http://localhost:{port}/_stcore/health", timeout=5) as page:
            return bool(page.status == 200)
    except OSError:
        return False


def _go(model: Path, data: Path, recipes: Sequence[str]) -> str:
    from dashboard.server.engine import engine
    from optimizer.data.data_options import DataFiles
    from optimizer.recipes import parse
    from tests.kills.study import VENDORS, finished

    scheduler = engine()
    library = scheduler.library
    if ids := library.ids():
        study = library.open(ids[0])
    else:
        with model.open("rb") as content:
            kept = library.keep_upload(content)
        study = scheduler.open_model(kept, "sample").result()
    if study.index.dataset is None:
        study = scheduler.add_data(study, DataFiles(data), "pictures").result()
    started = scheduler.start(study, [parse(recipe) for recipe in recipes])
    scheduler.wait(study)
    with finished(study.folder).open("rb") as content:
        kept = library.keep_upload(content)
    started += scheduler.add_file(study, kept, VENDORS)[1]
    scheduler.wait(study)
    return " ".join(str(job.error) for job in study.index.jobs if job.id in started and job.error)


if __name__ == "__main__":
    prepare()

    port, model, data, *recipes = sys.argv[1:]
    threading.Thread(
        target=work, args=(port, Path(model), Path(data), recipes), daemon=True
    ).start()

    from streamlit.web.cli import main

    main(["run", str(ROOT / "app.py"), "--server.port", port, "--server.headless", "true"])
