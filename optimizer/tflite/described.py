"""tflite/: what TFLite metadata say of a file, as plain values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DescribedTensor:
    """An input or output, in the order of the file.

    Attributes:
        name: What the model calls it.
        description: For people.
        mean, std: Of an input: what raw values lose and are divided by, one number or one for each
            channel; empty where that is not how it is scaled.
        low, high: Of an input the smallest and largest raw value; None of an output.
        channels: Of a picture 1 for grey, 3 for colour; 0 where it is none.
        labels: Of an output the names of its classes, in order; empty for none.
    """

    name: str
    description: str
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    low: float | None = None
    high: float | None = None
    channels: int = 0
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Described:
    """What is said of a file.

    Attributes:
        name, description, version, author, licence: Texts for people; empty for none.
        inputs, outputs: In the order of the file.
        files: Further files that are packed with it, texts by their names.
    """

    name: str
    description: str
    version: str
    author: str
    licence: str
    inputs: tuple[DescribedTensor, ...]
    outputs: tuple[DescribedTensor, ...]
    files: tuple[tuple[str, str], ...] = ()
