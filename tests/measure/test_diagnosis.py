"""tests of measure/diagnosis: what is wrong with a file is said; of one that is well, nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.arrays import Float32s
from optimizer.measure.diagnosis.components import off_components, relative_errors
from optimizer.measure.diagnosis.few_scores import few_scores
from optimizer.measure.diagnosis.float16_range import beyond_float16
from optimizer.measure.diagnosis.one_scale import (
    dequantized_from,
    lost_columns,
    lost_components,
    quantized_from,
)
from optimizer.measure.diagnosis.same_answer import same_answers
from optimizer.measure.diagnosis.saturation import activations, cut_off, saturated
from optimizer.measure.inner_values import named_values
from optimizer.measure.predict import predict
from optimizer.tflite.flatbuffer import Flatbuffer, read_flatbuffer
from optimizer.tflite.graph import Tensor
from optimizer.tflite.runner import Runner
from optimizer.tflite.weights import real_weights
from tests.samples import ArraySamples


def floats(values: Any) -> Float32s:
    return np.array(values, np.float32)


UNITS = floats([40, 2.5, 0.3, 800])  # metres, an angle, a confidence, millimetres


@pytest.fixture(scope="module")
def rows() -> Float32s:
    """300 samples of three columns of one unit."""
    return np.random.default_rng(3).uniform(-1, 1, (300, 3)).astype(np.float32)


def linear(weights: Float32s, bias: Float32s) -> Any:
    """A dense layer."""
    import keras

    inputs = keras.Input((len(weights),), name="row")
    layer = keras.layers.Dense(len(bias), name="out")
    model = keras.Model(inputs, layer(inputs))
    layer.set_weights([weights, bias])
    return model


def converted(model: Any, *samples: Float32s, half: bool = False) -> bytes:
    """What TensorFlow's converter makes: float32, float16, or int8 with `samples`."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if samples or half:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if half:
        converter.target_spec.supported_types = [tf.float16]
    if samples:
        names = [tensor.name for tensor in model.inputs]
        converter.representative_dataset = lambda: (
            {name: values[place : place + 1] for name, values in zip(names, samples, strict=True)}
            for place in range(len(samples[0]))
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    content: bytes = converter.convert()
    return content


def test_components_of_other_units_are_named(rows: Float32s) -> None:
    weights = floats([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]]) * UNITS
    model, truth = linear(weights, 0 * UNITS), rows @ weights
    file = read_flatbuffer(converted(model, rows))
    # 1,600 in 256 steps are 6.3 a step: the angle's 5 and the confidence's 0.6 lie within one.
    [said] = lost_components(file, 0, "out", truth)
    assert said.startswith("2 components (number 2, 3) of “out” span fewer than 8")
    assert "(6.2" in said
    assert lost_components(file, 0, "out", truth[:, [0, 3, 0, 3]]) == ()
    assert lost_components(read_flatbuffer(converted(model)), 0, "out", truth) == ()


@pytest.mark.parametrize("spread", [(1, 1, 1), (1, 0.5, 0.2)])
def test_columns_of_one_range_are_well(rows: Float32s, spread: tuple[float, ...]) -> None:
    samples = rows * floats(spread)
    model = linear(np.ones((3, 1), np.float32), np.zeros(1, np.float32))
    assert lost_columns(read_flatbuffer(converted(model, samples)), ["row"], [samples]) == ()


def test_columns_that_differ_by_decades_are_named(rows: Float32s) -> None:
    samples = rows * floats([1e6, 1, 1e5])
    model = linear(floats([[1e-6], [1], [1e-5]]), np.zeros(1, np.float32))
    file = read_flatbuffer(converted(model, samples))
    [said] = lost_columns(file, ["row"], [samples])  # 2e6 in 256 steps: 7,840 a step
    assert said.startswith("1 column (number 2) of “row” span fewer than 8")
    assert "(7.83e+03 a step)" in said
    assert lost_columns(read_flatbuffer(converted(model)), ["row"], [samples]) == ()


@pytest.mark.parametrize(("largest", "beyond"), [(60_000, 0), (70_000, 1)])
def test_numbers_beyond_float16_are_counted(largest: float, beyond: int) -> None:
    weights = np.full((64, 32), 0.5, np.float32)
    weights[3, 4] = largest
    said = beyond_float16(
        read_flatbuffer(converted(linear(weights, np.zeros(32, np.float32)), half=True))
    )
    assert len(said) == beyond
    assert all(text.startswith("1 number in ") for text in said)


def test_a_file_that_always_says_the_same_is_named(rows: Float32s) -> None:
    same = np.full((300, 1), 15.23, np.float32)
    [said] = same_answers("score", same, rows[:, :1])
    assert said.startswith("“score” is the same for all 300 samples (15.23):")
    [said] = same_answers("score", np.sign(rows[:, :1]), rows[:, :1])
    assert said.startswith("“score” takes only 2 different values over 300 samples, where float32")
    assert same_answers("score", np.round(rows * 20), rows) == ()  # hundreds of different rows
    assert same_answers("score", same, same) == ()


def test_the_component_that_is_off_is_named(rows: Float32s) -> None:
    theirs = np.hstack([rows, rows * 100])
    mine = theirs * np.float32(1.001)
    assert off_components("pose", mine, theirs) == ()
    mine[:, 1] += 0.5 * theirs[:, 1].std()
    [said] = off_components("pose", mine, theirs)
    assert said.startswith("Component 2 of “pose” is off by 50 % of its own spread")
    by_hand = np.sqrt(((mine[:, 1] - theirs[:, 1]) ** 2).mean()) / theirs[:, 1].std()
    assert relative_errors(mine, theirs)[1] == pytest.approx(by_hand, rel=1e-5)


def test_an_output_that_is_off_as_a_whole_is_left_to_its_metric(rows: Float32s) -> None:
    assert off_components("pose", rows * 0, rows) == ()
    steady = np.hstack([rows[:, :1], np.zeros((300, 1), np.float32)])
    assert off_components("pose", steady, steady) == ()  # one that never varies has no spread


def test_the_signs_are_those_of_what_the_file_says(rows: Float32s, tmp_path: Path) -> None:
    """The file of decades really does not see its second column."""
    samples = rows * floats([1e6, 1, 1e5])
    model = linear(floats([[1e-6], [1], [1e-5]]), np.zeros(1, np.float32))
    path = tmp_path / "int8.tflite"
    path.write_bytes(converted(model, samples))
    other = samples * floats([1, -1, 1])
    first, second = (predict(path, ArraySamples((x,)))[0] for x in (samples, other))
    assert np.abs(first - second).max() < 0.1 < np.abs(rows[:, 1]).max()


def test_a_file_that_xnnpack_cannot_prepare_runs_without_it(rows: Float32s, tmp_path: Path) -> None:
    """The values are those of the quantization specification, computed by hand."""
    samples = rows * floats([1e6, 1, 1e5])
    model = linear(floats([[1e-6], [1], [1e-5]]), floats([0]))
    path = tmp_path / "int8.tflite"
    path.write_bytes(converted(model, samples))
    runner = Runner(path, (samples[:1],))
    assert not runner.xnnpack
    told = runner.run(runner.prepare((samples[:1],)))[0]
    file = read_flatbuffer(path.read_bytes())
    quantized, dense, _ = file.graphs[0].uses
    into, out = quantized.outputs[0].quantization.scales[0], dense.outputs[0].quantization.scales[0]
    [weights] = real_weights(file)
    assert weights is not None
    by_hand = np.round(samples[0] / into) * into @ weights[0]
    assert told[0, 0] == pytest.approx(float(by_hand), abs=float(out))
    (tmp_path / "float.tflite").write_bytes(converted(model))
    assert Runner(tmp_path / "float.tflite", (samples[:1],)).xnnpack


def test_columns_far_from_0_are_lost_although_they_are_of_one_unit(rows: Float32s) -> None:
    """Unix times of one year: 0 is in the range of every scale."""
    samples = 1.6e9 + 1.5e7 * rows
    model = linear(np.full((3, 1), 1e-9, np.float32), np.zeros(1, np.float32))
    [said] = lost_columns(read_flatbuffer(converted(model, samples)), ["row"], [samples])
    assert said.startswith("3 columns (number 1, 2, 3) of “row” span fewer than 8")


def test_a_file_may_have_another_order_than_the_model(rows: Float32s) -> None:
    """The first output has one unit, the second four; the file gives them the other way round."""
    import keras

    inputs = keras.Input((3,), name="row")
    heads = [
        keras.layers.Dense(2, name="even")(inputs),
        keras.layers.Dense(4, name="mixed")(inputs),
    ]
    model = keras.Model(inputs, heads)
    weights = floats([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]]) * UNITS
    model.get_layer("mixed").set_weights([weights, 0 * UNITS])
    file = read_flatbuffer(converted(model, rows))
    main = file.graphs[0]
    turned = replace(file, graphs=(replace(main, outputs=main.outputs[::-1]), *file.graphs[1:]))
    even, mixed = (np.asarray(x) for x in model.predict_on_batch(rows))
    for one in (file, turned):
        assert lost_components(one, 0, "even", even) == ()
        assert lost_components(one, 1, "mixed", mixed)[0].startswith("2 components (number 2, 3)")


def test_the_inputs_of_a_file_are_found_by_their_names(rows: Float32s) -> None:
    import keras

    wide, plain = rows * floats([1e6, 1, 1e5]), rows
    taken = [keras.Input((3,), name=name) for name in ("zeta", "alpha")]
    sums = [keras.layers.Dense(2)(x) for x in taken]
    model = keras.Model(taken, keras.layers.Concatenate()(sums))
    file = read_flatbuffer(converted(model, wide, plain))
    [said] = lost_columns(file, ["zeta", "alpha"], [wide, plain])
    assert said.startswith("1 column (number 2) of “zeta”")
    [said] = lost_columns(file, ["alpha", "zeta"], [plain, wide])
    assert said.startswith("1 column (number 2) of “zeta”")


def test_values_beyond_the_range_of_calibration_are_counted_by_layer(
    rows: Float32s, tmp_path: Path
) -> None:
    """Calibrated on a fifth of the values: the shares are those that NumPy counts."""
    import keras

    inputs = keras.Input((3,), name="row")
    hidden = keras.layers.Dense(4, name="hidden")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2, name="out")(keras.ops.relu(hidden)))
    file = read_flatbuffer(converted(model, rows / np.float32(5)))
    path = tmp_path / "float.tflite"
    path.write_bytes(converted(model))
    inner = list(named_values(path, ArraySamples((rows,)), len(rows), activations(file)))
    theirs = np.asarray(model.predict_on_batch(rows))

    def ends(of: Flatbuffer) -> list[tuple[str, Tensor, Float32s]]:
        graph = of.graphs[0]
        return [
            ("row", quantized_from(graph, graph.inputs[0]), rows),
            ("out", dequantized_from(graph, graph.outputs[0]), theirs),
        ]

    found = saturated(file, ends(file), inner, ["hidden", "out"])
    assert set(found) == {"row", "hidden", "out"}
    step = 0.4 / 255  # -0.2 to 0.2
    assert found["row"] == pytest.approx(np.mean(np.abs(rows) > 0.2 + 1.5 * step), abs=0.01)
    kernel, bias = model.get_layer("hidden").get_weights()
    by_hand = np.maximum(rows @ kernel + bias, 0)
    most = np.maximum(rows / np.float32(5) @ kernel + bias, 0).max()
    assert found["hidden"] == pytest.approx(np.mean(by_hand > most), abs=0.02)
    small = np.asarray(model.predict_on_batch(rows / np.float32(5)))
    outside = (theirs < small.min()) | (theirs > small.max())
    assert found["out"] == pytest.approx(np.mean(outside), abs=0.02)
    [said] = cut_off(file, ends(file), inner, ["hidden", "out"])
    assert f"{100 * found['row']:.1f} % of “row”" in said
    like = read_flatbuffer(converted(model, rows))
    assert cut_off(like, ends(like), inner, ["hidden", "out"]) == ()
    assert activations(read_flatbuffer(converted(model))) == {}


def test_scores_that_are_all_alike_are_named(rows: Float32s, tmp_path: Path) -> None:
    """Sure answers: an int8 softmax says 0 or 255/256 of each, 1 - 1e-5 and 1 - 1e-6 alike."""
    import keras

    inputs = keras.Input((3,), name="row")
    layer = keras.layers.Dense(2, activation="softmax", name="out")
    model = keras.Model(inputs, layer(inputs))
    layer.set_weights([floats([[6, -6], [0, 0], [0, 0]]), floats([0, 0])])
    rows = (np.sign(rows) * (1 + np.abs(rows) / 5)).astype(np.float32)
    path = tmp_path / "int8.tflite"
    path.write_bytes(converted(model, rows))
    mine = predict(path, ArraySamples((rows,)))[0]
    theirs = np.asarray(model.predict_on_batch(rows))
    different = len(set(mine.ravel().tolist()))
    assert 2 <= different <= 8
    [said] = few_scores("out", mine, theirs)
    assert said.startswith(f"The scores of “out” are one of {different} numbers (0, ")
    assert few_scores("out", theirs, theirs) == ()
    file = read_flatbuffer(path.read_bytes())
    out = dequantized_from(file.graphs[0], file.graphs[0].outputs[0])
    assert out.quantization.scales[0] == 1 / 256
    assert cut_off(file, [("out", out, theirs)], (), ()) == ()  # 1 is just beyond 255/256
    layer.set_weights([floats([[1, -1], [0, 0], [0, 0]]), floats([0, 0])])
    path.write_bytes(converted(model, rows))
    softer = np.asarray(model.predict_on_batch(rows))
    assert len(np.unique(softer)) > 100
    assert few_scores("out", predict(path, ArraySamples((rows,)))[0], softer) == ()
