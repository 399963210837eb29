"""models/trust/tflite/: whether what operators of a graph take is there, and is written once.

The runtime looks for neither: an operator may read what is nowhere, or write to what is read only.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from optimizer.arrays import Bytes
from optimizer.models.trust.tflite.parts import Part, damaged
from optimizer.models.trust.tflite.schema import OPERATORS
from optimizer.models.trust.tflite.tensors import TensorCheck

BUILT_IN = {known.name for known in OPERATORS.values()}


def check_graph(graph: Part, names: list[str], buffers: list[Part]) -> None:
    """Checks that each operator takes what is there by then, and that nothing is made twice.

    Args:
        graph: A table `SubGraph`.
        names: Of the kinds of operators in the file.
        buffers: All of the file.

    Raises:
        ModelError: it is otherwise, or a tensor does not hold what it says.
    """
    parts = graph.parts("tensors")
    tensors = [
        TensorCheck(one, stored_in(buffers, one.number("buffer"), "a tensor"), parts)
        for one in parts
    ]
    there = {at for at, one in enumerate(tensors) if one.constant or one.variable or one.empty}
    for at in _within(graph.numbers("inputs"), tensors, least=0):
        if tensors[at].constant:
            damaged(f"{tensors[at].called} is both a constant and an input")
        there.add(at)
    for operator in graph.parts("operators"):
        _check_operator(operator, names, tensors, there)
    for at in _within(graph.numbers("outputs"), tensors, least=0):
        if at not in there:
            damaged(f"{tensors[at].called} is an output, and no operator makes it")


def _check_operator(
    operator: Part, names: list[str], tensors: list[TensorCheck], there: set[int]
) -> None:
    name = names[operator.number("opcodeIndex")]
    if name in BUILT_IN:
        operator.values.pop("customOptions", None)
        operator.values.pop("customOptionsFormat", None)
    for at in _within(operator.numbers("inputs"), tensors, least=-1):
        if at >= 0 and at not in there:
            damaged(f"{name} takes {tensors[at].called}, which nothing has made by then")
    if list(operator.numbers("inputs"))[:1] == [-1]:  # XNNPACK of LiteRT 2.3 reads it all the same
        damaged(f"{name} leaves out its first input, which none may")
    list(_within(operator.numbers("intermediates"), tensors, least=-1))
    made = [at for at in _within(operator.numbers("outputs"), tensors, least=-1) if at >= 0]
    for at in made:
        if at in there and not (tensors[at].variable or tensors[at].empty):
            damaged(f"{name} writes to {tensors[at].called}, which has its values already")
        there.add(at)
    if len(operator.numbers("mutatingVariableInputs")) > len(operator.numbers("inputs")):
        damaged(f"{name} changes inputs that it does not have")


def _within(places: Iterable[int], tensors: list[TensorCheck], *, least: int) -> Iterator[int]:
    for at in places:
        if not least <= at < len(tensors):
            damaged(f"a graph of {len(tensors)} tensors has no tensor {at}")
        yield at


def stored_in(buffers: list[Part], place: int, whose: str) -> Bytes:
    """The bytes of a buffer; none for what is computed.

    Raises:
        ModelError: there is no such buffer.
    """
    if not 0 <= place < len(buffers):
        damaged(f"{whose} should be in the buffer {place}, and there are {len(buffers)}")
    found = buffers[place].array("data")
    return np.zeros(0, np.uint8) if found is None else found
