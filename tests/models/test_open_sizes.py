"""tests of models/: inputs that leave their size open are asked for, fixed, and said."""

import importlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import ModelError
from optimizer.models.open_options import UndecidedModelError
from optimizer.models.open_sizes import fix_sizes, suggested_sizes
from optimizer.models.summary import TensorSpec
from optimizer.store.study import FLOAT_TFLITE
from tests.levels import some
from tests.models.opening import opened, run
from tests.refused import refused

Save = Callable[..., Path]
PHOTO = TensorSpec("photo", (None, None, None, 3), "float32")
WORDS = TensorSpec("words", (None, None), "int32")
ANY = TensorSpec("x", (None,), "float32", any_rank=True)


def segmenting(keras: Any, interpolation: str) -> Any:
    """A small U: what it makes has the size of the image, whatever that is."""
    layers = keras.layers
    inputs = keras.Input((None, None, 3), name="photo")
    down = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(inputs)
    up = layers.UpSampling2D(interpolation=interpolation)(down)
    x = layers.Concatenate()([inputs, layers.Conv2DTranspose(4, 3, 2, padding="same")(down), up])
    return keras.Model(inputs, layers.Conv2D(2, 1, activation="softmax")(x))


def save_as(model: Any, kind: str, saved: Save, folder: Path) -> Path:
    if kind != "SavedModel":
        return saved(model, kind)
    model.export(str(folder / "folder"))
    return folder / "folder"


@pytest.mark.parametrize("kind", some([".keras", ".h5", "SavedModel"], quick=[".keras"]))
@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_an_open_image_size_is_asked_for_and_then_fixed(
    library: str, kind: str, saved: Save, tmp_path: Path
) -> None:
    keras: Any = importlib.import_module(library)
    # Keras 3 cannot export the bilinear one for any size, so no such SavedModel exists.
    model = segmenting(keras, "nearest" if kind == "SavedModel" else "bilinear")
    source = save_as(model, kind, saved, tmp_path)
    with pytest.raises(UndecidedModelError) as caught:
        opened(source, tmp_path)
    [asked] = caught.value.question.open_inputs
    assert asked.shape == (None, None, None, 3)
    assert f"--size {asked.name}=224x224x3" in str(caught.value)
    shutil.rmtree(tmp_path / "study")

    record = opened(source, tmp_path, sizes={asked.name: (16, 24, 3)})
    assert record.summary.inputs[0].shape == (None, 16, 24, 3)
    assert f"“{asked.name}” was fixed to 16 × 24 × 3" in record.summary.notes[0]
    x = np.random.default_rng(5).random((2, 16, 24, 3), np.float32)
    [outputs] = run(tmp_path / "study" / FLOAT_TFLITE, {asked.name: x})
    np.testing.assert_allclose(outputs, model.predict_on_batch(x), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_an_open_length_of_a_recurrent_model_is_fixed_too(
    library: str, saved: Save, tmp_path: Path
) -> None:
    keras: Any = importlib.import_module(library)
    inputs = keras.Input((None,), dtype="int32", name="words")
    x = keras.layers.Bidirectional(keras.layers.LSTM(4))(keras.layers.Embedding(20, 3)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(2)(x))
    opened(saved(model, ".keras"), tmp_path, sizes={"words": (7,)})
    words = np.random.default_rng(6).integers(0, 20, (3, 7)).astype(np.int32)
    [outputs] = run(tmp_path / "study" / FLOAT_TFLITE, {"words": words})
    np.testing.assert_allclose(outputs, model.predict_on_batch(words), atol=1e-5)


def test_an_input_of_any_shape_at_all_is_fixed(tmp_path: Path) -> None:
    import tensorflow as tf

    class Anything(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec(None, tf.float32, name="x")])
        def serve(self, x: Any) -> Any:
            return {"y": tf.nn.relu(x) + 1.0}

    module = Anything()
    tf.saved_model.save(module, str(tmp_path / "m"), signatures=module.serve)
    with refused(UndecidedModelError, "“x” (any shape)", "--size x=224x224x3"):
        opened(tmp_path / "m", tmp_path)
    shutil.rmtree(tmp_path / "study")
    record = opened(tmp_path / "m", tmp_path, sizes={"x": (5,)})
    assert record.summary.inputs[0].shape == (None, 5)
    x = np.arange(10, dtype=np.float32).reshape(2, 5) - 4
    [outputs] = run(tmp_path / "study" / FLOAT_TFLITE, {"x": x})
    np.testing.assert_allclose(outputs, np.maximum(x, 0) + 1)


# ---- what can be given -----------------------------------------------------------------------


def test_all_open_inputs_are_asked_for_at_once() -> None:
    with refused(
        UndecidedModelError, "inputs “photo” (any × any × 3) and “words” (any) leave their sizes",
        "--size photo=224x224x3 --size words=128",
    ):  # fmt: skip
        fix_sizes((PHOTO, TensorSpec("age", (None, 1), "float32"), WORDS), {})


@pytest.mark.parametrize("size", [(224, 224), (224, 224, 1), (0, 224, 3), (224, 224, 3, 1), ()])
def test_a_size_that_does_not_fit_is_refused(size: tuple[int, ...]) -> None:
    with refused(ModelError, "does not fit the input “photo”", "any × any × 3", "224x224x3"):
        fix_sizes((PHOTO,), {"photo": size})


def test_a_size_for_an_input_that_is_not_there_is_refused() -> None:
    with refused(ModelError, "“picture”", "inputs are photo"):
        fix_sizes((PHOTO,), {"picture": (8, 8, 3)})


def test_a_size_for_a_fixed_input_must_be_its_own() -> None:
    fixed = TensorSpec("photo", (None, 8, 8, 3), "float32")
    assert fix_sizes((fixed,), {"photo": (8, 8, 3)}) == (fixed,)
    with refused(ModelError, "does not fit", "Give one such as 8x8x3"):
        fix_sizes((fixed,), {"photo": (9, 9, 3)})


@pytest.mark.parametrize("spec", [PHOTO, WORDS, ANY, TensorSpec("s", (None, None, 40), "float32"),
                                  TensorSpec("g", (1, None, 64, None), "float32")],
                         ids=lambda spec: spec.name)  # fmt: skip
def test_every_suggested_size_can_be_taken(spec: TensorSpec) -> None:
    for size in suggested_sizes(spec):
        [fixed] = fix_sizes((spec,), {spec.name: size})
        assert fixed.shape == (spec.shape[0], *size)
