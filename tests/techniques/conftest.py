"""tests of techniques/: what conversions are made from, and a reading of what they make."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from ai_edge_litert import schema_py_generated as schema

from optimizer.techniques.technique import Sources
from tests.samples import ArraySamples

TYPES = {value: name for name, value in vars(schema.TensorType).items() if name.isupper()}
OPERATORS = {value: name for name, value in vars(schema.BuiltinOperator).items() if name.isupper()}


class Content:
    """What stands in a `.tflite`, read from the flatbuffer alone."""

    def __init__(self, content: bytes) -> None:
        self.model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
        [self.graph] = self.model.subgraphs

    def types(self, tensors: Iterable[int]) -> list[str]:
        return [TYPES[self.graph.tensors[tensor].type].lower() for tensor in tensors]

    @property
    def inputs(self) -> list[str]:
        return self.types(self.graph.inputs)

    @property
    def outputs(self) -> list[str]:
        return self.types(self.graph.outputs)

    @property
    def operators(self) -> Counter[str]:
        """How many of each operator."""
        return Counter(self._name(operator) for operator in self.graph.operators)

    @property
    def float_operators(self) -> set[str]:
        """Operators that give floats, those apart that only turn integers into floats."""
        return {
            self._name(operator)
            for operator in self.graph.operators
            if "float32" in self.types(operator.outputs)
        } - {"DEQUANTIZE"}

    def weights(self) -> list[tuple[str, int, int]]:
        """For each constant: its type, its bytes in the flatbuffer, its bytes outside of it."""
        found = []
        for tensor in self.graph.tensors:
            buffer = self.model.buffers[tensor.buffer]
            size = 0 if buffer.data is None else len(buffer.data)
            if size or buffer.size:
                found.append((TYPES[tensor.type].lower(), size, buffer.size))
        return found

    def _name(self, operator: Any) -> str:
        code = self.model.operatorCodes[operator.opcodeIndex]
        return str(OPERATORS[max(code.builtinCode, code.deprecatedBuiltinCode)])


MakeSources = Callable[..., Sources]


@pytest.fixture(scope="session")
def sources_of(tmp_path_factory: pytest.TempPathFactory) -> MakeSources:
    """Exports a Keras model as the app does: sources_of(model, ArraySamples((x,)))."""
    from optimizer.models.load import LoadedModel
    from optimizer.models.recognise import recognise
    from optimizer.techniques.converters.tensorflow_converter import convert, converter_for

    def make(model: Any, calibration: ArraySamples | None) -> Sources:
        folder = tmp_path_factory.mktemp("sources")
        path = folder / "model.keras"
        model.save(path)
        loaded = LoadedModel(path, recognise(path))
        saved_model = loaded.export(folder / "saved_model")
        assert saved_model is not None
        float_tflite = folder / "float32.tflite"
        float_tflite.write_bytes(convert(converter_for(saved_model)))
        names = tuple(spec.name for spec in loaded.summarise("m", "", 1).inputs)
        return Sources(saved_model, lambda: float_tflite, names, calibration, lambda *_: None)

    return make


@pytest.fixture(scope="session")
def tiny_sources(sources_of: MakeSources, tiny3: Any, pixels: npt.NDArray[np.uint8]) -> Sources:
    """The tiny model of Keras 3 with its first 40 images to calibrate with."""
    return sources_of(tiny3, ArraySamples((pixels[:40] / np.float32(255),)))


@pytest.fixture(scope="session", params=["keras 3", "keras 2"])
def either_sources(
    request: pytest.FixtureRequest,
    sources_of: MakeSources,
    tiny_sources: Sources,
    tiny2: Any,
) -> Sources:
    """The same from either Keras."""
    if request.param == "keras 3":
        return tiny_sources
    assert isinstance(tiny_sources.calibration, ArraySamples)
    return sources_of(tiny2, ArraySamples(tiny_sources.calibration.arrays))


@pytest.fixture(scope="session")
def sine_sources(sources_of: MakeSources) -> Sources:
    """A model with a sine, for which neither quantizer has an integer form."""
    import keras

    keras.utils.set_random_seed(1)
    inputs = keras.Input((8,))
    x = keras.ops.sin(keras.layers.Dense(32)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(3)(x))
    return sources_of(model, ArraySamples((np.random.default_rng(0).random((20, 8), np.float32),)))


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., npt.NDArray[np.float32]]:
    """Runs a file on samples: run(content, x), which gives its first output."""
    from optimizer.measure.predict import predict

    folder: Path = tmp_path_factory.mktemp("run")

    def outputs(content: bytes, *arrays: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        file = folder / "model.tflite"
        file.write_bytes(content)
        return predict(file, ArraySamples(arrays))[0]

    return outputs
