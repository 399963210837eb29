"""tests of measure/: predictions are those of the file that ships, however they are computed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import MeasurementError
from optimizer.measure.predict import predict, tuned
from optimizer.tflite.runner import Runner
from tests.converted import KINDS
from tests.tutorial import tutorial_loop


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_are_those_of_the_tutorial_loop_bit_for_bit(
    kind: str, variants: dict[str, Path], images: Any
) -> None:
    [outputs] = predict(variants[kind], images)
    expected = tutorial_loop(variants[kind], images.arrays[0])
    assert outputs.dtype == np.float32
    assert outputs.tobytes() == expected.tobytes()


@pytest.mark.parametrize("batch", [8, 32])
@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_gives_the_same_bits_as_its_samples(
    kind: str, batch: int, variants: dict[str, Path], images: Any
) -> None:
    arrays = images.batch(0, batch)
    runner = Runner(variants[kind], arrays)
    [together] = runner.run(runner.prepare(arrays))
    assert together.tobytes() == tutorial_loop(variants[kind], arrays[0]).tobytes()


def test_a_batch_that_does_not_divide_the_samples_changes_nothing(
    variants: dict[str, Path], images: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "optimizer.measure.predict.tuned", lambda file, _: Runner(file, images.batch(0, 32))
    )
    [outputs] = predict(variants["int8"], images)
    assert outputs.tobytes() == tutorial_loop(variants["int8"], images.arrays[0]).tobytes()


def test_one_worker_and_four_predict_the_same(variants: dict[str, Path], images: Any) -> None:
    one = predict(variants["float32"], images, workers=1)
    four = predict(variants["float32"], images, workers=4)
    assert one[0].tobytes() == four[0].tobytes()


def test_progress_rises_to_the_end(variants: dict[str, Path], images: Any) -> None:
    seen: list[float] = []
    predict(variants["float32"], images, on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_one_sample_is_enough(variants: dict[str, Path], images: Any) -> None:
    one = type(images)(images.batch(0, 1))
    assert predict(variants["float32"], one)[0].shape == (1, 10)


def test_quantized_inputs_beyond_the_scale_are_clipped(
    variants: dict[str, Path], images: Any
) -> None:
    bright = type(images)((np.full((1, 12, 12, 3), 1e6, np.float32),))
    full = type(images)((np.ones((1, 12, 12, 3), np.float32),))
    assert np.array_equal(predict(variants["int8"], bright)[0], predict(variants["int8"], full)[0])


def test_several_inputs_and_outputs_keep_the_keras_order(
    convert: Callable[..., Path], images: Any
) -> None:
    import keras

    # Sorted by name both would be the other way round.
    first, second = keras.Input((4,), name="zeta"), keras.Input((4,), name="alpha")
    heads = [keras.layers.Dense(2, name="z")(first), keras.layers.Dense(2, name="a")(second)]
    model = keras.Model([first, second], heads)
    rng = np.random.default_rng(0)
    arrays = (rng.random((40, 4), np.float32), rng.random((40, 4), np.float32))
    outputs = predict(convert(model), type(images)(arrays))
    for output, expected in zip(outputs, model(arrays), strict=True):
        np.testing.assert_allclose(output, expected, atol=1e-5)


def test_inputs_in_another_order_are_told_apart_by_shape(
    convert: Callable[..., Path], images: Any
) -> None:
    import keras

    small, large = keras.Input((2,)), keras.Input((5,))
    model = keras.Model([small, large], keras.layers.Concatenate()([small, large]))
    arrays = (np.ones((3, 5), np.float32), np.zeros((3, 2), np.float32))
    [output] = predict(convert(model), type(images)(arrays))
    assert output.tolist() == [[0, 0, 1, 1, 1, 1, 1]] * 3


def test_recurrent_models_do_not_remember_the_last_sample(
    convert: Callable[..., Path], images: Any
) -> None:
    import keras

    inputs = keras.Input((6, 3), batch_size=1)
    model = keras.Model(inputs, keras.layers.LSTM(4, unroll=True)(inputs))
    samples = type(images)((np.ones((20, 6, 3), np.float32),))
    [outputs] = predict(convert(model), samples)
    assert np.ptp(outputs, axis=0).max() == 0


def test_tuning_leaves_no_batch_larger_than_the_data(
    variants: dict[str, Path], images: Any
) -> None:
    assert tuned(variants["float32"], type(images)(images.batch(0, 5))).batch == 1


def test_data_of_the_wrong_shape_are_named(variants: dict[str, Path], images: Any) -> None:
    wrong = type(images)((np.zeros((4, 28, 28, 1), np.float32),))
    with pytest.raises(MeasurementError, match=r"\(n, 12, 12, 3\).*\(n, 28, 28, 1\)"):
        predict(variants["float32"], wrong)


def test_an_operator_the_runtime_lacks_is_named(flex_file: Path, images: Any) -> None:
    matrices = type(images)((np.zeros((4, 3, 3), np.float32),))
    with pytest.raises(MeasurementError, match="TensorFlow operator MatrixInverse"):
        predict(flex_file, matrices)


def test_a_file_that_is_no_model_is_named(tmp_path: Path, images: Any) -> None:
    file = tmp_path / "notes.tflite"
    file.write_text("not a model")
    with pytest.raises(MeasurementError, match=r"notes\.tflite cannot be run"):
        predict(file, images)
