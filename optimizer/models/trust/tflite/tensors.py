"""models/trust/tflite/: whether a tensor holds what it says, so that nobody reads beyond it."""

from math import prod

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from optimizer.arrays import Bytes
from optimizer.models.trust.size_limits import LARGEST
from optimizer.models.trust.tflite.parts import Numbers, Part, damaged
from optimizer.tflite.values import bits_of
from optimizer.words import one_line

TYPES = {v: name for name, v in vars(schema.TensorType).items() if not name.startswith("_")}
MOST_DIMENSIONS = 8  # of the runtime's kernels
DENSE, SPARSE = 0, 1  # DimensionType of the schema


class TensorCheck:
    """A tensor of a graph, once it was found to hold what it says.

    Attributes:
        called: What messages call it.
        constant: Whether its values are in the file.
        variable: Whether it keeps its values between operators that write and read it.
        empty: Whether it has no values.
    """

    def __init__(self, tensor: Part, stored: Bytes, graph: list[Part]) -> None:
        """Checks the tensor.

        Args:
            tensor: The table.
            stored: The bytes of its buffer.
            graph: All tensors of its graph, among which those of blockwise scales are.

        Raises:
            ModelError: it does not hold what it says.
        """
        self.called = f"the tensor “{one_line(tensor.text('name'))}”"
        self.shape = tuple(tensor.numbers("shape"))
        self.type = TYPES.get(tensor.number("type"), "")
        self.constant, self.empty = bool(len(stored)), 0 in self.shape
        self.variable = bool(tensor.number("isVariable"))
        self._check_shape(tensor)
        if self.constant and self.variable:
            damaged(f"{self.called} is both a constant and a variable")
        if sparsity := tensor.part("sparsity"):
            self._check_sparse(sparsity, stored)
        elif self.constant:
            self._check_stored(stored)
        if quantization := tensor.part("quantization"):
            self._check_quantization(quantization, len(graph))

    def _check_shape(self, tensor: Part) -> None:
        if not self.type:
            damaged(f"{self.called} has a type that is not known ({tensor.number('type')})")
        declared = tuple(tensor.numbers("shapeSignature"))
        if min(self.shape, default=0) < 0 or min(declared, default=0) < -1:
            damaged(f"{self.called} has a size below zero")
        if declared and len(declared) != len(self.shape):
            damaged(f"{self.called} has two shapes of different length")
        if len(self.shape) > MOST_DIMENSIONS:
            damaged(f"{self.called} has {len(self.shape)} dimensions ({MOST_DIMENSIONS} at most)")
        if prod(self.shape) > LARGEST and not self.constant:
            damaged(
                f"{self.called} has {prod(self.shape):,} values, more than any real model's "
                f"({LARGEST:,} at most are accepted)"
            )

    def _check_stored(self, stored: Bytes) -> None:
        if self.type == "STRING":
            self._check_texts(stored)
            return
        bits = bits_of(self.type)
        if bits is None:
            damaged(f"{self.called} keeps values of the type {self.type}, which no file can")
        needed = -(-prod(self.shape) * bits // 8)
        if needed != len(stored):
            damaged(f"{self.called} needs {needed:,} bytes, and has {len(stored):,}")

    def _check_texts(self, stored: Bytes) -> None:
        """Texts are a count, where each begins and the last ends, and then they themselves.

        Whole numbers of 32 bits (tensorflow/lite/string_util.h).
        """
        count = prod(self.shape)
        head = 4 * (count + 2)
        if len(stored) < head:
            damaged(f"{self.called} has not as many texts as its shape says")
        told, *places = np.frombuffer(stored, "<i4", count + 2).tolist()
        ends = [head, *places[1:]]
        if told != count or places[0] != head or places[-1] != len(stored) or ends != sorted(ends):
            damaged(f"{self.called} has texts that do not lie where they should")

    def _check_sparse(self, sparsity: Part, stored: Bytes) -> None:
        """Follows the levels, as whoever unpacks the values does.

        (tensorflow/lite/kernels/internal/utils/sparsity_format_converter.h.)
        """
        order, blocks = sparsity.numbers("traversalOrder"), sparsity.numbers("blockMap")
        levels = sparsity.parts("dimMetadata")
        rank = len(self.shape)
        whole = (
            len(order) == len(levels) == rank + len(blocks)
            and sorted(order) == list(range(len(order)))
            and len(set(blocks)) == len(blocks)
            and set(blocks) <= set(range(rank))
        )
        if not whole:
            damaged(f"{self.called} says otherwise than its shape how it is packed")
        sizes = [*self.shape, *([1] * len(blocks))]
        for level, dimension in zip(levels, order, strict=True):
            if dimension >= rank:
                size = max(1, level.number("denseSize"))
                sizes[dimension] = size
                sizes[blocks[dimension - rank]] //= size
        count = 1
        for level, dimension in zip(levels, order, strict=True):
            count = self._level(level, sizes[dimension], count)
        self._check_packed(stored, count)

    def _level(self, level: Part, size: int, count: int) -> int:
        """Checks one level of a packed tensor; gives how many places it has."""
        if level.number("format") == DENSE and level.number("denseSize") == size:
            return count * size
        segments, indices = _vector(level, "arraySegments"), _vector(level, "arrayIndices")
        whole = (
            level.number("format") == SPARSE
            and len(segments) == count + 1
            and segments[0] == 0
            and segments[-1] == len(indices)
            and bool((np.diff(segments) >= 0).all())
            and bool(((indices >= 0) & (indices < size)).all())
        )
        if not whole:
            damaged(f"{self.called} is packed so that its values lie outside of it")
        return len(indices)

    def _check_packed(self, stored: Bytes, count: int) -> None:
        bits = bits_of(self.type) or 0
        if not bits or -(-count * bits // 8) != len(stored):
            damaged(f"{self.called} has not as many packed values as it says")

    def _check_quantization(self, told: Part, tensors: int) -> None:
        scales = told.array("scale")
        zero_points = told.numbers("zeroPoint")
        count = 0 if scales is None else len(scales)
        if scales is not None and not (np.isfinite(scales).all() and (scales >= 0).all()):
            damaged(f"{self.called} has a scale that is no positive number")
        if len(zero_points) not in {0, 1, count}:
            damaged(f"{self.called} has {count} scales and {len(zero_points)} zero points")
        axis = told.number("quantizedDimension")
        if count > 1 and not (0 <= axis < len(self.shape) and self.shape[axis] == count):
            damaged(f"{self.called} has {count} scales, which none of its dimensions is long")
        details = told.part("details")
        if details is not None and details.kind == "CustomQuantization":
            told.values.pop("details")  # nobody but who wrote it knows what it says
        elif details is not None:
            for name in ("scales", "zeroPoints"):
                if not -1 <= details.number(name) < tensors:
                    damaged(f"{self.called} has its scales in a tensor that is not there")
            if details.number("blockSize") < 0:
                damaged(f"{self.called} is scaled in blocks of a size below zero")


def _vector(level: Part, name: str) -> Numbers:
    found = level.part(name)
    values = None if found is None else found.array("values")
    return np.zeros(0, np.int64) if values is None else values.astype(np.int64)
