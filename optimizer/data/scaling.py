"""data/: how raw values become what the model was trained on.

The scaling cannot be seen in a model file, and the wrong one drops accuracy to chance. `tf`,
`torch` and `caffe` mean what `mode` means in Keras's `imagenet_utils.preprocess_input`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

IMAGENET_MEAN_RGB = np.array(
    [0.485, 0.456, 0.406], np.float32
)  # keras.applications.imagenet_utils, "torch"
IMAGENET_STD_RGB = np.array([0.229, 0.224, 0.225], np.float32)
IMAGENET_MEAN_BGR = np.array([103.939, 116.779, 123.68], np.float32)  # the same file, "caffe"


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
    apply: Callable[[npt.NDArray[np.generic]], Floats]
    channels: int | None = None


def _none(x: npt.NDArray[np.generic]) -> Floats:
    return np.asarray(x, np.float32)


def _unit(x: npt.NDArray[np.generic]) -> Floats:
    return _none(x) / np.float32(255)


def _tf(x: npt.NDArray[np.generic]) -> Floats:
    return _none(x) / np.float32(127.5) - np.float32(1)


def _torch(x: npt.NDArray[np.generic]) -> Floats:
    return np.asarray((_unit(x) - IMAGENET_MEAN_RGB) / IMAGENET_STD_RGB, np.float32)


def _caffe(x: npt.NDArray[np.generic]) -> Floats:
    return np.asarray(_none(x)[..., ::-1] - IMAGENET_MEAN_BGR, np.float32)


def _standardize(x: npt.NDArray[np.generic]) -> Floats:
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
        Scaling("standardize", "each sample to mean 0 and deviation 1", _standardize),
    )
}
"""Every scaling by name."""


def candidates(shape: tuple[int, ...], integer_input: bool) -> list[Scaling]:
    """The scalings that make sense for samples of `shape` (without the batch dimension).

    Whole-number inputs such as token ids are never scaled; the ImageNet means need three channels.
    """
    if integer_input:
        return [SCALINGS["none"]]
    channels = shape[-1] if shape else 0
    return [s for s in SCALINGS.values() if s.channels in {None, channels}]
