"""tests of measure/: the arena of ten models, to the byte beside TFLite Micro's own interpreter."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from optimizer.measure.micro import ALIGNMENT, run_in_micro
from tests.samples import ArraySamples
from tests.tflite_files import read_contents

SMALLEST = """
import os
import sys
import numpy as np
from tflite_micro.python.tflite_micro import runtime

file, inputs, size, step = sys.argv[1], np.load(sys.argv[2]), *map(int, sys.argv[3:])
while True:
    child = os.fork()  # on too small an arena it raises, or crashes
    if child == 0:
        try:
            interpreter = runtime.Interpreter.from_file(file, arena_size=size)
            interpreter.set_input(inputs, 0)
            interpreter.invoke()
        except Exception:
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
    size += step
print("smallest", size)
"""


def dense(keras: Any, x: Any) -> Any:
    return keras.layers.Dense(24, activation="relu")(keras.layers.Flatten()(x))


def convolution(keras: Any, x: Any) -> Any:
    return keras.layers.Flatten()(keras.layers.Conv2D(8, 3, activation="relu")(x))


def depthwise(keras: Any, x: Any) -> Any:
    x = keras.layers.DepthwiseConv2D(3, padding="same")(x)
    return keras.layers.GlobalAveragePooling2D(2)(keras.layers.Conv2D(16, 1)(x))


def residual(keras: Any, x: Any) -> Any:
    first = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    x = keras.layers.Add()([first, keras.layers.Conv2D(8, 3, padding="same")(first)])
    return keras.layers.Flatten()(keras.layers.MaxPooling2D()(x))


def branches(keras: Any, x: Any) -> Any:
    parts = [keras.layers.Conv2D(6, size, padding="same")(x) for size in (1, 3, 5)]
    return keras.layers.Flatten()(
        keras.layers.AveragePooling2D(2)(keras.layers.Concatenate()(parts))
    )


KINDS = [
    (dense, "float32"), (dense, "int8"), (convolution, "float32"), (convolution, "int8"),
    (depthwise, "float32"), (depthwise, "int8"), (residual, "float32"), (residual, "int8"),
    (branches, "int8"), (convolution, "int16x8"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.needs_micro
@pytest.mark.parametrize(
    ("make", "kind"), KINDS, ids=[f"{make.__name__}-{kind}" for make, kind in KINDS]
)
def test_the_arena_is_the_smallest_that_suffices(
    make: Callable[[Any, Any], Any],
    kind: str,
    convert: Callable[..., Path],
    images: ArraySamples,
    tmp_path: Path,
) -> None:
    """Each step from half of it on is tried by the wheel itself, in a process of its own."""
    import keras
    import tensorflow as tf

    inputs = keras.Input((12, 12, 3))
    outputs = keras.layers.Dense(4, activation="softmax")(make(keras, inputs))
    integers = {"inference_input_type": tf.int8} if kind == "int8" else {}
    file = convert(keras.Model(inputs, outputs), kind, images.arrays[0], **integers)
    contents = read_contents(file)
    [needed] = Interpreter(str(file)).get_input_details()
    fed = np.ones(needed["shape"], needed["dtype"])
    found = run_in_micro(file, [[fed]], 1, contents.arena_bytes)
    assert found.reason is None
    assert found.arena_bytes
    assert found.head_bytes == contents.arena_bytes

    np.save(tmp_path / "inputs.npy", fed)
    first = found.arena_bytes // 2 // ALIGNMENT * ALIGNMENT
    done = subprocess.run(
        [sys.executable, "-c", SMALLEST, file, tmp_path / "inputs.npy", str(first), str(ALIGNMENT)],
        capture_output=True, text=True, timeout=600, check=True,
    )  # fmt: skip
    assert f"smallest {found.arena_bytes}" in done.stdout
