"""tests: what a .tflite file holds, from its path."""

from pathlib import Path

from optimizer.measure.inside import reading
from optimizer.measure.inside.facts import Inside
from optimizer.tflite import contents
from optimizer.tflite.facts import FileContents
from optimizer.tflite.flatbuffer import open_flatbuffer


def read_contents(file: Path) -> FileContents:
    """See `optimizer.tflite.contents`."""
    return contents.read_contents(open_flatbuffer(file))


def look_inside(file: Path) -> Inside:
    """See `optimizer.measure.inside.reading`."""
    return reading.look_inside(open_flatbuffer(file))
