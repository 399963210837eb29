"""tests: small real models, each saved by the library that makes it, and images for them."""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.data.data_options import DataFiles
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.library import Library, new_id
from optimizer.store.study import Study, read_index
from optimizer.workers.executor import LocalExecutor
from optimizer.workers.work import Work
from tests.waiting import PATIENCE

if TYPE_CHECKING:  # pytest imports the plugins that are named below
    from tests.once import Once

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

pytest_plugins = [
    "tests.converted",
    "tests.distribution",
    "tests.once",
    "tests.one_more",
    "tests.quick_pages",
    "tests.ran_bundle",
    "tests.skipped",
    "tests.terminal",
]

T = TypeVar("T")
SIDE, CLASSES = 8, 3
JOB_MEMORY = 8 * 2**30
LATENCY_SECONDS = 0.05  # of timing for each variant


@pytest.fixture(scope="session", autouse=True)
def own_lock() -> Iterator[None]:
    """What keeps the machine quiet is a lock in this folder: no process waits for the others'."""
    with (
        tempfile.TemporaryDirectory(prefix="liteweigh-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("TMPDIR", folder)
        yield


@pytest.fixture(scope="session")
def pixels() -> npt.NDArray[np.uint8]:
    """120 images of 8x8x3 in 0..255, each with a brightness of its own."""
    rng = np.random.default_rng(11)
    brightness = rng.uniform(0.1, 1.0, (120, 1, 1, 3))
    return (rng.uniform(0, 255, (120, SIDE, SIDE, 3)) * brightness).astype(np.uint8)


def _build(library: Any) -> Any:
    """What real mobile networks use, in small; weights large enough to be quantized."""
    library.utils.set_random_seed(7)
    layers = library.layers
    inputs = library.Input((SIDE, SIDE, 3), name="image")
    x = layers.Conv2D(8, 3, padding="same", use_bias=False)(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU(6.0)(x)
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU(6.0)(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(512, activation="relu")(x)
    outputs = layers.Dense(CLASSES, activation="softmax", name="probabilities")(x)
    return library.Model(inputs, outputs, name="tiny")


def _train(pixels: npt.NDArray[np.uint8]) -> Any:
    import keras

    model = _build(keras)
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(
        pixels / np.float32(255), pixels.mean((1, 2)).argmax(1), epochs=15, batch_size=20, verbose=0
    )
    return model


@pytest.fixture(scope="session")
def trained(once: "Once", pixels: npt.NDArray[np.uint8]) -> Path:
    """The folder in which the tiny model lies, trained, as each Keras saves it."""
    import keras
    import tf_keras

    def fill(folder: Path) -> None:
        _train(pixels).save(folder / "three.keras")
        twin = _build(tf_keras)
        twin.set_weights(keras.models.load_model(folder / "three.keras").get_weights())
        twin.save(folder / "two.keras")

    return once("trained", fill)


@pytest.fixture(scope="session")
def tiny3(trained: Path) -> Any:
    """A Keras 3 model for images in 0..1 that tells which colour of an image is the brightest."""
    import keras

    return keras.models.load_model(trained / "three.keras")


@pytest.fixture(scope="session")
def tiny2(trained: Path) -> Any:
    """The same in Keras 2 (tf_keras)."""
    import tf_keras

    return tf_keras.models.load_model(trained / "two.keras")


@pytest.fixture(scope="session")
def labels(tiny3: Any, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """What the model says about `pixels` in its own scale: its accuracy there is 1."""
    return np.asarray(np.argmax(tiny3.predict_on_batch(pixels / np.float32(255)), axis=1), np.int64)


def freeze(model: Any) -> Any:
    """A Keras 2 model as a frozen graph, as TensorFlow 1 made them: a GraphDef of constants."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    specs = [tf.TensorSpec(x.shape, x.dtype, name=x.name) for x in model.inputs]
    function = tf.function(model, input_signature=[specs if len(specs) > 1 else specs[0]])
    return convert_variables_to_constants_v2(function.get_concrete_function()).graph.as_graph_def()


MODEL_FILES = {
    "keras3": "three.keras",
    "keras3_h5": "three.h5",
    "keras2": "two.keras",
    "keras2_h5": "two.h5",
    "saved3": "three",
    "saved2": "two",
    "json3": "three.zip",
    "json2": "two.zip",
    "frozen": "frozen.pb",
    "tflite": "tiny.tflite",
}


@pytest.fixture(scope="session")
def model_files(once: "Once", tiny3: Any, tiny2: Any) -> dict[str, Path]:
    """The tiny model in every format that can be opened; SavedModels are folders."""
    folder = once("models", lambda folder: _save_all(tiny3, tiny2, folder))
    return {name: folder / file for name, file in MODEL_FILES.items()}


def _save_all(tiny3: Any, tiny2: Any, folder: Path) -> None:
    import tensorflow as tf

    files = {name: folder / file for name, file in MODEL_FILES.items()}
    tiny3.save(files["keras3"])
    tiny3.save(files["keras3_h5"])
    tiny2.save(files["keras2"])
    tiny2.save(files["keras2_h5"])
    tiny3.export(files["saved3"], verbose=False)
    tiny2.save(files["saved2"], save_format="tf")
    for name, model in (("json3", tiny3), ("json2", tiny2)):
        weights = folder / f"{name}.weights.h5"
        model.save_weights(str(weights))
        with zipfile.ZipFile(files[name], "w") as archive:
            archive.writestr("model.json", model.to_json())
            archive.write(weights, "model.weights.h5")
    files["frozen"].write_bytes(freeze(tiny2).SerializeToString())
    converter = tf.lite.TFLiteConverter.from_saved_model(str(files["saved3"]))
    files["tflite"].write_bytes(converter.convert())


@pytest.fixture(scope="session")
def data_file(once: "Once", pixels: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> Path:
    """The images with their labels; 42 of them are for training."""
    folder = once("data", lambda folder: np.savez(folder / "data.npz", x=pixels, y=labels))
    return folder / "data.npz"


class OneOwner(LocalExecutor):
    """Takes all studies for one: tests have so many, and a new process for each takes seconds."""

    def submit(self, work: Work[T], on_start: Callable[[], None], owner: str) -> "Future[T]":
        return super().submit(work, on_start, "tests")

    def _look_after_spares(self) -> None:
        """None is needed: nobody comes for whom a process would have to be new."""


@pytest.fixture(scope="session")
def executor() -> Iterator[LocalExecutor]:
    """One worker for TensorFlow and one without, for all tests of this process."""
    executor = OneOwner(1, JOB_MEMORY, 3 * PATIENCE)
    yield executor
    executor.close()


@pytest.fixture(scope="module")
def scheduler(
    executor: LocalExecutor, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scheduler]:
    """As the server makes it, with studies in a folder of its own."""
    library = Library(tmp_path_factory.mktemp("home"))
    yield Scheduler(executor, library, LATENCY_SECONDS, 3 * PATIENCE)
    library.close()


@pytest.fixture(scope="module")
def fresh(
    once: "Once", scheduler: Scheduler, model_files: dict[str, Path], data_file: Path
) -> Callable[[], Study]:
    """Gives a study of the tiny model with its data and no jobs; no other test sees it."""

    def fill(folder: Path) -> None:
        study = scheduler.open_model(model_files["keras3"], "tiny").result()
        study = scheduler.add_data(study, DataFiles(data_file), "pixels").result()
        shutil.copytree(study.folder, folder, dirs_exist_ok=True)

    return lambda: copy_of(once("study", fill), scheduler.library)


PRUNED = "prune(final_sparsity=0.75,smallest=0,epochs=2)+int8"


@pytest.fixture(scope="module")
def pruned(once: "Once", scheduler: Scheduler, fresh: Callable[[], Study]) -> Study:
    """The tiny model's study with a variant that was trained, `PRUNED`."""

    def fill(folder: Path) -> None:
        study = fresh()
        scheduler.start(study, [parse(PRUNED)])
        scheduler.wait(study)
        assert study.variant(PRUNED), study.index.jobs
        shutil.copytree(study.folder, folder, dirs_exist_ok=True)

    return copy_of(once("pruned", fill), scheduler.library)


def copy_of(folder: Path, library: Library) -> Study:
    """A study of its own in a library, as the one that lies in `folder`."""
    study_id = new_id("tiny")
    shutil.copytree(folder, library.home / study_id)
    index = read_index(library.home / study_id)
    Study.create(library.home / study_id, index.model_copy(update={"id": study_id})).close()
    return library.open(study_id)


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """Saves a model under a suffix: saved(model, ".h5")."""

    def save(model: Any, suffix: str) -> Path:
        path = tmp_path / f"model{suffix}"
        model.save(str(path))
        return path

    return save
