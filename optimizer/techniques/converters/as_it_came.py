"""techniques/converters/: the model as it came."""

from optimizer.techniques.technique import Sources


def as_it_came(sources: Sources) -> bytes:
    """The float `.tflite`."""
    return sources.float_tflite().read_bytes()
