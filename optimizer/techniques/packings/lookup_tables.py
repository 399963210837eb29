"""techniques/packings/: which weights of a file a table makes smaller, and has that done."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optimizer import launch
from optimizer.errors import ConversionError
from optimizer.measure.own_process import KEPT
from optimizer.techniques.packings.lookup_tables_main import compressed
from optimizer.tflite.flatbuffer import Flatbuffer, open_flatbuffer, read_flatbuffer, whole
from optimizer.tflite.graph import Graph
from optimizer.tflite.weights import Weight, weights_of

PROCESS = "optimizer.techniques.packings.lookup_tables_main"
LIMIT = 600  # seconds; it packs weight by weight in Python
MOST_BITS = 7  # of a number, in compression/lut.py of tflite-micro
HEADER = 16  # bytes before a table, likewise
BESIDE = 256
"""Bytes that two tensors and an operator take in the file, on top of their names."""
READ_WHEN_RUN = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"}
"""Operators whose weights may come from another operator; some kernels read theirs before."""


@dataclass(frozen=True)
class Table:
    """How one tensor is packed.

    Attributes:
        graph, tensor: Where it is in the file.
        bits: Of each number.
        axis: Along which each slice has values of its own; None where all have the same. It must be
            as the tensor's scales are: TFLite Micro takes them for that, and computes something
            else without a word otherwise.
    """

    graph: int
    tensor: int
    bits: int
    axis: int | None


def tables_for(file: Path) -> tuple[Table, ...]:
    """The weights that take less room as numbers of values.

    Raises:
        MeasurementError: the file is damaged.
    """
    return _tables(open_flatbuffer(file))


def _tables(flatbuffer: Flatbuffer) -> tuple[Table, ...]:
    with whole(flatbuffer.name):
        found = [
            table
            for place, graph in enumerate(flatbuffer.graphs)
            for weight in weights_of(graph)
            if (table := _table(place, graph, weight)) is not None
        ]
    return tuple(found)


def compress(file: Path, packed: Path, tables: Sequence[Table]) -> None:
    """Has TFLite Micro's compressor write the packed file, in a process of its own.

    Raises:
        ConversionError: it refuses.
    """
    command = launch.command(PROCESS, str(file.absolute()), str(packed.absolute()))
    try:
        done = subprocess.run(
            command,
            input=_specification(tables).encode(),
            capture_output=True,
            env={name: os.environ[name] for name in KEPT if name in os.environ},
            timeout=LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ConversionError(
            f"TFLite Micro’s compressor took longer than {LIMIT} s and was ended. Leave lut out."
        ) from error
    if done.returncode or not packed.is_file():
        sys.stderr.write(done.stderr.decode(errors="replace"))
        raise ConversionError(
            "TFLite Micro’s compressor refuses the file; the log says more. Leave lut out."
        )


def packed_here(content: bytes) -> bytes:
    """A packed file, written by the compressor in this process; what a script does.

    Args:
        content: Of the file that is packed.
    """
    return compressed(content, _specification(_tables(read_flatbuffer(content))))


def _specification(tables: Sequence[Table]) -> str:
    return json.dumps({"tensors": list(map(_specified, tables))})


def _specified(table: Table) -> dict[str, Any]:
    """As the compressor's own specifications write it, in YAML, of which JSON is a part."""
    mode = {"per_tensor": None} if table.axis is None else {"per_channel": {"axis": table.axis}}
    return {
        "subgraph": table.graph,
        "tensor": table.tensor,
        "compression": [{"lut": {"index_bitwidth": table.bits, **mode}}],
    }


def _table(place: int, graph: Graph, weight: Weight) -> Table | None:
    tensor, values = weight.tensor, weight.values
    readers = [use for use in graph.uses if any(one is tensor for one in use.inputs)]
    if tensor.quantization.kind == "blockwise" or values.dtype.itemsize * values.size != len(
        weight.stored
    ):  # packed already, as int4 is
        return None
    if not readers or any(use.name not in READ_WHEN_RUN for use in readers):
        return None
    axis = tensor.quantization.axis if tensor.quantization.kind == "per axis" else None
    if axis not in {None, 0, values.ndim - 1}:
        return None
    slices = [values] if axis is None else list(np.moveaxis(values, axis, 0))
    different = max(len(np.unique(each)) for each in slices)
    bits = max(1, (different - 1).bit_length())
    if bits > MOST_BITS:
        return None
    table = HEADER + len(slices) * different * values.dtype.itemsize
    packed = -(-values.size * bits // 8)
    if packed + table + BESIDE + 2 * len(tensor.name) >= len(weight.stored):
        return None
    return Table(place, tensor.index, bits, axis)
