"""tests/fuzz: what reads files of strangers, and what must hold whatever is in them."""

import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.data.reading import read
from optimizer.errors import DataError, LiteweighError
from optimizer.files.archive import Limits
from optimizer.models.compiled_loss import compiled_loss
from optimizer.models.hdf5_links import check_links
from optimizer.models.packages import register
from optimizer.models.recognise import recognise
from optimizer.models.summary import ModelSummary
from optimizer.models.trust import check, check_graph, make_canonical
from tests.archives import unpack
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
    if path.suffix in {".h5", ".keras"}:
        check_links(path)


def look_at_links(path: Path, folder: Path) -> None:
    check_links(path)


def unpack_model(path: Path, folder: Path) -> None:
    unpack(path, folder)


def unpack_data(path: Path, folder: Path) -> None:
    unpack(path, folder, Limits(2**24, 100, "data set", DataError, "Make it again"))


def look_at_graph(path: Path, folder: Path) -> None:
    from google.protobuf.message import DecodeError
    from tensorflow.core.framework.graph_pb2 import GraphDef

    with suppress(DecodeError):  # whoever reads the file answers for that
        check_graph(GraphDef.FromString(path.read_bytes()))


def look_at_saved_model(path: Path, folder: Path) -> None:
    unpack(path, folder)
    if (folder / "saved_model.pb").is_file():
        make_canonical(folder)


def read_data(path: Path, folder: Path) -> None:
    _read(path, folder, MODEL, DataOptions(scaling="none"))


def read_table(path: Path, folder: Path) -> None:
    _read(path, folder, TABLE_MODEL, DataOptions(label="label", scaling="none"))


def _read(path: Path, folder: Path, model: ModelSummary, options: DataOptions) -> None:
    read(DataFiles(main=path), "d", folder, model, options, lambda *_: None)


TARGETS = {
    "models": Target(look_at_model, (".keras", ".h5", ".zip", ".pb")),
    "links": Target(look_at_links, (".keras", ".h5")),
    "zips": Target(unpack_model, (".keras", ".zip", ".npz")),
    "data zips": Target(unpack_data, (".zip", ".npz")),
    "graphs": Target(look_at_graph, (".pb",)),
    "SavedModels": Target(look_at_saved_model, ("saved_model.zip",)),
    "arrays": Target(read_data, (".npz", ".npy")),
    "images": Target(read_data, ("images.zip",)),
    "tables": Target(read_table, (".csv", ".parquet")),
}


def hold(target: str, name: str, content: bytes) -> None:
    """Feeds a reader of `TARGETS` one file: it works or refuses, soon, and writes nowhere else."""
    with tempfile.TemporaryDirectory() as place:
        file, folder = Path(place, "given", name), Path(place, "deep", "out")
        file.parent.mkdir()
        folder.mkdir(parents=True)
        file.write_bytes(content)
        began = time.process_time()
        _refuses_at_most(TARGETS[target].read, file, folder)
        assert time.process_time() - began < SLOWEST
        assert file.read_bytes() == content
        outside = {p for p in Path(place).rglob("*") if not p.is_relative_to(folder)}
        assert outside == {file, file.parent, folder.parent}
        assert not any(p.is_symlink() for p in folder.rglob("*"))


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
