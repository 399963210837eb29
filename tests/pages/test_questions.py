"""tests of pages/: what only the user can say is asked for, and the file is opened with it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from dashboard import page_files
from dashboard.forms import file_chooser
from dashboard.server.engine import engine
from optimizer.data.labels import Task
from optimizer.store.study import Study
from tests.conftest import CLASSES, SIDE
from tests.pages.conftest import Visit, address, press, texts, wait_for_operation

ADDRESS = "server.address"


@pytest.fixture
def shared() -> Iterator[None]:
    """The app listens on every interface."""
    before = config.get_option(ADDRESS)
    config.set_option(ADDRESS, "0.0.0.0")  # noqa: S104 (nothing listens in AppTest)
    yield
    config.set_option(ADDRESS, before)


@pytest.fixture(scope="module")
def fully_convolutional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model for pictures of any size."""
    import keras

    inputs = keras.Input((None, None, 3), name="photo")
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(inputs))
    path = tmp_path_factory.mktemp("open") / "any.keras"
    keras.Model(inputs, keras.layers.Dense(CLASSES)(x)).save(path)
    return path


@pytest.fixture(scope="module")
def with_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with a Lambda layer."""
    import keras

    inputs = keras.Input((SIDE,))
    doubled = keras.layers.Lambda(lambda x: x * 2, output_shape=(SIDE,))(inputs)
    path = tmp_path_factory.mktemp("code") / "own.keras"
    keras.Model(inputs, keras.layers.Dense(CLASSES)(doubled)).save(path)
    return path


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A regression model of two columns, and a table with a third."""
    import keras

    folder = tmp_path_factory.mktemp("prices")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.save(folder / "prices.keras")
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"area": rng.random(40), "age": rng.random(40), "price": rng.random(40)})
    table.to_csv(folder / "prices.csv", index=False)
    return folder / "prices.keras", folder / "prices.csv"


def give_path(app: AppTest, key: str, path: Path) -> AppTest:
    """Opens a path on this computer, and waits for it."""
    app.segmented_control(key=f"{key}.way").set_value(file_chooser.PATH).run()
    app.text_input(key=f"{key}.path.text").set_value(str(path))
    press(app, "Open")
    return wait_for_operation(app)


def opened(app: AppTest) -> Study:
    """The study that the page shows."""
    return engine().library.open(address(app))


def test_the_size_of_an_open_input_is_asked_for(visit: Visit, fully_convolutional: Path) -> None:
    app = give_path(visit(), "model", fully_convolutional)
    assert "Which size?" in texts(app)
    app.selectbox(key="questions.photo.0").set_value(96)
    app.selectbox(key="questions.photo.1").set_value(128)
    press(app, "Open with this size")
    summary = opened(wait_for_operation(app)).index.model.summary
    assert summary.inputs[0].shape[1:] == (96, 128, 3)
    assert "96 × 128 × 3" in "".join(summary.notes)


def test_code_runs_only_where_the_user_trusts_the_file(visit: Visit, with_code: Path) -> None:
    app = give_path(visit(), "model", with_code)
    assert "Lambda" in texts(app)
    assert next(b for b in app.button if b.label == "Open it").disabled
    app.toggle(key="questions.trust").set_value(True).run()
    press(app, "Open it")
    assert opened(wait_for_operation(app)).index.model.options.trusted


def test_the_label_of_a_table_is_asked_for(visit: Visit, prices: tuple[Path, Path]) -> None:
    model, table = prices
    app = give_path(visit(), "model", model)
    app = give_path(visit(page_files.DATA, opened(app)), "data", table)
    assert "Which column is the label?" in texts(app)
    assert app.selectbox(key="questions.label.column").value == "price"
    press(app, "Use these data")
    dataset = opened(wait_for_operation(app)).index.dataset
    assert dataset is not None
    assert (dataset.task, dataset.label) == (Task.REGRESSION, "price")
    assert dataset.inputs[0].shape == (2,)


def test_a_path_that_leads_nowhere_is_said(visit: Visit, tmp_path: Path) -> None:
    app = visit()
    app.segmented_control(key="model.way").set_value(file_chooser.PATH).run()
    app.text_input(key="model.path.text").set_value(str(tmp_path / "gone.keras"))
    press(app, "Open")
    assert "There is no file or folder" in texts(app)


@pytest.mark.usefixtures("shared")
def test_a_shared_app_takes_no_paths_and_runs_no_code(
    visit: Visit, scheduler: Any, with_code: Path
) -> None:
    app = visit()
    assert file_chooser.PATH not in app.segmented_control(key="model.way").options
    with with_code.open("rb") as content:
        path = scheduler.library.keep_upload(content)
    from functools import partial

    from dashboard.state import session
    from optimizer.models.open_options import OpenOptions

    start = partial(scheduler.open_model, path, "own")
    app.session_state[session.OPERATION] = start(OpenOptions())
    app.session_state[session.START] = (start, OpenOptions())
    wait_for_operation(app.run())
    assert "Lambda" in texts(app)
    assert "no file’s own code is ever run" in texts(app)
    assert not app.toggle


def test_an_upload_is_kept_once_by_its_content(
    scheduler: Any, saved: Callable[..., Path], tiny3: Any
) -> None:
    path = saved(tiny3, ".keras")
    with path.open("rb") as first, path.open("rb") as again:
        kept = {scheduler.library.keep_upload(first), scheduler.library.keep_upload(again)}
    [only] = kept
    assert only.read_bytes() == path.read_bytes()
    assert [file.name for file in only.parent.iterdir() if file.name == only.name] == [only.name]
