"""models/: the loss that a model was compiled with, read from its file without loading it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimizer.models.formats.model_format import Recognised
from optimizer.models.summary import CompiledLoss

SHORT_NAMES = {
    "mse": "mean_squared_error", "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error", "msle": "mean_squared_logarithmic_error",
    "logcosh": "log_cosh", "kld": "kl_divergence", "kullback_leibler_divergence": "kl_divergence",
    "bce": "binary_crossentropy", "kldivergence": "kl_divergence",
}  # fmt: skip
OPTIONS = ("alpha", "apply_class_balancing", "axis", "beta", "delta", "gamma", "ignore_class", "q")
"""What losses of Keras are given beside logits and label smoothing."""
LAST_AXIS = ("axis", -1)  # which is the default
MOST_WEIGHTS = 100_000  # of classes, in an option that has one for each


def compiled_loss(path: Path, recognised: Recognised) -> CompiledLoss | None:
    """The loss of the file at `path`; None if it was not compiled, or has one for each output."""
    compiled = recognised.format.compiled(path, recognised)
    return _read(compiled.get("loss")) if isinstance(compiled, dict) else None


def losses_of_outputs(
    path: Path, recognised: Recognised, outputs: Sequence[str]
) -> tuple[CompiledLoss | None, ...]:
    """The loss of each of several outputs, by their names; empty where the file says none.

    Keras keeps one for all of them, a list in their order, or a dictionary by their names.
    """
    compiled = recognised.format.compiled(path, recognised)
    loss = compiled.get("loss") if isinstance(compiled, dict) else None
    if isinstance(loss, dict) and loss and set(loss) <= set(outputs):
        given = [loss.get(name) for name in outputs]
    elif isinstance(loss, list):
        given = loss if len(loss) == len(outputs) else []
    else:
        given = [loss] * len(outputs)
    found = tuple(_read(one) for one in given)
    return found if any(found) else ()


def _read(loss: Any) -> CompiledLoss | None:
    """Keras writes a name, or an object with its config; a function of one's own is neither."""
    if isinstance(loss, dict) and isinstance(loss.get("config"), str):  # a function of Keras
        loss = loss["config"]
    if isinstance(loss, str):
        return CompiledLoss(_snake(loss))
    if not isinstance(loss, dict) or not isinstance(loss.get("class_name"), str):
        return None
    config = loss.get("config")
    config = config if isinstance(config, dict) else {}
    smoothing = config.get("label_smoothing", 0.0)
    return CompiledLoss(
        _snake(loss["class_name"]),
        from_logits=config.get("from_logits") is True,
        label_smoothing=float(smoothing) if isinstance(smoothing, int | float) else 0.0,
        options={
            name: found
            for name in OPTIONS
            if (found := _option(config.get(name))) is not None and (name, found) != LAST_AXIS
        },
    )


def _option(value: Any) -> float | bool | tuple[float, ...] | None:
    """A number, or one for each class; None for what is none."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list) and 0 < len(value) <= MOST_WEIGHTS:
        return tuple(map(float, value)) if all(isinstance(x, int | float) for x in value) else None
    return None


def _snake(name: str) -> str:
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return SHORT_NAMES.get(snake, snake)
