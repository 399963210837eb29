"""models/opened/: recurrent layers as one step after the other instead of a loop."""

from typing import Any

from optimizer.errors import ModelError
from optimizer.words import counted, first_sentence

UNROLL = "unroll"


def unrolled(model: Any) -> tuple[Any, str]:
    """A model whose recurrent layers write out their steps, as `unroll=True` has them do.

    Loops have no integer form; steps are plain operators that have one.

    Args:
        model: Of either Keras.

    Returns:
        A new model of the same weights, and what was done, in a sentence.

    Raises:
        ModelError: it has no recurrent layers, or cannot be built so.
    """
    config = model.get_config()
    count = _set(config)
    if not count:
        raise ModelError("The model has no recurrent layers to unroll. Open it without unroll.")
    try:
        built = type(model).from_config(config)
        built.set_weights(model.get_weights())
    except Exception as error:
        raise ModelError(
            f"The model cannot be built with unrolled layers: {first_sentence(error)} "
            "Open it without unroll."
        ) from error
    return built, (
        f"{counted(count, 'recurrent layer')} unrolled: every step is operators of its own, which "
        "can be quantized to integers; files grow with the number of steps."
    )


def _set(config: Any) -> int:
    """Sets it wherever a layer's description has it, those in wrappers too; how often."""
    inner = list(config.values()) if isinstance(config, dict) else list(config)
    found = sum(_set(part) for part in inner if isinstance(part, dict | list | tuple))
    if isinstance(config, dict) and UNROLL in config:
        config[UNROLL] = True
        found += 1
    return found
