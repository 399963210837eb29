"""tests of hostile files: data that would run code, read other files, or fill the machine."""

import io
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.data.reading import read
from optimizer.data.sources.csv_dialect import LOOKED_AT
from optimizer.errors import DataError
from optimizer.files.archive import DATA, check_unpacked
from tests.archives import declare_size
from tests.hostile.bombs import BOMBS
from tests.hostile.judge import Judged
from tests.hostile.limits import Reading
from tests.refused import refused
from tests.summaries import summary


class Touches:
    """Writes the marker when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return Path.touch, (self.marker,)


def read_file(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    files, options = DataFiles(main=path), DataOptions(label="", scaling="none")
    read(files, "d", folder, summary(), options, lambda *_: None)


def pickled(marker: Path) -> npt.NDArray[Any]:
    array = np.empty(3, object)
    array[:] = [Touches(marker)] * 3
    return array


def npy(shape: tuple[int, ...]) -> bytes:
    """A header that declares `shape`, with a few bytes of values."""
    buffer = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue() + bytes(64)


def test_control_numpy_runs_what_a_pickled_array_holds(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", pickled(tmp_path / "marker"), allow_pickle=True)
    assert not (tmp_path / "marker").exists()
    np.load(tmp_path / "x.npy", allow_pickle=True)
    assert (tmp_path / "marker").exists()


def test_pickled_objects_in_an_npz(tmp_path: Path, marker: Path) -> None:
    np.savez(tmp_path / "d.npz", x=pickled(marker))
    with refused(DataError, "Python objects"):
        read_file(tmp_path / "d.npz", tmp_path)


def test_pickled_objects_in_an_npy(tmp_path: Path, marker: Path) -> None:
    np.save(tmp_path / "d.npy", pickled(marker), allow_pickle=True)
    with refused(DataError, "Python objects"):
        read_file(tmp_path / "d.npy", tmp_path)


@pytest.mark.parametrize("name", ["d.pkl", "d.npy", "d.npz", "d.parquet", "d.csv"])
def test_a_pickle_under_any_name(tmp_path: Path, marker: Path, name: str) -> None:
    (tmp_path / name).write_bytes(pickle.dumps(Touches(marker)))
    with refused(DataError):
        read_file(tmp_path / name, tmp_path)


@pytest.mark.parametrize("name", ["d.npy", "d.npz"])
def test_an_array_that_declares_a_terabyte(tmp_path: Path, name: str) -> None:
    content = npy((10**9, 8, 8, 3))
    path = tmp_path / name
    path.write_bytes(content)
    if name == "d.npz":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x.npy", content)
    with refused(DataError):
        read_file(path, tmp_path)


@pytest.mark.parametrize("name", ["../marker.png", "a/../../marker.png", "/etc/marker.png"])
def test_images_whose_paths_lead_out(tmp_path: Path, name: str) -> None:
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cats/1.png", picture())
        archive.writestr(name, picture())
    with refused(DataError, name, "leads out of its own folder"):
        read_file(path, tmp_path)
    assert not list(tmp_path.rglob("marker*"))


def test_a_picture_that_is_a_link(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("cats/1.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with refused(DataError, "“cats/1.png”", "is a link"):
        read_file(tmp_path / "d.zip", tmp_path)


def test_a_zip_of_pictures_that_declares_a_terabyte(tmp_path: Path) -> None:
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cats/1.png", picture())
        archive.writestr("cats/2.png", bytes(2**20))
    declare_size(path, "cats/2.png", 2**32 - 2)
    with refused(DataError):
        read_file(path, tmp_path)


def picture(side: int = 8) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (side, side)).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_picture_that_unpacks_to_gigabytes(tmp_path: Path) -> None:
    """Ten thousand pixels each way, declared in the header of a small file."""
    content = bytearray(picture())
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    import zlib

    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    (tmp_path / "d" / "cats").mkdir(parents=True)
    (tmp_path / "d" / "cats" / "1.png").write_bytes(content)
    with refused(DataError):
        read_file(tmp_path / "d", tmp_path)


# ---- bombs -----------------------------------------------------------------------------------

SECONDS, MEMORY = 1.0, 128 * 2**20  # of CPU, and bytes; the bombs take 0.2 s and 50 MB at most


@pytest.fixture(scope="module")
def reading() -> Iterator[Reading]:
    with Reading() as reading:
        yield reading


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_from_its_headers(
    tmp_path: Path, reading: Reading, judged: Judged, name: str
) -> None:
    make, file, taken, says = BOMBS[name]
    make(tmp_path / file)
    cost = reading(tmp_path / file, taken)
    assert cost.error == DataError.__name__, cost
    judged.ours += 1
    assert says in cost.message
    assert cost.message.endswith(".")
    assert cost.seconds < SECONDS, cost
    assert cost.memory < MEMORY, cost
    assert cost.written < 1000


def test_data_that_are_nearly_all_zeros_are_no_bomb(tmp_path: Path, reading: Reading) -> None:
    """Fifty times smaller packed, and one of a thousand values is something."""
    x = np.zeros((20_000, 8, 8, 3), np.float32)
    x.reshape(-1)[::1000] = np.random.default_rng(0).random(x.size // 1000)
    np.savez_compressed(tmp_path / "d.npz", x=x)
    cost = reading(tmp_path / "d.npz", (8, 8, 3))
    assert (cost.error, cost.message) == ("", "")
    assert cost.written > x.nbytes


@pytest.mark.parametrize(
    ("unpacked", "packed"), [(2**28, 1), (2**33, 2**33 // 400 + 1), (64 * 2**30, 2**30)]
)
def test_what_may_be_small(unpacked: int, packed: int) -> None:
    check_unpacked(unpacked, packed, "The zip", DATA)
    with refused(DataError, "The zip unpacks to"):
        check_unpacked(64 * 2**30 + 1 if packed == 2**30 else 401 * 2**28, 2**20, "The zip", DATA)


def test_a_table_as_wide_as_the_model_takes_it_is_read(tmp_path: Path, reading: Reading) -> None:
    """Its first line is longer than what is looked at of other tables."""
    names = [f"a column with a long name, number {number}" for number in range(9_000)]
    with (tmp_path / "d.csv").open("w") as file:
        file.write(";".join(names) + "\n")
        file.writelines(";".join(["0.5"] * 9_000) + "\n" for _ in range(3))
    assert (tmp_path / "d.csv").read_text().index("\n") > LOOKED_AT
    cost = reading(tmp_path / "d.csv", (9_000,))
    assert (cost.error, cost.message) == ("", "")


def test_more_columns_than_the_model_takes_are_refused_before_they_are_read(
    tmp_path: Path, reading: Reading
) -> None:
    (tmp_path / "d.csv").write_text("a,b,c,d\n" + "0,0,0,0\n" * 5)
    cost = reading(tmp_path / "d.csv", (2,), None)
    assert cost.error == DataError.__name__
    assert "has 4 columns: a, b, c, d; the model takes 2 and a label" in cost.message
    assert reading(tmp_path / "d.csv", (3,), None).error == "UndecidedDataError"
