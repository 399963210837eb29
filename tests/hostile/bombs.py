"""tests of hostile files: small files of data that declare, or unpack to, far too much."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.lib import format as npy_format

from tests.archives import zip_of_zeros

DEFLATED, STORED = zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED
MB, GB = 2**20, 2**30


def zeros_npz(path: Path) -> None:
    """2 MB that unpack to 2 GB of zeros, a right array in every way."""
    shape = (2 * GB // 192 // 4, 8, 8, 3)
    zip_of_zeros({"x.npy": zeros(shape)}, path)


def zeros_npz_of_many(path: Path) -> None:
    """The same in forty arrays, none of which is large by itself."""
    array = zeros((2 * GB // 192 // 4 // 40, 8, 8, 3))
    names = ["x_train", "x_test", *(f"more_{number}" for number in range(38))]
    zip_of_zeros({f"{name}.npy": array for name in names}, path)


def long_header_npz(path: Path) -> None:
    """An array whose header alone says that it has 200 MB, and has."""
    beginning = npy_format.magic(2, 0) + struct.pack("<I", 200 * MB)
    zip_of_zeros({"x.npy": (beginning, 200 * MB)}, path)


def long_header_npy(path: Path) -> None:
    """The same by itself, of 4 GB, which are not there."""
    path.write_bytes(npy_format.magic(2, 0) + struct.pack("<I", 4 * GB - 1) + b" " * 1000)


def wide_labels_npz(path: Path) -> None:
    """Labels of which each is hundreds of megabytes."""
    zip_of_zeros({"x.npy": zeros((3, 8, 8, 3)), "y.npy": zeros((3, 50_000_000))}, path)


def long_texts_npz(path: Path) -> None:
    """Labels that are texts of twenty million letters."""
    header = npy((3,), "<U20000000")
    zip_of_zeros({"x.npy": zeros((3, 8, 8, 3)), "y.npy": (header, 240_000_000)}, path)


def many_dimensions_npz(path: Path) -> None:
    """Labels of two thousand dimensions."""
    with zipfile.ZipFile(path, "w", DEFLATED) as archive:
        archive.writestr("x.npy", npy((3, 8, 8, 3)) + bytes(4 * 3 * 192))
        archive.writestr("y.npy", npy((3, *[1] * 2000)) + bytes(12))


def tall_parquet(path: Path) -> None:
    """A MB of a table with hundreds of millions of cells: constant columns take nothing."""
    import pyarrow as pa
    from pyarrow import parquet

    column = pa.array(np.zeros(4_000_000, np.float32))
    part = pa.table({f"c{number}": column for number in range(25)})
    with parquet.ParquetWriter(path, part.schema, write_statistics=False) as writer:
        for _ in range(2):
            writer.write_table(part)


def wide_parquet(path: Path) -> None:
    """A table of 70,000 columns, without rows."""
    import pyarrow as pa
    from pyarrow import parquet

    column = pa.array([], pa.float32())
    table = pa.table({f"c{number}": column for number in range(70_000)})
    parquet.write_table(table, path, store_schema=False)


def repeated_texts_parquet(path: Path) -> None:
    """A text of a megabyte, written once and repeated fifty thousand times."""
    import pyarrow as pa
    from pyarrow import parquet

    text = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(50_000, np.int32)), pa.array(["x" * (MB - 1)])
    )
    numbers = pa.array(np.zeros(50_000, np.float32))
    table = pa.table({"a": text, "b": numbers, "c": numbers})
    parquet.write_table(table, path, compression="zstd", store_schema=False)


def packed_page_parquet(path: Path) -> None:
    """Texts of 288 MB in one page, packed into a few kB."""
    import pyarrow as pa
    from pyarrow import parquet

    texts = pa.array(["x" * 8 * MB] * 36)
    table = pa.table({"a": texts, "b": np.zeros(36), "c": np.zeros(36)})
    parquet.write_table(
        table, path, compression="zstd", use_dictionary=False, data_page_size=GB,
        write_statistics=False, store_schema=False,
    )  # fmt: skip


def wide_csv(path: Path) -> None:
    """A table of 300,000 columns."""
    names = ",".join(f"c{number}" for number in range(300_000))
    path.write_text(f"{names}\n" + f"{','.join(['0'] * 300_000)}\n" * 2)


def wide_csv_of_short_names(path: Path) -> None:
    """A hundred thousand columns with names of one letter, or none."""
    path.write_text("a," * 100_000 + "\n" + "0," * 100_000 + "\n")


def one_line_csv(path: Path) -> None:
    """A file of a single line of 128 MB."""
    with path.open("w") as file:
        file.write("a,b,c\n")
        for _ in range(128):
            file.write("0,1" * (MB // 3))


def packed_csv(path: Path) -> None:
    """A zip of a MB with a table of a gigabyte."""
    zip_of_zeros({"t.csv": (b"a,b,c\n", GB)}, path)


def picture(path: Path) -> None:
    """A picture of 95 million pixels in 300 kB."""
    path.write_bytes(png(9_700, 9_700))


def pictures(path: Path) -> None:
    """A zip of many of them: each may be decoded, all at once fill the memory."""
    content = png(9_700, 9_700)
    with zipfile.ZipFile(path, "w", STORED) as archive:
        for number in range(40):
            archive.writestr(f"cats/{number}.png", content)


def many_files(path: Path) -> None:
    """A zip of 9,000 files, none of which is data."""
    with zipfile.ZipFile(path, "w", DEFLATED) as archive:
        for number in range(9_000):
            archive.writestr(f"{number}", b"nothing that anybody can read")


def nested(path: Path) -> None:
    """A zip in a zip in a zip, thirty deep."""
    content = b"a,b,c\n0,0,0\n"
    name = "t.csv"
    for _ in range(30):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name, content)
        name, content = "t.npz", buffer.getvalue()
    path.write_bytes(content)


def npy(shape: tuple[int, ...], descr: str = "<f4") -> bytes:
    """The header of an array."""
    buffer = io.BytesIO()
    npy_format.write_array_header_1_0(buffer, _header(shape, descr))
    return buffer.getvalue()


def png(width: int, height: int) -> bytes:
    """A black picture, made without ever being in memory."""
    packer, row = zlib.compressobj(9), bytes(1 + 3 * width)
    packed = [packer.compress(row) for _ in range(height)]
    parts = (
        (b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", b"".join(packed) + packer.flush()),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in parts
    )


def zeros(shape: tuple[int, ...]) -> tuple[bytes, int]:
    """An array of zeros, for `zip_of_zeros`."""
    return npy(shape), 4 * int(np.prod(shape))


def _header(shape: tuple[int, ...], descr: str = "<f4") -> dict[str, object]:
    return {"descr": descr, "fortran_order": False, "shape": shape}


IMAGE, ROW = (8, 8, 3), (2,)
BOMBS: dict[str, tuple[Callable[[Path], None], str, tuple[int, ...], str]] = {
    "zeros npz": (zeros_npz, "d.npz", IMAGE, "unpacks to 2,048 MB, 1,0"),
    "zeros npz of many": (zeros_npz_of_many, "d.npz", IMAGE, "unpacks to 2,048 MB, 1,0"),
    "long header npz": (long_header_npz, "d.npz", IMAGE, "a header of 209,715,200 bytes"),
    "long header npy": (long_header_npy, "d.npy", IMAGE, "a header of 4,294,967,295 bytes"),
    "wide labels npz": (wide_labels_npz, "d.npz", IMAGE, "unpacks to 572 MB"),
    "long texts npz": (long_texts_npz, "d.npz", IMAGE, "“y” holds texts of 20,000,000 letters"),
    "many dimensions npz": (many_dimensions_npz, "d.npz", IMAGE, "2,001 dimensions"),
    "tall parquet": (tall_parquet, "d.parquet", (25,), "unpacks to 1,526 MB"),
    "wide parquet": (wide_parquet, "d.parquet", ROW, "has 70,000 columns"),
    "repeated texts parquet": (
        repeated_texts_parquet,
        "d.parquet",
        (3,),
        "“a” holds a text of 1,048,575 letters",
    ),
    "packed page parquet": (packed_page_parquet, "d.parquet", (3,), "unpacks to 288 MB"),
    "wide csv": (wide_csv, "d.csv", ROW, "has 300,000 columns"),
    "wide csv of short names": (wide_csv_of_short_names, "d.csv", ROW, "has 100,001 columns"),
    "one line csv": (one_line_csv, "d.csv", (3,), "a line of more than 4 MB"),
    "packed csv": (packed_csv, "d.zip", (3,), "unpacks to 1,024 MB"),
    "picture": (picture, "d.png", IMAGE, "9700 × 9700 pixels in"),
    "pictures": (pictures, "d.zip", IMAGE, "9700 × 9700 pixels in"),
    "many files": (many_files, "d.zip", IMAGE, "holds no data that can be read"),
    "nested": (nested, "d.npz", IMAGE, "in a zip in a zip"),
}
"""How to make each, what to call it, what the model takes, and what is said of it."""
