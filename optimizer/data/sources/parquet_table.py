"""data/sources/: tables in `.parquet` files."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.data.data_options import DataOptions
from optimizer.data.sources.data_format import DataFormat, data_format
from optimizer.data.sources.source import Content, Given
from optimizer.data.sources.table import check_columns, open_tables
from optimizer.errors import DataError
from optimizer.files.archive import DATA, check_unpacked
from optimizer.models.summary import ModelSummary

if TYPE_CHECKING:
    import pandas as pd
    from pyarrow.parquet import FileMetaData

MAGIC = b"PAR1"
LARGEST_FOOTER = 32 * 2**20  # bytes
CELLS = 2_000_000  # read together
WRITTEN_INDEX = "__index_level_"  # how pandas stores an index without a name


@data_format
class Parquet(DataFormat):
    """Tables in Parquet files."""

    title = "a Parquet table"
    accepted = "a .parquet table"
    rank = 20
    alone = (".parquet",)

    def begins(self, head: bytes) -> bool:
        """See `DataFormat.begins`."""
        return head.startswith(MAGIC)

    def open(
        self, given: Sequence[Given], summary: ModelSummary, options: DataOptions, work: Path
    ) -> Content:
        """See `Source`."""
        del work
        tables = [ParquetTable(one.path) for one in given]
        return open_tables(given, tables, "Parquet table", summary, options)


class ParquetTable:
    """A table in a Parquet file; see `table.Table`."""

    def __init__(self, path: Path) -> None:
        """Reads the schema.

        Raises:
            DataError: the file is damaged, or a column holds lists.
        """
        import pyarrow as pa  # noqa: PLC0415 (only Parquet needs it)
        from pyarrow import parquet  # noqa: PLC0415

        self.path, self.title = path, path.name
        self.notes: tuple[str, ...] = ()
        _check_footer(path)
        try:
            with parquet.ParquetFile(path) as file:
                _check_size(path, file.metadata)
                schema = file.schema_arrow
                names = list(schema.names)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(error) from error
        nested = [field.name for field in schema if pa.types.is_nested(field.type)]
        if nested:
            raise DataError(
                f"The column “{nested[0]}” of {self.title} holds lists; one value a row is "
                "expected. Spread it over columns, or give an .npz."
            )
        self._texts = [
            field.name
            for field in schema
            if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        ]
        self.columns = tuple(name for name in names if not name.startswith(WRITTEN_INDEX))

    def frames(self, columns: Sequence[str], texts: Sequence[str] = ()) -> "Iterator[pd.DataFrame]":
        """See `Table.frames`."""
        import pyarrow as pa  # noqa: PLC0415 (only Parquet needs it)
        from pyarrow import parquet  # noqa: PLC0415

        try:
            # They come as pandas's categories: a text that is repeated is in memory once.
            with parquet.ParquetFile(self.path, read_dictionary=self._texts) as file:
                for batch in file.iter_batches(
                    max(1, CELLS // len(self.columns)), columns=list(columns)
                ):
                    batch.validate(full=True)
                    # pandas's own metadata is parsed even where it is to be ignored.
                    frame = batch.replace_schema_metadata(None).to_pandas()[list(columns)]
                    for name in set(texts) - set(self._texts):
                        there = frame[name].notna()
                        frame[name] = frame[name].astype(object)
                        frame.loc[there, name] = frame.loc[there, name].astype(str)
                    yield frame
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(error) from error

    def place(self, row: int) -> str:
        """See `Table.place`."""
        return f"Row {row + 1:,}"

    def _damaged(self, error: BaseException) -> DataError:
        reason = str(error).partition("\n")[0][:120].rstrip(".")
        return DataError(
            f"{self.title} is damaged or incomplete ({reason}). Write the table again and upload "
            "that."
        )


def _check_footer(path: Path) -> None:
    """Refuses a description that is too long to be read, by its own first and last bytes.

    It stands at the end, before its length and “PAR1”: a struct of Thrift's compact protocol, which
    begins with the version and the list of columns (parquet.thrift, FileMetaData). What does not
    look so is left to the library.
    """
    with path.open("rb") as file:
        end = file.seek(0, 2)
        file.seek(max(0, end - 8))
        length = int.from_bytes(file.read(4), "little")
        if file.read(4) != MAGIC or length > end:
            return  # it is damaged
        file.seek(end - 8 - length)
        head = file.read(16)
    found = re.match(rb"\x15[\x80-\xff]{0,4}[\0-\x7f]\x19\xfc([\x80-\xff]{0,4}[\0-\x7f])", head)
    columns = sum((byte & 127) << (7 * at) for at, byte in enumerate(found[1])) - 1 if found else 0
    check_columns(path.name, columns)
    if length > LARGEST_FOOTER:
        raise DataError(
            f"{path.name} says that its description takes {length / 2**20:,.0f} MB; at most "
            f"{LARGEST_FOOTER // 2**20} MB are accepted. Write the table again, in fewer row "
            "groups, and upload that."
        )


def _check_size(path: Path, metadata: "FileMetaData") -> None:
    """Refuses what unpacks to far too much; constant columns take nothing in the file."""
    check_columns(path.name, metadata.num_columns)
    cells = 8 * metadata.num_rows * metadata.num_columns
    stored = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    check_unpacked(max(cells, stored), path.stat().st_size, path.name, DATA)
