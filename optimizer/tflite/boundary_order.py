"""tflite/: the order of inputs and outputs: a signature has names, and a file an order of its own.

TensorFlow 2.21 sorts a file's inputs by a hash of their names.
"""

import re
from collections.abc import Iterable, Sequence

from optimizer.tflite.flatbuffer import Flatbuffer
from optimizer.tflite.graph import Tensor

NUMBERED = re.compile(r"output_(\d+)")


def in_order(names: Iterable[str]) -> list[str]:
    """The names of a signature's outputs in the order of the model's outputs.

    Keras calls the outputs of a list output_0, output_1, …, and flattens dictionaries, as
    TensorFlow does, in the order of their keys.
    """

    def rank(name: str) -> tuple[int, str]:
        number = NUMBERED.fullmatch(name)
        return (int(number[1]) if number else -1, name)

    return sorted(names, key=rank)


def written_name(tensor: str) -> str:
    """What the model calls an input, of its tensor's name: without what converters add to it."""
    return tensor.removeprefix("serving_default_").partition(":")[0]


def inputs_by_name(file: Flatbuffer, names: Sequence[str]) -> list[Tensor]:
    """The file's inputs in the order of the model's, which are called so.

    Where neither the signature nor the tensors have these names, the file's own order is all there
    is.
    """
    taken, given = file.graphs[0].inputs, file.signature_names
    by_name = {given.get(each.index) or written_name(each.name): each for each in taken}
    if sorted(by_name) != sorted(names):
        return list(taken)
    return [by_name[name] for name in names]


def outputs_in_order(file: Flatbuffer) -> list[Tensor]:
    """The file's outputs in the order of the model's, as far as the signature tells it."""
    outputs, names = file.graphs[0].outputs, file.signature_names
    if not {tensor.index for tensor in outputs} <= set(names):
        return list(outputs)
    order = in_order(names[tensor.index] for tensor in outputs)
    return sorted(outputs, key=lambda tensor: order.index(names[tensor.index]))
