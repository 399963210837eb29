"""benchmarks/: evaluating files on many samples, against the loop that tutorials write."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.row import Row, in_turn, speedup_at_least
from optimizer import settings
from optimizer.measure.metrics import predicted_classes
from optimizer.measure.predict import predict
from optimizer.reporting import Report
from optimizer.workers.executor import LocalExecutor
from optimizer.workers.work import Work

ROUNDS = 3
NEVER_SLOWER = 0.95
FEW, ALL = ("float32", "int8"), ("float32", "dynamic_range", "int8")


@dataclass(frozen=True)
class Subject:
    """One model.

    Attributes:
        name: For people.
        shape: Of one sample.
        samples: How many are evaluated.
        goal: The speedup that is asked for in float32.
        kinds: Of files.
    """

    name: str
    shape: tuple[int, ...]
    samples: int
    goal: float
    kinds: tuple[str, ...]


SUBJECTS = (
    Subject("784-128-10", (784,), 60_000, 10, ALL),
    Subject("small CNN 28×28", (28, 28, 1), 60_000, 3, ALL),
    Subject("MobileNetV2 96", (96, 96, 3), 1_000, 1.8, FEW),
    Subject("MobileNetV2 224", (224, 224, 3), 200, 1.8, FEW),
)
"""The first two are those of TensorFlow's and tfmot's tutorials, with MNIST's number of images."""


@dataclass(frozen=True)
class _Samples:
    """Samples that lie in memory, as the tutorial's do."""

    array: npt.NDArray[np.float32]
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.array)

    def batch(self, start: int, stop: int) -> tuple[npt.NDArray[np.float32]]:
        return (self.array[start:stop],)

    def at(self, positions: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.float32]]:
        return (self.array[positions],)


def measure() -> list[Row]:
    """Every kind of file of every model: all predictions, ours against the loop."""
    rng = np.random.default_rng(0)
    rows = []
    with _converted() as folder:
        for subject in SUBJECTS:
            for kind in subject.kinds:
                samples = _Samples(rng.random((subject.samples, *subject.shape), np.float32))
                file = folder / f"{subject.name}.{kind}.tflite"
                mine, theirs = _evaluated(file, samples)
                goal = subject.goal if kind == "float32" else NEVER_SLOWER
                what = f"seconds for {subject.samples:,} predictions: {subject.name}, {kind}"
                rows.append(speedup_at_least("predictions", what, mine, theirs, goal))
    return rows


def _evaluated(file: Path, samples: _Samples) -> tuple[float, float]:
    assert np.array_equal(ours(file, samples), tutorial(file, samples.array))
    return in_turn(lambda: ours(file, samples), lambda: tutorial(file, samples.array), ROUNDS)


def ours(file: Path, samples: _Samples) -> npt.NDArray[np.intp]:
    """The predicted class of each sample."""
    [outputs] = predict(file, samples)
    return predicted_classes(outputs)


def tutorial(file: Path, x: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    """The same with one interpreter as it comes, one sample at a time.

    The steps are those of TensorFlow's guides on post-training quantization.
    """
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415

    interpreter = Interpreter(model_path=str(file))
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]
    target = interpreter.get_output_details()[0]
    classes = np.zeros(len(x), np.intp)
    for place, sample in enumerate(x):
        if source["dtype"] == np.uint8:
            scale, zero_point = source["quantization"]
            sample = sample / scale + zero_point  # noqa: PLW2901
        one = np.expand_dims(sample, axis=0).astype(source["dtype"])
        interpreter.set_tensor(source["index"], one)
        interpreter.invoke()
        classes[place] = interpreter.get_tensor(target["index"])[0].argmax()
    return classes


@contextmanager
def _converted() -> Iterator[Path]:
    limits = settings.from_environment()
    executor = LocalExecutor(1, limits.job_memory, limits.job_seconds)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            executor.submit(Convert(folder), lambda: None, "benchmark").result()
            yield folder
        finally:
            executor.close()


def perturb(model: Any) -> None:
    """Moves all weights, so that no tensor is constant: such a one has no scale that integers fit.

    Variances, the only weights that must be positive, stay above a half.
    """
    rng = np.random.default_rng(0)
    for weight in model.weights:
        noise = rng.normal(0, 0.05, weight.shape)
        if weight.name == "moving_variance":
            noise = np.abs(noise)
        weight.assign(weight + noise)


@dataclass(frozen=True)
class Convert(Work[None]):
    """Writes all files, with random weights, into `out`."""

    def run(self, report: Report) -> None:  # noqa: ARG002
        """See `Work.run`."""
        import keras  # noqa: PLC0415 (workers only)
        import tensorflow as tf  # noqa: PLC0415

        layers = keras.layers
        rng = np.random.default_rng(0)
        for subject in SUBJECTS:
            inputs = keras.Input(subject.shape)
            model: Any
            if "Mobile" in subject.name:
                model = keras.applications.MobileNetV2(subject.shape, weights=None)
                perturb(model)
            elif "CNN" in subject.name:
                x = layers.MaxPooling2D()(layers.Conv2D(12, 3, activation="relu")(inputs))
                model = keras.Model(inputs, layers.Dense(10)(layers.Flatten()(x)))
            else:
                x = layers.Dense(128, "relu")(inputs)
                model = keras.Model(inputs, layers.Dense(10)(x))
            data = rng.random((20, 1, *subject.shape), np.float32)
            for kind in subject.kinds:
                converter = tf.lite.TFLiteConverter.from_keras_model(model)
                if kind != "float32":
                    converter.optimizations = [tf.lite.Optimize.DEFAULT]
                if kind == "int8":
                    converter.representative_dataset = lambda data=data: ([row] for row in data)
                    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
                (self.out / f"{subject.name}.{kind}.tflite").write_bytes(converter.convert())
