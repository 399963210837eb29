"""tflite/: which operators of a graph use the same weights."""

from optimizer.tflite.graph import Graph, Tensor, Use
from optimizer.tflite.weights import WEIGHTS, unpacked


def weights_used(graph: Graph, use: Use) -> tuple[Tensor, ...]:
    """The constants that an operator multiplies with or looks up in, as they are stored."""
    slots, _ = WEIGHTS.get(use.name, ((), 0))
    taken = (use.inputs[slot] for slot in slots if slot < len(use.inputs))
    found = (unpacked(graph, tensor) for tensor in taken if tensor)
    return tuple(tensor for tensor in found if tensor.constant is not None)


def sharing(graph: Graph) -> tuple[tuple[int, ...], ...]:
    """For each operator by its number those that use weights of its own; itself among them.

    With one scheme for all of them the file has the weights once.
    """
    uses = graph.numbered
    group = list(range(len(uses)))
    first: dict[int, int] = {}
    for number, use in enumerate(uses):
        for tensor in weights_used(graph, use):
            # Several tensors may have one buffer, whose bytes are then one object.
            before = first.setdefault(id(tensor.constant), number)
            one, other = group[before], group[number]
            group = [one if each == other else each for each in group]
    members: dict[int, list[int]] = {}
    for number, each in enumerate(group):
        members.setdefault(each, []).append(number)
    return tuple(tuple(members[each]) for each in group)
