"""tests/fuzz: what reads files of strangers, and what must hold whatever is in them."""

import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.data.reading import read
from optimizer.errors import DataError, LiteweighError
from optimizer.files.archive import MODEL as MODEL_LIMITS
from optimizer.files.archive import Limits
from optimizer.files.members import open_members
from optimizer.measure.inside.reading import look_inside
from optimizer.models.compiled_loss import compiled_loss
from optimizer.models.hdf5_links import check_hdf5
from optimizer.models.opened.canonical_keras import WEIGHTS
from optimizer.models.packages import register
from optimizer.models.recognise import recognise
from optimizer.models.summary import ModelSummary
from optimizer.models.trust import check, check_graph, write_canonical
from optimizer.store.study import INDEX, read_index
from optimizer.tflite.contents import read_contents
from optimizer.tflite.flatbuffer import open_flatbuffer
from tests.archives import unpack
from tests.fuzz.effects import nowhere_but_in
from tests.fuzz.lines import Line, reached
from tests.fuzz.mutations import files
from tests.fuzz.writers import WRITERS, Writer
from tests.summaries import summary

SLOWEST = 20.0  # seconds of CPU for one file of a few kB, so that other work does not matter
MODEL, TABLE_MODEL = summary((6, 6, 1)), summary((3,))


@dataclass(frozen=True)
class Target:
    """A reader under test.

    Attributes:
        read: Called with a file and an empty folder that it may write to.
        suffixes: Which files of the corpus it starts from.
    """

    read: Callable[[Path, Path], object]
    suffixes: tuple[str, ...]


def look_at_model(path: Path, folder: Path) -> None:
    """All that happens before a library is asked to load."""
    recognised = recognise(path)
    compiled_loss(path, recognised)


def rewrite_weights(path: Path, folder: Path) -> None:
    """All that is read of weights before a library is asked to load, and the new file."""
    if path.suffix == ".keras":
        members = open_members(path, MODEL_LIMITS)
        path = members.copy(WEIGHTS, folder / "given.h5") if WEIGHTS in members.names else path
    if path.suffix == ".h5":
        check_hdf5(path)
        write_canonical(path, folder / "made.h5")
        with h5py.File(folder / "made.h5") as file:
            file.visititems(lambda _, thing: np.asarray(thing) if hasattr(thing, "shape") else None)


def unpack_model(path: Path, folder: Path) -> None:
    unpack(path, folder)


def unpack_data(path: Path, folder: Path) -> None:
    unpack(path, folder, Limits(2**24, 100, "data set", DataError, "Make it again"))


def look_at_graph(path: Path, folder: Path) -> None:
    from google.protobuf.message import DecodeError
    from tensorflow.core.framework.graph_pb2 import GraphDef

    with suppress(DecodeError):  # whoever reads the file answers for that
        check_graph(GraphDef.FromString(path.read_bytes()))


def look_into_tflite(path: Path, folder: Path) -> None:
    file = open_flatbuffer(path)
    read_contents(file)
    look_inside(file)


def read_study(path: Path, folder: Path) -> None:
    (folder / INDEX).write_bytes(path.read_bytes())
    read_index(folder)


def read_data(path: Path, folder: Path) -> None:
    _read(path, folder, MODEL, DataOptions(scaling="none"))


def read_table(path: Path, folder: Path) -> None:
    _read(path, folder, TABLE_MODEL, DataOptions(label="label", scaling="none"))


def _read(path: Path, folder: Path, model: ModelSummary, options: DataOptions) -> None:
    read(DataFiles(main=path), "d", folder, model, options, lambda *_: None)


def write(writer: Writer, path: Path, folder: Path) -> None:
    """A canonical file is its own canonical form: what was understood of it is all that it has."""
    written = writer.prepare(path, folder)
    if written is None:
        return
    writer.write(written)
    once = _content(written)
    writer.write(written)
    assert _content(written) == once


def _content(written: Path) -> dict[Path, bytes]:
    files = written.rglob("*") if written.is_dir() else [written]
    return {file: file.read_bytes() for file in files if file.is_file()}


TARGETS = {
    "models": Target(look_at_model, (".keras", ".h5", ".zip", ".pb")),
    "weights": Target(rewrite_weights, (".keras", ".h5")),
    "zips": Target(unpack_model, (".keras", ".zip", ".npz")),
    "data zips": Target(unpack_data, (".zip", ".npz")),
    "graphs": Target(look_at_graph, (".pb",)),
    "tflite": Target(look_into_tflite, (".tflite",)),
    "studies": Target(read_study, (".json",)),
    "arrays": Target(read_data, (".npz", ".npy")),
    "images": Target(read_data, ("images.zip",)),
    "tables": Target(read_table, (".csv", ".parquet")),
    **{f"writing {name}": Target(partial(write, one), one.suffixes)
       for name, one in WRITERS.items()},
}  # fmt: skip


def hold(target: str, name: str, content: bytes) -> None:
    """Feeds a reader of `TARGETS` one file: it works or refuses, soon, and writes nowhere else."""
    _load_libraries(target)
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        file, folder = Path(place, "given", name), Path(place, "deep", "out")
        temporary = Path(place, "tmp")
        for made in (file.parent, folder, temporary):
            made.mkdir(parents=True)
        patch.setattr(tempfile, "tempdir", str(temporary))
        file.write_bytes(content)
        began = time.process_time()
        with nowhere_but_in(Path(place)):
            _refuses_at_most(TARGETS[target].read, file, folder)
        assert time.process_time() - began < SLOWEST
        assert file.read_bytes() == content
        outside = {p for p in Path(place).rglob("*") if not p.is_relative_to(folder)}
        assert outside == {file, file.parent, folder.parent, temporary}
        assert not any(p.is_symlink() for p in folder.rglob("*"))


@cache
def _load_libraries(target: str) -> None:
    """Feeds a target what is whole: what libraries do when they are loaded is no file's effect."""
    for name, content in files(target, TARGETS[target].suffixes):
        with tempfile.TemporaryDirectory() as place, suppress(LiteweighError):
            file, folder = Path(place, name), Path(place, "out")
            folder.mkdir()
            file.write_bytes(content)
            TARGETS[target].read(file, folder)


def hold_and_tell(target: str, name: str, content: bytes) -> frozenset[Line]:
    """As `hold`; gives the lines that this file was the first to reach in this process."""
    with reached() as lines:
        hold(target, name, content)
    new = frozenset(lines - _told)
    _told.update(new)
    return new


_told: set[Line] = set()


def hold_config(config: Any, trusted: bool) -> None:
    """Feeds the check of configs one, as both libraries would take it."""
    import keras
    import tf_keras

    for library in (keras, tf_keras):
        described = {"class_name": "Sequential", "config": config}
        _refuses_at_most(register, described)
        _refuses_at_most(check, described, library, trusted=trusted, stored=1000)


def _refuses_at_most(call: Callable[..., object], *arguments: Any, **named: Any) -> None:
    try:
        call(*arguments, **named)
    except LiteweighError as error:
        message = str(error)
        assert "\n" not in message, message
        assert message.endswith((".", "!", "?", "…")), message
        assert len(message) < 2000, message
