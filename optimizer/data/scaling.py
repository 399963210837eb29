"""data/: how raw values become what the model was trained on.

The scaling cannot be seen in a model file, and the wrong one drops accuracy to chance. `tf`,
`torch` and `caffe` mean what `mode` means in Keras's `imagenet_utils.preprocess_input`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.arrays import Array, Float32s, Indices
from optimizer.data.rows import Rows

IMAGENET_MEAN_RGB = np.array(
    [0.485, 0.456, 0.406], np.float32
)  # keras.applications.imagenet_utils, "torch"
IMAGENET_STD_RGB = np.array([0.229, 0.224, 0.225], np.float32)
IMAGENET_MEAN_BGR = np.array([103.939, 116.779, 123.68], np.float32)  # the same file, "caffe"


PIECE = 4_096  # rows of a table looked at together
SMALLEST_SPREAD = 1e-7  # of a column's mean: what float32 can tell apart
BEYOND_SCALED, BRIGHTEST = 2.0, 255  # scaled to 0..1 or -1..1, values cannot run further than 2
OF_8_BITS = frozenset({"unit", "tf", "torch", "caffe"})  # made for 0..255
AUTO = "auto"  # the scaling under which the float model does best


@dataclass(frozen=True)
class Scaling:
    """One way of scaling raw values.

    Attributes:
        name: The word in the text form and in `results.json`.
        meaning: What it does, in a few words for the page.
        apply: Takes raw values of shape (n, …), gives float32 of the same shape.
        channels: The number of channels it is defined for; None for any.
    """

    name: str
    meaning: str
    apply: Callable[[Array], Float32s]
    channels: int | None = None


def _none(x: Array) -> Float32s:
    return np.asarray(x, np.float32)


def _unit(x: Array) -> Float32s:
    return _none(x) / np.float32(255)


def _tf(x: Array) -> Float32s:
    return _none(x) / np.float32(127.5) - np.float32(1)


def _torch(x: Array) -> Float32s:
    return np.asarray((_unit(x) - IMAGENET_MEAN_RGB) / IMAGENET_STD_RGB, np.float32)


def _caffe(x: Array) -> Float32s:
    return np.asarray(_none(x)[..., ::-1] - IMAGENET_MEAN_BGR, np.float32)


def _standardize(x: Array) -> Float32s:
    values = _none(x)
    axes = tuple(range(1, values.ndim))
    mean, std = values.mean(axes, keepdims=True), values.std(axes, keepdims=True)
    return np.asarray((values - mean) / np.maximum(std, np.float32(1e-7)), np.float32)


SCALINGS = {
    scaling.name: scaling
    for scaling in (
        Scaling("none", "values as they are", _none),
        Scaling("unit", "0…255 to 0…1 (x / 255)", _unit),
        Scaling("tf", "0…255 to −1…1 (x / 127.5 − 1)", _tf),
        Scaling("torch", "0…1, then ImageNet mean and deviation, RGB", _torch, channels=3),
        Scaling("caffe", "BGR minus the ImageNet mean, not scaled", _caffe, channels=3),
        Scaling(
            "standardize",
            "each image, or each column of a table, to mean 0 and deviation 1",
            _standardize,
        ),
    )
}
"""Every scaling by name."""


def candidates(shapes: Sequence[tuple[int, ...]]) -> list[Scaling]:
    """The scalings that make sense for samples of these shapes (without the batch dimension).

    The ImageNet means need three channels. Without any shape there is nothing to scale.
    """
    if not shapes:
        return [SCALINGS["none"]]
    channels = {shape[-1] if shape else 0 for shape in shapes}
    return [s for s in SCALINGS.values() if s.channels is None or channels == {s.channels}]


def plausible(tried: Sequence[Scaling], low: float, high: float) -> list[Scaling]:
    """Those that a model can have been trained with on values that run so.

    What lies in 0..1 or −1..1 is scaled already: over 255 it would be all but 0, and whichever
    metric seems to like that says nothing.
    """
    scaled = low >= -BEYOND_SCALED and high <= BEYOND_SCALED
    return [one for one in tried if not (scaled and one.name in OF_8_BITS)]


def of_8_bits(low: float, high: float) -> bool:
    """Whether values that run so are those of 8-bit pictures, which nobody has scaled yet."""
    return low >= 0 and BEYOND_SCALED < high <= BRIGHTEST


def is_scaled(shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str]) -> tuple[bool, ...]:
    """Which of a model's inputs are scaled: its images, or without images all that are float.

    Whole numbers such as token ids never are.

    Args:
        shapes: Of one sample of each input.
        dtypes: What each input takes.
    """
    floats = [np.dtype(dtype).kind == "f" for dtype in dtypes]
    images = [float_ and len(shape) == 3 for float_, shape in zip(floats, shapes, strict=True)]
    return tuple(images if any(images) else floats)


@dataclass(frozen=True)
class Columns:
    """Mean and deviation of each column of a table, shape (columns,), float32."""

    mean: Float32s
    std: Float32s

    @classmethod
    def of(cls, rows: Rows | Array, indices: Indices) -> "Columns":
        """Measures the columns on the rows at `indices`, in pieces."""
        total, squares = np.float64(0), np.float64(0)
        pieces = [indices[at : at + PIECE] for at in range(0, len(indices), PIECE)]
        if not pieces:
            return cls(np.zeros(1, np.float32), np.ones(1, np.float32))
        first = rows[pieces[0]].reshape(len(pieces[0]), -1).astype(np.float64).mean(axis=0)
        for piece in pieces:
            # Around a value nearby, so that large values with a small spread keep their digits.
            values = rows[piece].reshape(len(piece), -1).astype(np.float64) - first
            total = total + values.sum(axis=0)
            squares = squares + np.square(values).sum(axis=0)
        mean = total / len(indices)
        std = np.sqrt(np.maximum(squares / len(indices) - np.square(mean), 0))
        mean = first + mean
        std[std <= SMALLEST_SPREAD * np.abs(mean)] = 0
        return cls(mean.astype(np.float32), std.astype(np.float32))

    def apply(self, x: Array) -> Float32s:
        """Each column to mean 0 and deviation 1; columns that never change to 0."""
        spread = np.where(self.std > 0, self.std, np.float32(1))
        return np.asarray((np.asarray(x, np.float32) - self.mean) / spread, np.float32)
