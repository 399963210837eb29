"""data/sources/: tables in `.parquet` files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.data.data_options import DataOptions
from optimizer.data.sources.data_format import DataFormat, data_format
from optimizer.data.sources.source import Content, Given
from optimizer.data.sources.table import open_tables
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary

if TYPE_CHECKING:
    import pandas as pd

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
        return head.startswith(b"PAR1")

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
        try:
            with parquet.ParquetFile(path) as file:
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
        self.columns = tuple(name for name in names if not name.startswith(WRITTEN_INDEX))

    def frames(self, columns: Sequence[str], texts: Sequence[str] = ()) -> "Iterator[pd.DataFrame]":
        """See `Table.frames`."""
        import pyarrow as pa  # noqa: PLC0415 (only Parquet needs it)
        from pyarrow import parquet  # noqa: PLC0415

        try:
            with parquet.ParquetFile(self.path) as file:
                for batch in file.iter_batches(
                    max(1, CELLS // len(self.columns)), columns=list(columns)
                ):
                    batch.validate(full=True)
                    # pandas's own metadata is parsed even where it is to be ignored.
                    frame = batch.replace_schema_metadata(None).to_pandas()[list(columns)]
                    for name in texts:
                        there = frame[name].notna()
                        frame[name] = frame[name].astype(object)
                        frame.loc[there, name] = frame.loc[there, name].astype(str)
                    yield frame
        except (pa.ArrowException, OSError, ValueError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: BaseException) -> DataError:
        reason = str(error).partition("\n")[0][:120].rstrip(".")
        return DataError(
            f"{self.title} is damaged or incomplete ({reason}). Write the table again and upload "
            "that."
        )
