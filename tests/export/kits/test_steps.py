"""tests of export/kits/: scalings as steps are those of the data room, and texts stay texts."""

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from optimizer.data.canvas import canvas_for
from optimizer.data.given_scaling import GivenScaling
from optimizer.data.scaling import SCALINGS, Columns
from optimizer.data.sources.decode import decode
from optimizer.export.kits.carried.python.predict import picture, scale
from optimizer.export.kits.inputs import _NAMED, Picture, Steps
from optimizer.export.kits.texts import c_string, code_span

PIXELS = np.random.default_rng(3).integers(0, 256, (4, 6, 5, 3)).astype(np.uint8)


@pytest.mark.parametrize("name", SCALINGS)
def test_a_scaling_as_steps_is_the_same_to_the_last_bit(name: str) -> None:
    steps = _NAMED[name]
    assert steps is not None
    assert scale(PIXELS, steps.document()).tobytes() == SCALINGS[name].apply(PIXELS).tobytes()


@pytest.mark.parametrize("count", [1, 3, 90])
def test_a_given_scaling_is_the_same_to_the_last_bit(count: int) -> None:
    rng = np.random.default_rng(count)
    mean, std = rng.normal(100, 50, count), rng.uniform(1, 80, count)
    [affine] = GivenScaling(tuple(mean), tuple(std)).for_inputs([PIXELS.shape[1:]])
    steps = Steps(subtract=tuple(mean), divide=tuple(std), in_double=True)
    assert scale(PIXELS, steps.document()).tobytes() == affine.apply(PIXELS).tobytes()


def test_columns_are_the_same_to_the_last_bit() -> None:
    table = np.random.default_rng(4).normal([1, 200, -3], [2, 50, 0], (50, 3))
    columns = Columns.of(table, np.arange(50))
    spread = np.where(columns.std > 0, columns.std, np.float32(1))
    steps = Steps(subtract=tuple(columns.mean.tolist()), divide=tuple(spread.tolist()))
    assert scale(table, steps.document()).tobytes() == columns.apply(table).tobytes()


@pytest.mark.parametrize("letterbox", [True, False])
def test_a_picture_becomes_the_same_pixels(tmp_path: Path, letterbox: bool) -> None:
    file = tmp_path / "a.png"
    Image.fromarray(np.random.default_rng(5).integers(0, 256, (30, 21, 3), np.uint8)).save(file)
    canvas = canvas_for((10, 16, 3), letterbox=letterbox)
    how = Picture(canvas, 1.0, 0.0).document()
    expected, _ = decode(file.read_bytes(), canvas)
    assert np.array_equal(picture(file, {"picture": how}), expected)


@given(st.text())
def test_a_string_of_c_is_the_text(text: str) -> None:
    # Python reads octal escapes as C does; C knows trigraphs besides, which need a question mark.
    quoted = c_string(text)
    assert ast.literal_eval(f"b{quoted}") == text.encode(errors="replace")
    assert "?" not in quoted


@given(st.text())
def test_markdown_of_a_text_is_one_piece_of_code(text: str) -> None:
    span = code_span(text)
    fence = span[: len(span) - len(span.lstrip("`"))]
    assert span.endswith(fence)
    assert fence not in span[len(fence) : -len(fence)].replace(f"{fence}`", "")
    assert "\n" not in span
