"""tests of tflite/: arena and verdict against TFLite Micro itself, which runs the files here.

It runs in a process of its own: it aborts on some files, and its report comes from native code.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from optimizer.sample import DATA, MODEL
from optimizer.techniques.converters.litert_quantizer import quantize_static, quantize_weights
from optimizer.techniques.technique import Sources
from tests.samples import ArraySamples
from tests.tflite_files import look_inside, read_contents

pytestmark = pytest.mark.needs_micro

RUN = """
import sys
import numpy as np
from tflite_micro.python.tflite_micro import runtime

file, inputs, outputs = sys.argv[1:]
interpreter = runtime.Interpreter.from_file(file, arena_size=8_000_000)
interpreter.set_input(np.load(inputs), 0)
interpreter.invoke()
interpreter.print_allocations()
np.save(outputs, interpreter.get_output(0))
"""
ARENA = re.compile(r"Arena allocation head (\d+) bytes")


@dataclass(frozen=True)
class Micro:
    """What TFLite Micro did with a file.

    Attributes:
        head: bytes of the arena that activations take.
        output: its first output.
    """

    head: int
    output: npt.NDArray[Any]


def run_in_micro(file: Path, inputs: npt.NDArray[Any], folder: Path) -> Micro | None:
    """None where it refuses the file, or aborts."""
    np.save(folder / "inputs.npy", inputs)
    done = subprocess.run(
        [sys.executable, "-c", RUN, file, folder / "inputs.npy", folder / "outputs.npy"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        return None
    found = ARENA.search(done.stdout + done.stderr)
    assert found, done.stderr
    return Micro(int(found[1]), np.load(folder / "outputs.npy"))


def run_here(file: Path, inputs: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The first output, with the kernels that TFLite Micro's are made from: others round else."""
    interpreter = Interpreter(str(file), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], inputs)
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


def some_input(file: Path) -> npt.NDArray[Any]:
    details = Interpreter(str(file)).get_input_details()[0]
    rng = np.random.default_rng(5)
    if details["dtype"] == np.float32:
        return np.asarray(rng.random(details["shape"], np.float32))
    limits = np.iinfo(details["dtype"])
    values = rng.integers(limits.min, limits.max, details["shape"])
    return np.asarray(values.astype(details["dtype"]))


def check_arena_and_output(file: Path, folder: Path) -> None:
    """That the arena is TFLite Micro's to the byte, and the outputs are the interpreter's."""
    inputs = some_input(file)
    micro = run_in_micro(file, inputs, folder)
    assert micro is not None
    assert look_inside(file).runs_on["tflite_micro"] is True
    assert read_contents(file).arena_bytes == micro.head
    ours = run_here(file, inputs).astype(np.float64)
    if np.issubdtype(micro.output.dtype, np.integer):
        assert np.abs(ours - micro.output).max() <= 1
    else:
        np.testing.assert_allclose(micro.output, ours, atol=1e-4)


@pytest.fixture(scope="session")
def branches() -> Any:
    """A network with an addition, a concatenation and two outputs: activations that live long."""
    import keras

    keras.utils.set_random_seed(4)
    layers = keras.layers
    inputs = keras.Input((16, 16, 4))
    first = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    x = layers.Add()([first, layers.Conv2D(8, 3, padding="same")(first)])
    x = layers.MaxPooling2D()(x)
    x = layers.Concatenate()([x, layers.Conv2D(12, 1, activation="relu6")(x)])
    x = layers.Flatten()(x)
    heads = [layers.Dense(5, activation="tanh")(x), layers.Dense(1, activation="sigmoid")(x)]
    return keras.Model(inputs, heads)


@pytest.fixture(scope="session")
def sample() -> Any:
    """The embedded sample model."""
    import keras

    return keras.models.load_model(MODEL, compile=False)


@pytest.fixture(scope="session")
def garments(sample: Any) -> ArraySamples:
    """30 of the sample's images, as its model takes them."""
    with np.load(DATA) as data:
        images = data[data.files[0]][:30].astype(np.float32)
    return ArraySamples((images.reshape(-1, *sample.input_shape[1:]),))


def test_the_samples_arena_is_that_of_tflite_micro(
    sample: Any, garments: ArraySamples, convert: Callable[..., Path], tmp_path: Path
) -> None:
    import tensorflow as tf

    file = convert(sample, "int8", garments.arrays[0], inference_input_type=tf.int8)
    check_arena_and_output(file, tmp_path)


@pytest.mark.parametrize("kind", ["float32", "int8", "int16x8"])
def test_a_chains_arena_is_that_of_tflite_micro(
    kind: str, variants: dict[str, Path], tmp_path: Path
) -> None:
    check_arena_and_output(variants[kind], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["float32", "int8", "int16x8"])
def test_the_arena_of_branches_is_that_of_tflite_micro(
    kind: str, branches: Any, convert: Callable[..., Path], tmp_path: Path
) -> None:
    import tensorflow as tf

    images = np.random.default_rng(6).random((30, 16, 16, 4), np.float32)
    integers = {"inference_input_type": tf.int8} if kind == "int8" else {}
    check_arena_and_output(convert(branches, kind, images, **integers), tmp_path)


def test_a_file_of_the_litert_quantizer_has_the_arena_of_tflite_micro(
    variants: dict[str, Path], images: ArraySamples, tmp_path: Path
) -> None:
    file = tmp_path / "litert.tflite"
    file.write_bytes(
        quantize_static(
            _sources(variants["float32"], images),
            activation_bits=8,
            samples=30,
            boundary="int8",
        )
    )
    check_arena_and_output(file, tmp_path)


@pytest.mark.parametrize("kind", ["float16", "dynamic"])
def test_what_our_verdict_refuses_tflite_micro_refuses(
    kind: str, variants: dict[str, Path], tmp_path: Path
) -> None:
    assert look_inside(variants[kind]).runs_on["tflite_micro"] is False
    assert run_in_micro(variants[kind], some_input(variants[kind]), tmp_path) is None


@pytest.mark.slow
def test_weights_with_scales_per_channel_run_there_and_give_wrong_answers(
    sample: Any, garments: ArraySamples, convert: Callable[..., Path], tmp_path: Path
) -> None:
    float32 = convert(sample)
    file = tmp_path / "weights.tflite"
    file.write_bytes(quantize_weights(_sources(float32, garments)))
    inputs = garments.arrays[0][:1]
    micro, exact = run_in_micro(file, inputs, tmp_path), run_in_micro(float32, inputs, tmp_path)
    assert micro is not None
    assert exact is not None
    assert np.abs(exact.output - run_here(float32, inputs)).max() < 1e-4
    assert np.abs(micro.output - run_here(file, inputs)).max() > 0.01
    assert look_inside(file).runs_on["tflite_micro"] is False, "so our verdict is no"


def _sources(float_tflite: Path, samples: ArraySamples) -> Sources:
    name = next(iter(Interpreter(str(float_tflite)).get_signature_runner().get_input_details()))
    return Sources(float_tflite.parent, lambda: float_tflite, (name,), samples, lambda *_: None)
