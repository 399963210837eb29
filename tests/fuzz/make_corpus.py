"""tests/fuzz: makes the small real files that fuzzing starts from: python -m tests.fuzz.make_corpus

They are committed, so that every run starts from the same bytes.
"""

import io
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.store.records import Job, Status
from optimizer.store.study import INDEX
from tests.archives import zip_folder
from tests.variants import study, variant

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

CORPUS = Path(__file__).with_name("corpus")


def model(library: Any) -> Any:
    """A few weights and a bit of everything that a config can hold."""
    layers = library.layers
    inputs = library.Input((6, 6, 1), name="image")
    x = layers.Conv2D(2, 3, activation="relu", kernel_regularizer="l2")(inputs)
    x = layers.Flatten()(layers.BatchNormalization()(x))
    x = layers.Dense(3, activation="softmax")(x + 1.0)
    result = library.Model(inputs, x)
    result.compile("adam", library.losses.SparseCategoricalCrossentropy(from_logits=True))
    return result


def make_models(folder: Path) -> None:
    """Every format, each saved by the library that makes it."""
    import keras
    import tensorflow as tf
    import tf_keras

    for library, name in ((keras, "keras3"), (tf_keras, "keras2")):
        made = model(library)
        for suffix in (".keras", ".h5"):
            made.save(str(folder / f"{name}{suffix}"))
    with tempfile.TemporaryDirectory() as place:
        made.save(f"{place}/m", save_format="tf")
        pack(zip_folder(Path(place, "m"), Path(place, "m.zip")), folder / "saved_model.zip")
        made.save_weights(f"{place}/w.weights.h5")
        with zipfile.ZipFile(folder / "json.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("model.json", made.to_json())
            archive.write(f"{place}/w.weights.h5", "m.weights.h5")
        converter = tf.lite.TFLiteConverter.from_saved_model(f"{place}/m")
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        (folder / "model.tflite").write_bytes(converter.convert())
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, (1, 4), name="x")
        tf.nn.softmax(tf.matmul(x, tf.ones((4, 3))), name="y")
    (folder / "frozen.pb").write_bytes(graph.as_graph_def().SerializeToString())


def pack(source: Path, target: Path) -> None:
    """Writes a zip again, with its members deflated."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))


def make_data(folder: Path) -> None:
    """Arrays, tables and images."""
    import pandas as pd
    from PIL import Image

    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (8, 6, 6, 1), np.uint8)
    y = np.arange(8) % 3
    np.savez_compressed(folder / "data.npz", x=x, y=y)
    np.save(folder / "data.npy", x)
    table = pd.DataFrame(
        {"a": rng.normal(size=9), "b": ["u", "v", None] * 3, "label": [0, 1, 2] * 3}
    )
    table.to_csv(folder / "data.csv", index=False)
    table.to_parquet(folder / "data.parquet")
    with zipfile.ZipFile(folder / "images.zip", "w") as archive:
        for number, kind in enumerate(("png", "jpeg", "gif", "bmp", "webp")):
            buffer = io.BytesIO()
            Image.fromarray(x[number, :, :, 0]).convert("RGB").save(buffer, kind)
            archive.writestr(
                f"{('cats', 'dogs', 'eels')[number % 3]}/{number}.{kind}", buffer.getvalue()
            )


def make_study(folder: Path) -> None:
    """The index of a study with a job and two variants."""
    job = Job(id="a" * 12, recipe="int8", status=Status.DONE)
    with tempfile.TemporaryDirectory() as place:
        made = study(Path(place, "tiny"), variant("float32"), variant("int8"), jobs=(job,))
        made.close()
        (folder / INDEX).write_bytes((made.folder / INDEX).read_bytes())


if __name__ == "__main__":
    CORPUS.mkdir(exist_ok=True)
    make_models(CORPUS)
    make_data(CORPUS)
    make_study(CORPUS)
