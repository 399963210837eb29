"""tests of pages/: every page run by AppTest, with the real engine behind it."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import page_files
from dashboard.server.engine import engine, stop
from dashboard.state import session
from optimizer.data.data_options import DataFiles
from optimizer.errors import LiteweighError
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.study import Study
from optimizer.workers.executor import LocalExecutor
from tests.terminal import lend

Visit = Callable[..., AppTest]


@pytest.fixture(scope="package", autouse=True)
def quick(quick_pages: None) -> None:
    """Apps are made without a look at all installed packages."""


@pytest.fixture(scope="package")
def scheduler(
    executor: LocalExecutor, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scheduler]:
    """The engine of this process, with studies in a folder of its own and the tests' workers."""
    settings = {
        "LITEWEIGH_HOME": str(tmp_path_factory.mktemp("home")),
        "LITEWEIGH_WORKERS": "1",
        "LITEWEIGH_LATENCY_SECONDS": "0.05",
    }
    with pytest.MonkeyPatch.context() as patch:
        lend(executor, patch)
        for name, value in settings.items():
            patch.setitem(os.environ, name, value)
        yield engine()
        stop()


@pytest.fixture(scope="package")
def model(tiny3: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Keras 3 model of three classes."""
    path = tmp_path_factory.mktemp("model") / "tiny.keras"
    tiny3.save(path)
    return path


@pytest.fixture(scope="package")
def save(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Saves arrays as an .npz: save(x=…, y=…)."""

    def write(**arrays: npt.NDArray[Any]) -> Path:
        path = tmp_path_factory.mktemp("data") / "images.npz"
        np.savez(path, **arrays)  # type: ignore[arg-type]
        return path

    return write


@pytest.fixture(scope="package")
def model_only(scheduler: Scheduler, model: Path) -> Study:
    """A study that has no data yet."""
    return scheduler.open_model(model, "tiny").result()


@pytest.fixture(scope="package")
def results(
    scheduler: Scheduler,
    model: Path,
    save: Callable[..., Path],
    pixels: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
) -> Study:
    """A study with a model, data, two variants beside the baseline, and their jobs."""
    data = save(x=pixels, y=labels)
    study = scheduler.open_both(model, "tiny", DataFiles(data), "pictures").result()
    scheduler.start(study, [parse("float16"), parse("int8(calibration_samples=5)")])
    scheduler.wait(study)
    return study


@pytest.fixture(scope="package")
def visit(scheduler: Scheduler) -> Visit:
    """Opens a page: visit(page_files.DATA, study); no page may ever end in an exception."""

    def open_page(page: str = page_files.MODEL, study: Study | str | None = None) -> AppTest:
        app = AppTest.from_file(page_files.ROUTER, default_timeout=180)
        if study:
            name = study if isinstance(study, str) else study.index.id
            app.query_params[session.PARAMETER] = name
        app.run()
        app.switch_page(page).run()
        assert not app.exception
        return app

    return open_page


def copy_of(study: Study, scheduler: Scheduler, name: str) -> Study:
    """The same study under another name, for a test that changes it."""
    shutil.copytree(study.folder, scheduler.library.home / name)
    return scheduler.library.open(name)


def texts(app: AppTest) -> str:
    """All that a page says outside of widgets and tables."""
    kinds: tuple[Iterable[Any], ...] = (
        app.title, app.subheader, app.markdown, app.caption, app.info, app.warning, app.success,
        app.error,
    )  # fmt: skip
    return "\n".join(element.value for kind in kinds for element in kind)


def wait_for_operation(app: AppTest) -> AppTest:
    """Waits until what the user waits for has ended, and runs the page once more."""
    if session.OPERATION in app.session_state:  # else it had ended before the page was drawn
        with suppress(LiteweighError):  # the page tells it
            app.session_state[session.OPERATION].result()
    app.run()
    assert not app.exception
    return app


def address(app: AppTest) -> str:
    """The study in the page's address."""
    value: str | list[str] = app.query_params[session.PARAMETER]
    return value if isinstance(value, str) else value[0]


def press(app: AppTest, label: str) -> None:
    """Presses the button with this label."""
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
