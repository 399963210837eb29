"""tests/fuzz: wrong files out of right ones, and configs out of nothing."""

import io
import zipfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

CORPUS = Path(__file__).with_name("corpus")
FOUND = CORPUS / "found"
"""Files of earlier runs that reach what the others do not, in a folder for each target.

Each has a digest of its own before the name that it was given.
"""
Named = tuple[str, bytes]
"""The name that a file is given, and its content."""
MOST_EDITS = 6
OTHER_NAMES = ["../out", "/out", "a:b", "x" * 300, "saved_model.pb", "config.json"]
# Bytes that mean something to a reader: limits of integers, markers, paths.
TELLING = [b"\x00", b"\xff", b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\xff" * 8, b"../", b"/",
           b"PK\x03\x04", b"PK\x01\x02", b"\x89HDF\r\n\x1a\n", b'"class_name"', b"null", b"-1",
           b"1e999", b"99999999999999", b"\xed\xa0\x80", b"object", b"O8"]  # fmt: skip
KEYS = ["class_name", "module", "registered_name", "config", "layers", "function", "vocabulary",
        "units", "filters", "kernel_size", "shape", "batch_shape", "build_config", "input_shape",
        "compile_config", "loss", "activation", "kernel_initializer", "name", "node_def", "op",
        "type_spec", "keras_version", "n", "groups"]  # fmt: skip
NAMES = ["Dense", "Conv2D", "LSTM", "Embedding", "Lambda", "keras>Lambda", "TFOpLambda", "function",
         "TensorFlowOpLayer", "__lambda__", "__tensor__", "TypeSpec", "Functional", "Add", "os",
         "keras.layers", "keras.src.ops.numpy", "builtins", "system", "relu", "math.add",
         "io.write_file", "", "\n", "é" * 300]  # fmt: skip


def files(target: str, suffixes: tuple[str, ...]) -> list[Named]:
    """The files of the corpus that end so, and those that were found for a target."""
    made = sorted(file for file in CORPUS.iterdir() if file.name.endswith(suffixes))
    found = sorted((FOUND / folder_name(target)).glob("*"))
    return [
        *((file.name, file.read_bytes()) for file in made),
        *((given_name(file), file.read_bytes()) for file in found),
    ]


def given_name(found: Path) -> str:
    """What a file was called when it was found."""
    return found.name.partition("-")[2]


def folder_name(target: str) -> str:
    """What the folder of a target is called, in which lies what was found for it."""
    return target.replace(" ", "-")


@st.composite
def broken(draw: st.DrawFn, sources: list[Named]) -> Named:
    """One of the files with some bytes changed."""
    name, content = draw(st.sampled_from(sources))
    if _is_whole_zip(content) and draw(st.booleans()):
        return name, draw(_broken_inside(content))
    return name, draw(_edited(content))


@st.composite
def _broken_inside(draw: st.DrawFn, content: bytes) -> bytes:
    """A sound zip with a member that is not: otherwise checksums would catch nearly all."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    chosen = draw(st.sampled_from(sorted(members)))
    members[chosen] = draw(_edited(members[chosen]))
    names = dict(zip(members, members, strict=True))
    if draw(st.integers(0, 9)) == 0:
        names[chosen] = draw(
            st.sampled_from(["../out", "/out", "a:b", "x" * 300, "saved_model.pb"])
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, member in members.items():
            archive.writestr(names[name], member)
    return buffer.getvalue()


def _is_whole_zip(content: bytes) -> bool:
    """Whether all its members can be read; a broken one is changed as any other bytes are."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return bool(archive.namelist()) and archive.testzip() is None
    except Exception:  # noqa: BLE001 (whatever a broken zip leads to)
        return False


@st.composite
def _edited(draw: st.DrawFn, content: bytes) -> bytes:
    for _ in range(draw(st.integers(1, MOST_EDITS))):
        place = draw(st.integers(0, max(len(content), 1)))
        length = draw(st.integers(1, 64))
        kind = draw(st.sampled_from(["flip", "put", "insert", "cut", "repeat", "end", "swap"]))
        before, part, after = content[:place], content[place : place + length], content[place:]
        if kind == "flip" and part:
            content = before + bytes([part[0] ^ draw(st.integers(1, 255))]) + after[1:]
        elif kind == "put":
            value = draw(st.sampled_from(TELLING))
            content = before + value + after[len(value) :]
        elif kind == "insert":
            content = before + draw(st.sampled_from(TELLING) | st.binary(max_size=16)) + after
        elif kind == "cut":
            content = before + after[length:]
        elif kind == "repeat":
            content = before + part * draw(st.integers(2, 50)) + after[length:]
        elif kind == "end":
            content = before
        else:
            content = after + before
    return content


def configs() -> st.SearchStrategy[Any]:
    """JSON that looks like a model's description."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-(2**70), 2**70)
        | st.floats(allow_nan=True, allow_infinity=True)
        | st.sampled_from(NAMES)
        | st.text(max_size=8)
    )
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
        ),
        max_leaves=25,
    )
