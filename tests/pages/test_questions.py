"""tests of pages/: what only the user can say is asked for, and the file is opened with it."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest

from dashboard import page_files
from dashboard.forms import file_chooser
from dashboard.server import unlocking
from dashboard.server.engine import engine
from dashboard.state import session
from optimizer.data.labels import Task
from optimizer.errors import LiteweighError
from optimizer.models.open_options import OpenOptions
from optimizer.store.study import Study
from tests.conftest import CLASSES, SIDE
from tests.levels import some
from tests.pages.conftest import Visit, address, press, texts, wait_for_operation

ADDRESS, SIGN_IN = "server.address", "server.trustedUserHeaders"


@pytest.fixture
def shared(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The app is reached by others, in one of the ways in which that is seen."""
    before = {name: config.get_option(name) for name in (ADDRESS, SIGN_IN)}
    if request.param == "address":
        config.set_option(ADDRESS, "0.0.0.0")  # noqa: S104 (nothing listens in AppTest)
    elif request.param == "hosts":
        monkeypatch.setenv("LITEWEIGH_HOSTS", "weigh.example")
    elif request.param == "sign-in":
        config.set_option(SIGN_IN, {"X-User": "email"})
    else:
        address = request.param if request.param[0].isdigit() else None
        came = SimpleNamespace(ip_address=address, headers={} if address else {request.param: "x"})
        monkeypatch.setattr(st, "context", came)
    yield
    for name, value in before.items():
        config.set_option(name, value)


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
    unlock(app, key)
    app.text_input(key=f"{key}.path.text").set_value(str(path))
    press(app, "Open")
    return wait_for_operation(app)


def unlock(app: AppTest, key: str) -> None:
    """Gives the code that the terminal shows."""
    app.text_input(key=f"{key}.code").set_value(unlocking.CODE)
    press(app, "Unlock")


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


def test_the_function_of_a_saved_model_is_asked_for(visit: Visit, tmp_path: Path) -> None:
    import tensorflow as tf

    made = tf.Module()
    for name, by in {"double": 2.0, "triple": 3.0}.items():
        function = tf.function(lambda x, by=by: by * x, autograph=False)
        function.get_concrete_function(tf.TensorSpec((None, 4), tf.float32, name="x"))
        setattr(made, name, function)
    tf.saved_model.save(made, str(tmp_path / "m"), signatures={})
    app = give_path(visit(), "model", tmp_path / "m")
    app.selectbox(key="questions.function.name").set_value("triple")
    press(app, "Open with this function")
    model = opened(wait_for_operation(app)).index.model
    assert model.options.function == "triple"
    assert model.summary.notes == ("The function “triple” was taken.",)


@pytest.fixture(scope="module")
def with_own_layer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A model with a layer that its file does not hold, and the Python that defines it."""
    import keras

    class Doubled(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return 2 * x

    inputs = keras.Input((SIDE,))
    path = tmp_path_factory.mktemp("layer") / "own.keras"
    keras.Model(inputs, keras.layers.Dense(CLASSES)(Doubled()(inputs))).save(path)
    body = "    def call(self, x):\n        return 2 * x\n"
    return path, f"import keras\n\nclass Doubled(keras.layers.Layer):\n{body}"


def test_the_python_file_of_a_layer_is_taken_where_it_is_trusted(
    visit: Visit, with_own_layer: tuple[Path, str]
) -> None:
    path, code = with_own_layer
    app = give_path(visit(), "model", path)
    assert "Doubled" in texts(app)
    wanted = "The Python file that defines them"
    assert wanted not in [one.label for one in app.file_uploader], "not before it is trusted"
    app.toggle(key="questions.trust_code").set_value(True).run()
    [given] = [one for one in app.file_uploader if one.label == wanted]
    given.set_value(("layers.py", code.encode(), "")).run()
    study = opened(wait_for_operation(app))
    assert study.index.model.code == "model/code.py"
    assert (study.folder / "model/code.py").read_text() == code


@pytest.mark.slow
@pytest.mark.parametrize("way", some(["description", "name"], quick=["description"]))
def test_weights_alone_ask_for_their_layers(visit: Visit, tmp_path: Path, way: str) -> None:
    import keras

    layers = [keras.Input((SIDE,)), keras.layers.Dense(CLASSES)]
    small = keras.applications.MobileNet(weights=None, alpha=0.25, classes=2)
    model = keras.Sequential(layers) if way == "description" else small
    model.save_weights(tmp_path / "w.weights.h5")
    app = give_path(visit(), "model", tmp_path / "w.weights.h5")
    assert "Which layers are these the weights of?" in texts(app)
    if way == "description":
        [given] = [one for one in app.file_uploader if "model.json" in one.label]
        given.set_value(("model.json", model.to_json().encode(), "")).run()
    else:
        app.selectbox(key="questions.application.name").set_value("MobileNet")
        press(app, "Open with this network")
    summary = opened(wait_for_operation(app)).index.model.summary
    assert summary.outputs[0].shape == model.output_shape


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


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that is no model, with what nobody is to read."""
    path = tmp_path / "shadow"
    path.write_text("root:$6$salt$hash:19000:0:99999:7:::\n")
    return path


@pytest.mark.parametrize(
    "what",
    some(
        ["gone", "a device", "a pipe", "no model", "a folder", "json"],
        quick=["gone", "a device", "a pipe", "json"],
    ),
)
def test_of_a_path_without_a_model_nothing_is_said_of_what_is_there(
    visit: Visit, tmp_path: Path, secret: Path, what: str
) -> None:
    path = {
        "gone": tmp_path / "gone.keras",
        "a device": Path("/dev/zero"),
        "a pipe": tmp_path / "pipe",
        "no model": secret,
        "a folder": tmp_path,
        "json": tmp_path / "keys.json",
    }[what]
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "keys.json").write_text('{"class_name": "hunter2", "config": {}}')
    app = visit()
    app.segmented_control(key="model.way").set_value(file_chooser.PATH).run()
    unlock(app, "model")
    app.text_input(key="model.path.text").set_value(str(path))
    press(app, "Open")
    if session.OPERATION in app.session_state:
        wait_for_operation(app)
    assert [error.value for error in app.error] == [
        "There is no model at this path that can be read. “liteweigh inspect” in a terminal says "
        "why."
    ]
    assert not app.code


def test_without_the_terminals_code_no_path_and_no_trust_can_be_given(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unlocking, "_wrong", deque(maxlen=unlocking.MOST_WRONG))
    app = visit()
    app.segmented_control(key="model.way").set_value(file_chooser.PATH).run()
    for _ in range(unlocking.MOST_WRONG):
        app.text_input(key="model.code").set_value("0000-0000")
        press(app, "Unlock")
        assert "That is not the code" in texts(app)
    unlock(app, "model")
    assert "too many wrong codes" in texts(app), "the right one has to wait too"
    assert len(app.text_input) == 1
    other = visit()
    other.segmented_control(key="model.way").set_value(file_chooser.PATH).run()
    unlock(other, "model")
    assert "too many wrong codes" in texts(other), "the pages count together"
    monkeypatch.setattr(unlocking, "PERIOD", 0)
    app.text_input(key="model.code").set_value(
        f" {unlocking.CODE[:4].lower()} - {unlocking.CODE[4:]}"
    )
    press(app, "Unlock")
    assert app.text_input(key="model.path.text")


WAYS = ["address", "hosts", "sign-in", "Forwarded", "X-Forwarded-For", "Via", "10.0.0.7"]


@pytest.mark.parametrize("shared", WAYS, indirect=True)
@pytest.mark.usefixtures("shared")
def test_a_shared_app_takes_no_paths(visit: Visit) -> None:
    app = visit()
    assert app.segmented_control(key="model.way").options == [
        file_chooser.FILE,
        file_chooser.FOLDER,
    ]


@pytest.mark.parametrize("shared", ["address"], indirect=True)
@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    ("what", "said"),
    [("Lambda", "no file’s own code is ever run"), ("Doubled", "no code is ever taken")],
)
def test_a_shared_app_runs_no_code(
    visit: Visit, scheduler: Any, with_code: Path, with_own_layer: tuple[Path, str], what: str,
    said: str,
) -> None:  # fmt: skip
    app = visit()
    with (with_code if what == "Lambda" else with_own_layer[0]).open("rb") as content:
        path = scheduler.library.keep_upload(content)
    start = partial(scheduler.open_model, path, "own")
    app.session_state[session.OPERATION] = operation = start(OpenOptions())
    app.session_state[session.START] = (start, OpenOptions(), "")
    with pytest.raises(LiteweighError):
        operation.result()
    app.run()
    assert what in texts(app)
    assert said in texts(app)
    assert not app.toggle
    assert not [one for one in app.file_uploader if "Python" in one.label]


def test_an_upload_is_kept_once_by_its_content(
    scheduler: Any, saved: Callable[..., Path], tiny3: Any
) -> None:
    path = saved(tiny3, ".keras")
    with path.open("rb") as first, path.open("rb") as again:
        kept = {scheduler.library.keep_upload(first), scheduler.library.keep_upload(again)}
    [only] = kept
    assert only.read_bytes() == path.read_bytes()
    assert [file.name for file in only.parent.iterdir() if file.name == only.name] == [only.name]
