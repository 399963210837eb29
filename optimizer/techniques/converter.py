"""techniques/: calls the TensorFlow converter. Workers only: it imports TensorFlow."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.data.samples import Samples
from optimizer.errors import ConversionError
from optimizer.techniques.technique import Sources


def converter_for(saved_model: Path) -> Any:
    """A `tf.lite.TFLiteConverter` for the SavedModel's serving signature."""
    import tensorflow as tf  # noqa: PLC0415 (workers only: takes seconds and 700 MB)

    return tf.lite.TFLiteConverter.from_saved_model(
        str(saved_model), signature_keys=["serving_default"]
    )


def convert(converter: Any) -> bytes:
    """Runs the converter.

    Raises:
        ConversionError: names the operators that stand in the way where the converter does.
    """
    try:
        return bytes(converter.convert())
    except Exception as error:
        raise ConversionError(_explain(str(error))) from error


def representative_dataset(sources: Sources, count: int) -> Any:
    """The first `count` calibration samples as the converter asks for them, one at a time.

    Named by input: a SavedModel's signature sorts its inputs, the Keras model may not.
    """

    def generate() -> Iterator[dict[str, npt.NDArray[np.generic]]]:
        samples: Samples = sources.calibration  # type: ignore[assignment]  # checked by misfit()
        total = min(count, len(samples))
        for index in range(total):
            sources.report("Calibrating", index / total)
            yield dict(zip(sources.input_names, samples.batch(index, index + 1), strict=True))
        sources.report("Quantizing", 1.0)

    return generate


def _explain(message: str) -> str:
    custom = re.search(r"(?:Flex|Custom|TF Select) ops?: ([^\n]+)", message)
    if custom:
        return (
            f"The model uses operators that TensorFlow Lite does not have: {custom.group(1)}. "
            "Replace the layers that need them."
        )
    lines = [line.strip() for line in message.splitlines() if "error" in line.lower()]
    line = (lines or message.strip().splitlines() or ["no reason given"])[0]
    return f"The converter refused the model: {line[:300]}"
