"""tests of models/: layers of a user's own are opened with the Python file that defines them."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from optimizer.errors import ModelError
from optimizer.models import packages
from optimizer.models.open_options import OpenOptions, UndecidedModelError
from optimizer.models.user_code import MODULE
from optimizer.store.study import FLOAT_TFLITE
from optimizer.tasks.open_model import OpenModel
from optimizer.tasks.study_files import StudyModel
from tests.levels import some
from tests.models.opening import run
from tests.refused import refused

X = np.random.default_rng(0).normal(size=(2, 4)).astype(np.float32)
PLAIN = """
import keras

class Scaled(keras.layers.Layer):
    def __init__(self, by=2.0, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def build(self, shape):
        self.offset = self.add_weight(shape=(shape[-1],), name="offset", initializer="ones")

    def call(self, x):
        return self.by * x + self.offset

    def get_config(self):
        return {**super().get_config(), "by": self.by}
"""
REGISTERED = PLAIN.replace(
    "class Scaled", '@keras.saving.register_keras_serializable("mine")\nclass Scaled'
)
OF_TENSORFLOW = PLAIN.replace("import keras", "from tensorflow import keras")
PARTS = PLAIN.replace("import keras", "from tensorflow.keras import layers").replace(
    "keras.layers.Layer", "layers.Layer"
)
DOTTED = PLAIN.replace("import keras", "import tensorflow as tf").replace("keras.", "tf.keras.")


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What code registered is registered no more; a worker would have ended."""
    yield
    import keras
    import tf_keras

    packages._allowed.discard(MODULE)
    for library in (keras, tf_keras):
        objects = library.saving.get_custom_objects()
        for name in [n for n, one in objects.items() if "Scaled" in n or one.__module__ == MODULE]:
            del objects[name]


def saved(source: str, path: Path, library: ModuleType) -> tuple[Path, Any]:
    """A model with the layer that `source` defines, and what it says of `X`."""
    namespace: dict[str, Any] = {"__name__": "elsewhere"}
    imports = ("import keras", "from tensorflow import keras", "import tensorflow as tf")
    code = "\n".join(line for line in source.splitlines() if line not in imports)
    code = code.replace("from tensorflow.keras import layers", "")
    code = code.replace("tf.keras.", "keras.")
    exec(code, {**namespace, "keras": library, "layers": library.layers}, namespace)  # noqa: S102
    inputs = library.Input((4,), name="x")
    model = library.Model(inputs, namespace["Scaled"](by=3.0)(library.layers.Dense(2)(inputs)))
    model.save(path)
    return path, model.predict(X, verbose=0)


def work(source: Path, folder: Path, code: str | None) -> OpenModel:
    (folder / "study").mkdir(parents=True)
    file = None
    if code is not None:
        file = folder / "layers"  # names say nothing, uploads have none
        file.write_text(code)
    return OpenModel(
        out=folder / "study", source=source, name="m", options=OpenOptions(), code=file
    )


def silent(*_: Any) -> None:
    """Reports to nobody."""


@pytest.mark.parametrize(
    "code",
    [PLAIN, REGISTERED, OF_TENSORFLOW, PARTS, DOTTED],
    ids=["keras", "registered", "from tensorflow", "tensorflow.keras", "tf.keras"],
)
@pytest.mark.parametrize("generation", some([3, 2], quick=[3]))
def test_a_model_is_opened_with_the_code_of_its_layers(
    tmp_path: Path, code: str, generation: int
) -> None:
    import keras
    import tf_keras

    library = keras if generation == 3 else tf_keras
    path, expected = saved(code, tmp_path / ("m.keras" if generation == 3 else "m.h5"), library)
    opening = work(path, tmp_path, code)
    assert opening.trusted, "the process that ran it is not used again"
    record = opening.run(silent)
    [y] = run(tmp_path / "study" / FLOAT_TFLITE, {"x": X})
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)
    assert record.code == "model/code.py"
    assert (tmp_path / "study/model/code.py").read_text() == code
    assert record.runs_code
    assert not record.options.trusted
    [again] = StudyModel.of(record, tmp_path / "study").load().predict((X,))
    np.testing.assert_allclose(again, expected, rtol=1e-5, atol=1e-6)
    assert keras.layers.Layer is not tf_keras.layers.Layer, "what `keras` is outside stays"


def test_without_the_code_it_is_asked_for_and_nothing_runs(tmp_path: Path) -> None:
    import keras

    path, _ = saved(PLAIN, tmp_path / "m.keras", keras)
    with pytest.raises(UndecidedModelError, match="--code") as asked:
        work(path, tmp_path, None).run(silent)
    assert asked.value.question.layers == ("elsewhere.Scaled",)
    assert not asked.value.question.code


def test_code_without_the_layer_leaves_it_unknown(tmp_path: Path) -> None:
    import keras

    path, _ = saved(PLAIN, tmp_path / "m.keras", keras)
    with pytest.raises(UndecidedModelError, match=r"“elsewhere\.Scaled”"):
        work(path, tmp_path, PLAIN.replace("Scaled", "Other")).run(silent)


def test_code_for_one_layer_is_no_trust_in_what_the_file_holds(tmp_path: Path) -> None:
    import keras

    inputs = keras.Input((4,))
    keras.Model(inputs, keras.layers.Lambda(lambda x: x * 2)(inputs)).save(tmp_path / "m.keras")
    with pytest.raises(UndecidedModelError, match="Lambda") as asked:
        work(tmp_path / "m.keras", tmp_path, PLAIN).run(silent)
    assert asked.value.question.code


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("import keras\n\nimport nothing_of_this_name\n", ("line 3", "ModuleNotFoundError")),
        ("x = 1\nclass Scaled(:\n", ("line 2", "SyntaxError")),
        ("def f():\n    raise SystemExit(3)\n\nf()\n", ("line 2", "SystemExit")),
        ("a = 1\0", ("SyntaxError",)),
    ],
    ids=["import", "syntax", "exit", "null byte"],
)
def test_code_that_fails_is_one_sentence(tmp_path: Path, code: str, parts: tuple[str, ...]) -> None:
    import keras

    path, _ = saved(PLAIN, tmp_path / "m.keras", keras)
    with refused(ModelError, "The Python file fails", *parts, "leave only the layers in it"):
        work(path, tmp_path, code).run(silent)
