"""tflite/: the order of a signature's outputs, which has names and no order of its own."""

import re
from collections.abc import Iterable

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
