"""models/: networks of keras.applications, of which a file may hold the weights alone.

Nothing is fetched: what is built has no weights, and takes those of the file if they are its own.
"""

import inspect
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from optimizer.errors import ModelError
from optimizer.models.hdf5_links import UNREADABLE
from optimizer.words import reason, sizes

NAMES = (
    "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtSmall", "ConvNeXtTiny", "ConvNeXtXLarge",
    "DenseNet121", "DenseNet169", "DenseNet201", "EfficientNetB0", "EfficientNetB1",
    "EfficientNetB2", "EfficientNetB3", "EfficientNetB4", "EfficientNetB5", "EfficientNetB6",
    "EfficientNetB7", "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2",
    "EfficientNetV2B3", "EfficientNetV2L", "EfficientNetV2M", "EfficientNetV2S",
    "InceptionResNetV2", "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Large",
    "MobileNetV3Small", "NASNetLarge", "NASNetMobile", "ResNet101", "ResNet101V2", "ResNet152",
    "ResNet152V2", "ResNet50", "ResNet50V2", "VGG16", "VGG19", "Xception",
)  # fmt: skip
"""The functions of keras.applications, Keras 3.15."""
INPUT = "image"
WIDTHS = (1.0, 0.75, 0.5, 0.35, 0.25, 1.3, 1.4)  # alpha of the MobileNets
MOST_HEADS = 4  # sizes of a head that are tried
Shapes = Counter[tuple[int, ...]]


def build(name: str, weights: Path, size: tuple[int, ...] | None) -> Any:
    """The network of keras.applications whose arrays have the shapes of those in a file.

    Width, channels, head and classes are told from the shapes. Workers only.

    Args:
        name: One of `NAMES`.
        weights: An HDF5 file of weights alone, whose links were checked.
        size: Of a picture, (height, width, channels), where there is a head; None: the usual one.

    Raises:
        ModelError: there is no such network, or the weights are not its.
    """
    import keras  # noqa: PLC0415 (workers only: takes seconds and 700 MB)

    if name not in NAMES:
        raise ModelError(
            f"keras.applications has no “{name}”. Give a model.json, or one of {', '.join(NAMES)}."
        )
    function = getattr(keras.applications, name)
    held = _of_file(weights)
    nearest: Shapes | None = None
    for kind in _kinds(function):
        for channels in (3, 1) if size is None else size[-1:]:
            body = _built(function, (None, None, channels), include_top=False, **kind)
            if body is None:
                continue
            lacking = _of_model(body) - held
            if nearest is None or lacking.total() < nearest.total():
                nearest = lacking
            if lacking:
                continue
            rest = held - _of_model(body)
            if not rest:
                return body
            shape = size or _usual_size(function, channels)
            for classes in sorted({one[0] for one in rest if len(one) == 1})[:MOST_HEADS]:
                whole = _built(function, shape, include_top=True, classes=classes, **kind)
                if whole is not None and _of_model(whole) == held:
                    return whole
    raise ModelError(_other(name, nearest, held))


def _other(name: str, lacking: Shapes | None, held: Shapes) -> str:
    if lacking:
        shape = next(iter(lacking))
        why = (
            f"{lacking.total():,} of its arrays are not in the file, one of {sizes(shape)} among "
            "them"
        )
    else:
        why = f"the file has {held.total():,} arrays, and some are not its"
    return (
        f"The weights are not those of {name}: {why}. Choose another architecture, or give the "
        "model.json of the one that was trained."
    )


def _kinds(function: Any) -> Iterator[dict[str, Any]]:
    """Ways to build it that change the shapes of its weights, the usual one first."""
    options = inspect.signature(function).parameters
    for width in WIDTHS if "alpha" in options else (None,):
        for minimal in (False, True) if "minimalistic" in options else (None,):
            yield {
                **({} if width is None else {"alpha": width}),
                **({} if minimal is None else {"minimalistic": minimal}),
            }


def _built(function: Any, shape: tuple[int | None, ...], **options: Any) -> Any:
    """The network without weights; None where it cannot be built so."""
    import keras  # noqa: PLC0415 (workers only)

    tensor = keras.Input(shape, name=INPUT)
    try:
        return function(weights=None, input_tensor=tensor, input_shape=shape, **options)
    except ValueError:  # too small a picture, a width that it does not have, …
        return None


def _usual_size(function: Any, channels: int) -> tuple[int, ...]:
    model = function(weights=None)
    return (*(int(side) for side in model.input_shape[1:3]), channels)


def _of_model(model: Any) -> Shapes:
    return Counter(tuple(map(int, one.shape)) for one in model.weights if len(one.shape))


def _of_file(path: Path) -> Shapes:
    """The shapes of all weights, without single numbers, which libraries keep in different ways.

    Raises:
        ModelError: the file is damaged.
    """
    found: Shapes = Counter()

    def look(name: str, thing: Any) -> None:
        if isinstance(thing, h5py.Dataset) and thing.shape and not name.startswith("optimizer"):
            found[tuple(map(int, thing.shape))] += 1

    try:
        with h5py.File(path, "r") as file:
            file.visititems(look)
    except UNREADABLE as error:
        raise ModelError(
            f"The HDF5 file is damaged or incomplete ({reason(error)}). Save or upload the model "
            "again."
        ) from error
    return found
