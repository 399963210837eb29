"""tests of models/: what training needs of a file: its Keras layers, and its loss."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.errors import ModelError
from optimizer.models.load import LoadedModel
from optimizer.models.open_options import UndecidedModelError
from optimizer.models.recognise import recognise
from optimizer.models.summary import CompiledLoss
from tests.refused import refused

Save = Callable[..., Path]


def open_file(path: Path) -> LoadedModel:
    return LoadedModel(path, recognise(path))


# ---- SavedModels -----------------------------------------------------------------------------


def test_a_saved_model_of_keras_2_gives_its_layers_back(
    model_files: dict[str, Path], tiny2: Any, pixels: npt.NDArray[np.uint8]
) -> None:
    model = open_file(model_files["saved2"]).keras_model()
    assert [layer.name for layer in model.layers] == [layer.name for layer in tiny2.layers]
    x = pixels[:8] / np.float32(255)
    np.testing.assert_allclose(model.predict_on_batch(x), tiny2.predict_on_batch(x), atol=1e-6)


def test_a_compiled_saved_model_gives_its_layers_back(tiny2: Any, tmp_path: Path) -> None:
    import tf_keras

    model = tf_keras.models.clone_model(tiny2)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(np.zeros((4, 8, 8, 3)), np.zeros(4), verbose=0)
    model.save(tmp_path / "m", save_format="tf")
    again = open_file(tmp_path / "m").keras_model()
    assert again.count_params() == model.count_params()


def test_a_saved_model_gives_its_layers_back_in_the_order_of_its_signature(tmp_path: Path) -> None:
    """Data come in that order, and two inputs of one shape would change places otherwise."""
    import tf_keras

    first, second = tf_keras.Input((4,), name="zeta"), tf_keras.Input((4,), name="alpha")
    x = tf_keras.layers.Subtract()([first, second])
    heads = [tf_keras.layers.Dense(2, name="y")(x), tf_keras.layers.Dense(2, name="b")(x)]
    model = tf_keras.Model([first, second], heads)
    model.save(tmp_path / "m", save_format="tf")
    loaded = open_file(tmp_path / "m")
    assert [spec.name for spec in loaded.inputs] == ["alpha", "zeta"]
    inputs = tuple(np.random.default_rng(1).random((2, 3, 4), np.float32))
    layers = loaded.keras_model().predict_on_batch(inputs)
    np.testing.assert_allclose(layers, loaded.predict(inputs), atol=1e-6)
    np.testing.assert_allclose(layers[::-1], model.predict_on_batch(inputs[::-1]), atol=1e-6)


def test_a_saved_model_without_layers_says_what_to_upload_instead(
    model_files: dict[str, Path],
) -> None:
    with refused(ModelError, "keras_metadata.pb", "no Keras layers", "Upload the .keras or .h5"):
        open_file(model_files["saved3"]).keras_model()


def test_a_lambda_in_a_saved_models_layers_is_never_run(tmp_path: Path) -> None:
    import tf_keras

    marker = tmp_path / "marker"
    code = f"__import__('pathlib').Path({str(marker)!r}).touch()"
    # The marker is written when Python runs the function, which tracing for saving does once.
    inputs = tf_keras.Input((4,))
    outputs = tf_keras.layers.Lambda(eval(f"lambda x: ({code}, x)[1]"))(inputs)  # noqa: S307
    tf_keras.Model(inputs, outputs).save(tmp_path / "m", save_format="tf")
    marker.unlink()
    loaded = open_file(tmp_path / "m")
    with refused(UndecidedModelError, "“Lambda”"):
        loaded.keras_model()
    assert not marker.exists()


def test_damaged_metadata_is_said(model_files: dict[str, Path], tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "m"
    shutil.copytree(model_files["saved2"], folder)
    (folder / "keras_metadata.pb").write_bytes(b"\x0a\xff\xff")
    with refused(ModelError, "keras_metadata.pb is damaged", "Save the model again"):
        open_file(folder).keras_model()


def test_a_saved_model_of_a_class_of_its_own_cannot_be_trained(tmp_path: Path) -> None:
    import tf_keras

    class Own(tf_keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = tf_keras.layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    model = Own()
    model(np.zeros((1, 4), np.float32))
    model.save(tmp_path / "m", save_format="tf")
    with refused(UndecidedModelError, "needs code that is not in its file", "Own", "--code"):
        open_file(tmp_path / "m").keras_model()


# ---- the loss --------------------------------------------------------------------------------


@pytest.mark.parametrize("library", ["keras", "tf_keras"])
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize(
    ("loss", "options", "expected"),
    [
        ("sparse_categorical_crossentropy", None, CompiledLoss("sparse_categorical_crossentropy")),
        ("mse", None, CompiledLoss("mean_squared_error")),
        ("SparseCategoricalCrossentropy", {"from_logits": True},
         CompiledLoss("sparse_categorical_crossentropy", from_logits=True)),
        ("CategoricalCrossentropy", {"label_smoothing": 0.1},
         CompiledLoss("categorical_crossentropy", label_smoothing=0.1)),
    ],
    ids=["by name", "by short name", "from logits", "smoothed"],
)  # fmt: skip
def test_the_loss_is_read_from_the_file(
    library: str, suffix: str, loss: str, options: dict[str, Any] | None,
    expected: CompiledLoss, saved: Save,
) -> None:  # fmt: skip
    keras: Any = importlib.import_module(library)
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(3)(inputs))
    model.compile("sgd", loss if options is None else getattr(keras.losses, loss)(**options))
    assert open_file(saved(model, suffix)).loss == expected


@pytest.mark.parametrize("name", ["keras2", "keras2_h5", "saved2"])
def test_a_model_that_was_not_compiled_has_no_loss(model_files: dict[str, Path], name: str) -> None:
    assert open_file(model_files[name]).loss is None
