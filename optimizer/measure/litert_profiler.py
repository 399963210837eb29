"""measure/: the profiler inside the LiteRT runtime, which its Python interface does not offer.

Signatures and structures are those of litert/c/*.h at LiteRT 2.3 (ai-edge-litert 2.3.0). They are
no public interface: another version may fail or crash here, so it runs in a process of its own.
Nothing is freed: that process ends right afterwards.
"""

import ctypes
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from optimizer.arrays import Array
from optimizer.errors import MeasurementError

LIBRARY = "libLiteRt.so"
LEAST_RUNS, MOST_RUNS = 3, 200

# litert_common.h
CPU = 1
WRITE = 1
# litert_profiler_event.h: events of the runtime's own kernels and of XNNPACK's.
OPERATOR, DELEGATED_OPERATOR = 1 << 1, 1 << 3
MAIN_GRAPH = 0

Handle = ctypes.c_void_p


class Step(NamedTuple):
    """What the profiler noted of one operator in one run.

    Attributes:
        name: the operator's name, or that of XNNPACK's kernel.
        node: its place in the main graph, or among XNNPACK's own operators.
        microseconds: whole ones; the profiler does not see shorter times.
        delegated: whether XNNPACK ran it.
    """

    name: str
    node: int
    microseconds: int
    delegated: bool


class _Layout(ctypes.Structure):
    _fields_ = (
        ("rank", ctypes.c_uint32, 7),
        ("has_strides", ctypes.c_uint32, 1),
        ("dimensions", ctypes.c_int32 * 8),
        ("strides", ctypes.c_uint32 * 8),
    )


class _RankedTensorType(ctypes.Structure):
    _fields_ = (("element_type", ctypes.c_int), ("layout", _Layout))


class _Event(ctypes.Structure):
    _fields_ = (
        ("tag", ctypes.c_char_p),
        ("event_type", ctypes.c_int),
        ("start_us", ctypes.c_uint64),
        ("elapsed_us", ctypes.c_uint64),
        ("memory", ctypes.c_size_t * 6),
        ("node", ctypes.c_uint64),
        ("subgraph", ctypes.c_uint64),
        ("source", ctypes.c_int),
    )


def profile_runs(file: Path, inputs: Mapping[int, Array], seconds: float) -> list[list[Step]]:
    """Runs a file with its profiler on, with one thread.

    Args:
        file: the .tflite file.
        inputs: by the index of each input tensor what to feed it, of the tensor's own type.
        seconds: how long to go on; at least 3 runs are made, and at most 200.

    Returns:
        For each run its steps in the main graph, in order. A control-flow operator is one step.

    Raises:
        MeasurementError: this version of the runtime has no such profiler, or cannot run the file.
    """
    try:
        session = _Session(file, inputs)
        stop = time.monotonic() + seconds
        session.run()
        runs: list[list[Step]] = []
        while len(runs) < LEAST_RUNS or (time.monotonic() < stop and len(runs) < MOST_RUNS):
            runs.append(session.profiled_run())
    except (OSError, AttributeError, KeyError) as error:
        raise MeasurementError(f"The LiteRT runtime has no profiler that fits: {error}.") from error
    return runs


class _Session:
    """A file opened in the runtime, with its buffers and its profiler."""

    def __init__(self, file: Path, inputs: Mapping[int, Array]) -> None:
        self._library = ctypes.CDLL(str(_library()))
        self._environment = self._made("LiteRtCreateEnvironment", ctypes.c_int(0), None)
        path = ctypes.c_char_p(str(file).encode())
        model = self._made("LiteRtCreateModelFromFile", self._environment, path)
        options = self._made("LiteRtCreateOptions")
        self._call("LiteRtSetOptionsHardwareAccelerators", options, ctypes.c_int(CPU))
        self._add_options(options, b"runtime_options_string", "enable_profiling = true\n")
        self._add_options(options, b"xnnpack", "num_threads = 1\n")
        self._model = self._made("LiteRtCreateCompiledModel", self._environment, model, options)
        self._signature = self._made("LiteRtGetModelSignature", model, _size(0))
        self._inputs = self._input_buffers(inputs)
        self._outputs = self._output_buffers()
        self._profiler = self._made("LiteRtCompiledModelGetProfiler", self._model)

    def run(self) -> None:
        """Runs the model once."""
        self._call(
            "LiteRtRunCompiledModel",
            self._model,
            _size(0),
            _size(len(self._inputs)),
            self._inputs,
            _size(len(self._outputs)),
            self._outputs,
        )

    def profiled_run(self) -> list[Step]:
        """Runs the model once and returns its steps."""
        self._call("LiteRtStartProfiler", self._profiler)  # and forgets what was before
        self.run()
        self._call("LiteRtStopProfiler", self._profiler)
        count = ctypes.c_int()
        self._call("LiteRtGetNumProfilerEvents", self._profiler, ctypes.byref(count))
        events = (_Event * count.value)()
        if count.value:
            self._call("LiteRtGetProfilerEvents", self._profiler, count, events)
        return [
            Step(
                event.tag.decode(errors="replace"),
                event.node,
                event.elapsed_us,
                event.event_type == DELEGATED_OPERATOR,
            )
            for event in events
            if event.event_type in (OPERATOR, DELEGATED_OPERATOR) and event.subgraph == MAIN_GRAPH
        ]

    def _add_options(self, options: Handle, name: bytes, text: str) -> None:
        """Adds options as the runtime serialises them: text that it frees with `free`."""
        libc = ctypes.CDLL(None)
        libc.strdup.restype = Handle
        free = ctypes.cast(libc.free, Handle)
        payload = Handle(libc.strdup(text.encode()))
        made = self._made("LiteRtCreateOpaqueOptions", ctypes.c_char_p(name), payload, free)
        self._call("LiteRtAddOpaqueOptions", options, made)

    def _input_buffers(self, inputs: Mapping[int, Array]) -> "ctypes.Array[Handle]":
        places = range(self._count("LiteRtGetNumSignatureInputs"))
        tensors = [self._tensor("Input", place) for place in places]
        arrays = [np.ascontiguousarray(inputs[self._index(tensor)]) for tensor in tensors]
        for place, array in zip(places, arrays, strict=True):
            self._resize(place, array.shape)
        buffers = (Handle * len(tensors))()
        for place, tensor, array in zip(places, tensors, arrays, strict=True):
            layout = self._input_layout(place)
            buffers[place] = buffer = self._buffer("Input", place, tensor, layout)
            memory = Handle()
            mode = ctypes.c_int(WRITE)
            self._call("LiteRtLockTensorBuffer", buffer, ctypes.byref(memory), mode)
            ctypes.memmove(memory, array.ctypes.data, array.nbytes)
            self._call("LiteRtUnlockTensorBuffer", buffer)
        return buffers

    def _output_buffers(self) -> "ctypes.Array[Handle]":
        count = self._count("LiteRtGetNumSignatureOutputs")
        layouts = (_Layout * count)()
        self._call(
            "LiteRtGetCompiledModelOutputTensorLayouts",
            self._model,
            _size(0),
            _size(count),
            layouts,
            ctypes.c_bool(True),
        )
        buffers = (Handle * count)()
        for place in range(count):
            tensor = self._tensor("Output", place)
            buffers[place] = self._buffer("Output", place, tensor, layouts[place])
        return buffers

    def _buffer(self, kind: str, place: int, tensor: Handle, layout: _Layout) -> Handle:
        """Makes the buffer of an input or output whose shape is `layout`."""
        declared = _RankedTensorType()
        self._call("LiteRtGetRankedTensorType", tensor, ctypes.byref(declared))
        declared.layout = layout  # the declared one may have unknown dimensions
        needs = self._made(
            f"LiteRtGetCompiledModel{kind}BufferRequirements", self._model, _size(0), _size(place)
        )
        return self._made(
            "LiteRtCreateManagedTensorBufferFromRequirements",
            self._environment,
            ctypes.byref(declared),
            needs,
        )

    def _resize(self, place: int, shape: tuple[int, ...]) -> None:
        layout = self._input_layout(place)
        if tuple(layout.dimensions[: layout.rank]) == shape:
            return
        self._call(
            "LiteRtCompiledModelResizeInputTensorNonStrict",
            self._model,
            _size(0),
            _size(place),
            (ctypes.c_int * len(shape))(*shape),
            _size(len(shape)),
        )

    def _input_layout(self, place: int) -> _Layout:
        layout = _Layout()
        self._call(
            "LiteRtGetCompiledModelInputTensorLayout",
            self._model,
            _size(0),
            _size(place),
            ctypes.byref(layout),
        )
        return layout

    def _tensor(self, kind: str, place: int) -> Handle:
        name = f"LiteRtGetSignature{kind}TensorByIndex"
        return self._made(name, self._signature, _size(place))

    def _index(self, tensor: Handle) -> int:
        index = ctypes.c_uint32()
        self._call("LiteRtGetTensorIndex", tensor, ctypes.byref(index))
        return index.value

    def _count(self, function: str) -> int:
        count = ctypes.c_size_t()
        self._call(function, self._signature, ctypes.byref(count))
        return count.value

    def _made(self, function: str, *arguments: object) -> Handle:
        """Calls a function whose last argument takes what it makes."""
        made = Handle()
        self._call(function, *arguments, ctypes.byref(made))
        return made

    def _call(self, function: str, *arguments: object) -> None:
        call: Callable[..., int] = getattr(self._library, function)
        status = call(*arguments)
        if status:
            raise MeasurementError(f"The LiteRT runtime's {function} failed with status {status}.")


def _size(value: int) -> ctypes.c_size_t:
    return ctypes.c_size_t(value)


def _library() -> Path:
    package = find_spec("ai_edge_litert")
    if package is None or package.origin is None:
        raise OSError("ai_edge_litert is not installed")
    return Path(package.origin).with_name(LIBRARY)
