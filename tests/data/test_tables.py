"""tests of data/: tables as spreadsheets, pandas and other programs write them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.data.data_options import DataFiles, UndecidedDataError
from optimizer.data.labels import Task
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary, TensorSpec
from tests.archives import zip_folder
from tests.data.conftest import Reader, gathered
from tests.refused import refused
from tests.summaries import summary

ROWS = 60
Write = Callable[[pd.DataFrame], Path]


def values(width: int, **changes: Any) -> ModelSummary:
    """A model that takes a row of numbers and gives one."""
    return summary((width,), (1,), activation="linear", **changes)


def houses() -> pd.DataFrame:
    """Three columns of numbers and a price."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.random((ROWS, 3)).round(4), columns=["size", "age", "rooms"])
    return frame.assign(price=(frame.sum(axis=1) * 7).round(3))


@pytest.fixture(params=["csv", "parquet"])
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Write:
    """Writes a table in one of the two forms."""

    def written(frame: pd.DataFrame) -> Path:
        path = tmp_path / f"table.{request.param}"
        if request.param == "csv":
            frame.to_csv(path, index=False)
        else:
            frame.to_parquet(path)
        return path

    return written


# ---- columns ---------------------------------------------------------------------------------


def test_every_row_arrives_with_its_label(reader: Reader, write: Write) -> None:
    frame = houses()
    record = reader.read_file(values(3), write(frame), label="price")
    assert record.kind in {"CSV table", "Parquet table"}
    assert (record.task, record.count, record.label) == (Task.REGRESSION, ROWS, "price")
    assert (record.shape, record.dtype) == ((3,), "float32")
    x, y = gathered(reader.opened(record))
    np.testing.assert_allclose(x, frame[["size", "age", "rooms"]].to_numpy(), rtol=1e-6)
    np.testing.assert_allclose(y[:, 0], frame["price"], rtol=1e-6)


def test_the_label_column_is_asked_for(reader: Reader, write: Write) -> None:
    path = write(houses().assign(kind=pd.Series(["flat", "house", None] * 20)))
    with pytest.raises(UndecidedDataError, match="Which column is the label") as caught:
        reader.read_file(values(4), path)
    message, question = str(caught.value), caught.value.question
    assert "size, age, rooms, price, kind" in message
    assert "--label COLUMN" in message
    assert [column.name for column in question.columns] == [
        "size", "age", "rooms", "price", "kind"
    ]  # fmt: skip
    kind = question.columns[-1]
    assert (kind.kind, kind.distinct, kind.missing, kind.example) == ("category", 2, 20, "flat")
    assert question.columns[0].kind == "number"
    assert question.columns[0].missing == 0


@pytest.mark.parametrize(
    ("columns", "width", "guess"),
    [(["a", "Target", "b"], 2, "Target"), (["a", "b", "c"], 2, "c"), (["a", "b", "c"], 3, "")],
    ids=["called so", "the last", "none: the model takes all"],
)
def test_the_label_is_guessed(
    reader: Reader, write: Write, columns: list[str], width: int, guess: str
) -> None:
    frame = pd.DataFrame(np.random.default_rng(0).random((9, 3)), columns=columns)
    with pytest.raises(UndecidedDataError) as caught:
        reader.read_file(values(width), write(frame))
    assert caught.value.question.guess == guess


def test_a_table_may_have_no_label(reader: Reader, write: Write) -> None:
    record = reader.read_file(values(4), write(houses()), label="")
    assert (record.task, record.label) == (Task.UNLABELLED, None)
    assert record.shape == (4,)


def test_text_labels_are_classes(reader: Reader, write: Write) -> None:
    frame = houses().assign(kind=["c", "a", "b"] * 20).drop(columns="price")
    record = reader.read_file(summary((3,), (3,)), write(frame), label="kind")
    assert record.class_names == ("a", "b", "c")
    assert gathered(reader.opened(record))[1].tolist() == [2, 0, 1] * 20


def test_number_labels_are_class_numbers(reader: Reader, write: Write) -> None:
    frame = houses().assign(price=np.arange(ROWS) % 3)
    record = reader.read_file(summary((3,), (3,)), write(frame), label="price")
    assert (record.task, record.class_counts) == (Task.CLASSIFICATION, (20, 20, 20))


def test_categories_become_codes_or_columns_as_the_model_needs(
    reader: Reader, write: Write
) -> None:
    frame = houses().assign(age=["old", "new", "mid"] * 20)
    path = write(frame)
    codes = reader.read_file(values(3), path, label="price")
    assert gathered(reader.opened(codes))[0][:3, 1].tolist() == [2, 1, 0]
    assert any("mid = 0, new = 1, old = 2" in note for note in codes.notes)
    columns = reader.read_file(values(5), path, label="price")
    x = gathered(reader.opened(columns))[0]
    assert x[:3, 1:4].tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
    np.testing.assert_allclose(x[:, 4], frame["rooms"], rtol=1e-6)
    assert any("for each of mid, new, old" in note for note in columns.notes)


def test_true_and_false_are_1_and_0(reader: Reader, write: Write) -> None:
    frame = houses().assign(age=[True, False] * 30)
    record = reader.read_file(values(3), write(frame), label="price")
    assert gathered(reader.opened(record))[0][:2, 1].tolist() == [1, 0]


def test_rows_without_a_value_are_left_out_and_counted(reader: Reader, write: Write) -> None:
    frame = houses()
    frame.loc[[3, 5], "age"] = None
    frame.loc[[5, 9], "price"] = None
    record = reader.read_file(values(3), write(frame), label="price")
    assert record.count == ROWS - 3
    [note] = [note for note in record.notes if "left out" in note]
    assert "3 of 60" in note
    assert "age (2), price (2)" in note
    kept = frame.drop(index=[3, 5, 9])
    np.testing.assert_allclose(
        gathered(reader.opened(record))[0][:, 1], kept["age"].astype(float), rtol=1e-6
    )


def test_a_column_for_each_input_by_its_name(reader: Reader, write: Write) -> None:
    model = replace(
        values(1),
        inputs=(TensorSpec("rooms", (None, 1), "int32"), TensorSpec("size", (None, 1), "float32")),
    )
    frame = houses().assign(rooms=np.arange(ROWS))
    record = reader.read_file(model, write(frame), label="price")
    rooms: Any
    size: Any
    rooms, size = reader.opened(record).samples("evaluation").batch(0, 5)
    assert (rooms.dtype, rooms.shape, size.dtype) == (np.int32, (5, 1), np.float32)
    chosen = reader.opened(record).roles.evaluation[:5]
    assert rooms[:, 0].tolist() == chosen.tolist()
    assert any("age" in note and "left out" in note for note in record.notes)


def test_pixels_in_columns_become_images(reader: Reader, write: Write) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 256, (ROWS, 64)), columns=[f"p{i}" for i in range(64)])
    record = reader.read_file(summary((8, 8, 1)), write(frame.assign(y=0)), label="y")
    assert record.reshaped_from == (64,)
    assert np.array_equal(gathered(reader.opened(record))[0].reshape(ROWS, 64), frame.to_numpy())


def test_a_table_for_each_role_shares_its_categories(reader: Reader, tmp_path: Path) -> None:
    frame = houses().assign(age=["b", "c"] * 30)
    frame.to_csv(tmp_path / "main.csv", index=False)
    frame.assign(age="a").head(10).to_csv(tmp_path / "test.csv", index=False)
    files = DataFiles(tmp_path / "main.csv", {"evaluation": tmp_path / "test.csv"})
    record = reader.read_files(values(3), files, label="price")
    dataset = reader.opened(record)
    assert record.evaluation == 10
    assert set(dataset.samples("evaluation", "none").batch(0, 10)[0][:, 1]) == {0}
    assert set(dataset.samples("training", "none").batch(0, 99)[0][:, 1]) == {1, 2}


def test_a_zip_of_one_table_is_that_table(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    houses().rename(columns={"size": "BMI"}).to_csv(tmp_path / "a" / "train.csv", index=False)
    path = zip_folder(tmp_path / "a", tmp_path / "a.zip")
    assert reader.read_file(values(3), path, label="price").count == ROWS


def test_a_long_table_is_read_in_pieces_without_losing_a_row(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.data.sources.csv_table.CELLS", 4 * 7)
    frame = houses()
    frame["age"] = frame["age"].astype(object)
    frame.loc[ROWS - 11 :, "age"] = "unknown"  # only the last pieces show that it is a category
    frame.to_csv(tmp_path / "a.csv", index=False)
    record = reader.read_file(values(3), tmp_path / "a.csv", label="price")
    x = gathered(reader.opened(record))[0]
    np.testing.assert_allclose(x[:, 0], frame["size"], rtol=1e-6)
    assert x[ROWS - 1, 1] == x[:, 1].max()


# ---- how the text is written -----------------------------------------------------------------


def read_text(reader: Reader, text: str | bytes, width: int = 2, **decided: Any) -> Any:
    """The inputs in a text."""
    content = text if isinstance(text, bytes) else text.encode()
    reader.file.write_bytes(content)
    record = reader.read_file(values(width), **{"label": "", **decided})
    return gathered(reader.opened(record))[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(reader: Reader, delimiter: str) -> None:
    rows = ["a,b", "1.5,2", "3,4"]
    found = read_text(reader, "\n".join(rows).replace(",", delimiter))
    assert found.tolist() == [[1.5, 2], [3, 4]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found(reader: Reader, encoding: str) -> None:
    text = "größe,häufig\n1.5,2\n3,4\n".encode(encoding)
    assert read_text(reader, text, label="häufig", width=1).tolist() == [[1.5], [3]]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_end_of_line_is_one(reader: Reader, newline: str) -> None:
    assert read_text(reader, newline.join(["a,b", "1,2", "3,4"])).tolist() == [[1, 2], [3, 4]]


def test_decimal_commas_are_found(reader: Reader) -> None:
    assert read_text(reader, "a;b\n1,5;2\n3;4,25\n").tolist() == [[1.5, 2], [3, 4.25]]


def test_a_table_without_a_header_is_read_from_its_first_row(reader: Reader) -> None:
    assert read_text(reader, "1.5,2\n3,4\n").tolist() == [[1.5, 2], [3, 4]]
    record = reader.read_file(values(1), label="column 2")
    assert any("no header" in note for note in record.notes)


def test_rows_that_end_in_a_class_are_no_header(reader: Reader) -> None:
    reader.file.write_text("5.1,3.5,setosa\n4.9,3.0,virginica\n" * 10)
    record = reader.read_file(summary((2,), (2,)), label="column 3")
    assert record.class_names == ("setosa", "virginica")
    assert record.count == 20


@pytest.mark.parametrize(
    "header", ["0,1", "label,0", "a,1st"], ids=["counted", "pixels", "begins with a digit"]
)
def test_headers_may_hold_numbers(reader: Reader, header: str) -> None:
    assert read_text(reader, f"{header}\n1,2\n3,4\n").tolist() == [[1, 2], [3, 4]]


def test_the_index_that_pandas_writes_is_left_out(reader: Reader, tmp_path: Path) -> None:
    houses().to_csv(tmp_path / "a.csv")
    record = reader.read_file(values(3), tmp_path / "a.csv", label="price")
    assert any("numbers the rows" in note for note in record.notes)


def test_cells_in_quotes_may_hold_the_delimiter(reader: Reader) -> None:
    reader.file.write_text('a,b,c\n1,"x, y",3\n2,"z",1\n')
    record = reader.read_file(values(2), label="c")
    assert gathered(reader.opened(record))[0].tolist() == [[1, 0], [2, 1]]


@pytest.mark.parametrize("missing", ["", "NA", "NaN", "?", "null"])
def test_what_stands_for_a_missing_value_is_known(reader: Reader, missing: str) -> None:
    assert read_text(reader, f"a,b\n1,2\n{missing},3\n4,5\n").tolist() == [[1, 2], [4, 5]]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1,5;2,5\n3,5;4,5\n", [[1.5, 2.5], [3.5, 4.5]]),
        ('a,b\n"1,5",2\n"3,5",4\n', [[1.5, 2], [3.5, 4]]),
        ("a;b\n1.234,5;2\n7,25;4\n", [[1234.5, 2], [7.25, 4]]),
        ('a,b\n"1,234.5",2\n999,4\n', [[1234.5, 2], [999, 4]]),
        ('a,b\n"1,234",0.5\n"5,678",4\n', [[1234, 0.5], [5678, 4]]),
        ("a;b\n1,234;0,5\n5,678;4\n", [[1.234, 0.5], [5.678, 4]]),
        ("a;b\n1,5;0.5\n2,5;1.25\n", [[1.5, 0.5], [2.5, 1.25]]),
        ("a;b\n0,123;1\n0,456;2\n", [[0.123, 1], [0.456, 2]]),
        ("a;b\n" + "1;2\n" * 70 + "1,5;2\n", [[1, 2]] * 70 + [[1.5, 2]]),
    ],
    ids=["no header", "in quotes", "German thousands", "English thousands", "thousands alone",
         "three decimals", "each column its own", "below one", "only at the end"],
)  # fmt: skip
def test_decimal_marks_and_thousands(reader: Reader, text: str, rows: list[list[float]]) -> None:
    np.testing.assert_allclose(read_text(reader, text), rows, rtol=1e-6)


def test_what_is_read_by_convention_is_said(reader: Reader) -> None:
    read_text(reader, "a;b\n1,234;1\n5,678;2\n")
    notes = reader.read_file(values(2), label="").notes
    assert any("“1,234” in “a” (line 2) is read as 1.234" in note for note in notes)


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\na;b\n1;2\n3;4\n",
        "a b\n1 2\n3   4\n",
        "# made by a program\n\na,b\n1,2\n3,4\n",
        "# a, b\n1,2\n3,4\n",
        "\n\na,b\n1,2\n\n3,4\n",
        "a,b\n1,2,\n3,4,\n",
    ],
    ids=[
        "Excel’s first line",
        "spaces",
        "remarks",
        "NumPy’s header",
        "empty lines",
        "commas at ends",
    ],
)
def test_other_ways_to_write_a_table(reader: Reader, text: str) -> None:
    assert read_text(reader, text).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_two_bytes_a_letter_need_no_mark(reader: Reader, encoding: str) -> None:
    assert read_text(reader, "a,b\n1.5,2\n3,4\n".encode(encoding)).tolist() == [[1.5, 2], [3, 4]]


def test_texts_that_come_again_are_no_header(reader: Reader) -> None:
    assert read_text(reader, "yes,no\nno,no\nyes,yes\n").tolist() == [[1, 0], [0, 0], [1, 1]]


# ---- tables that cannot be used --------------------------------------------------------------


@pytest.mark.parametrize("before", [0, 70], ids=["at the beginning", "far below"])
def test_marks_of_a_conflict(reader: Reader, before: int) -> None:
    text = "a,b\n" + "1,2\n" * before + "<<<<<<< HEAD\n3,4\n=======\n5,6\n>>>>>>> theirs\n"
    with refused(DataError, f"Line {before + 2} ", "<<<<<<< HEAD", "Keep one of them"):
        read_text(reader, text)


def test_far_marks_of_a_conflict(reader: Reader) -> None:
    with refused(DataError, "Line 100,002 ", "=======", "Keep one of them"):
        read_text(reader, "a,b\n" + "1,2\n" * 100_000 + "=======\n")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a;b\n1,5;2\n1.5;2\n", ("“1,5” in line 2", "“1.5” in line 3", "a decimal point")),
        ("a|b\n1,234|2\n5,678|2\n", ("“1,234” in line 2", "1.234 or 1234", "decimal point")),
        ("a;b\n1,5;2.345\n1,6;7.5\n2;1,5\n", ("“7.5” in line 3", "“1,5” in line 4")),
        ("a;b\n1,5;2.345\n1,6;7.555\n", ("“2.345” in line 2", "2.345 or 2345")),
    ],
    ids=["both in a column", "no convention", "both later", "points beside commas"],
)
def test_numbers_that_can_be_read_in_two_ways(
    reader: Reader, text: str, parts: tuple[str, ...]
) -> None:
    with refused(DataError, *parts):
        read_text(reader, text)


def test_a_text_among_numbers_of_a_label(reader: Reader, write: Write) -> None:
    frame = houses().astype({"price": object})
    frame.loc[[7, 9], "price"] = "n/k"
    with refused(DataError, "“n/k” in the column “price”", "1 more rows", "Write a number"):
        reader.read_file(values(3), write(frame.astype({"price": str})), label="price")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a,b\n", ("no rows", "Add some")),
        ("\n\n", ("no rows", "header and rows")),
        ('"', ("no rows", "header and rows")),
        ("a,a\n1,2\n", ("two columns called “a”", "a name of its own")),
        ("a,\n1,2\n3,9\n", ("Column 2", "has no name", "Name every column")),
        ("a,b\n1,2,3\n4,5,6\n", ("Line 2", "3 values", "2 names", "Give each column a name")),
        ("a,b\n1,5,2,5\n3,5,4,5\n", ("Line 2", "4 values", "decimal marks too", "semicolons")),
        ("a,b\n" + "1,2\n" * 60 + "1,2,3\n", ("Line 62", "3 values", "2 names", "into quotes")),
        ("a,b\n" + "1,2\n" * 60 + "1\n", ("Line 62", "1 values", "2 names", "every row a value")),
        ("1,2\n" * 60 + "1,2,3\n", ("Line 61", "3 values", "2 columns", "into quotes")),
        ('a,b\n1,2\n"3,4\n5,6\n', ("Line 3", "1 values", "quotation mark", "close it")),
        ("a,b\n" + "1,2\n" * 60 + "x,2\n", ("Line 62", "“x”", "column “a”", "leave the cell")),
        ("a,b\n,2\n,3\n", ("Every row lacks a value", "a (2)", "Fill them in")),
        ("a,b\n1,inf\n3,4\n", ("1 values that are NaN or infinite", "Remove or replace")),
        ("a,b,c\n1,2,3\n", ("3 columns", "a, b, c", "takes 2", "Leave out columns")),
        ("a\n1\n", ("1 columns", "takes 2", "add what is missing")),
    ],
    ids=["only a header", "blank", "a quote", "twice", "no name", "too short a header",
         "commas twice", "too long a row", "too short a row", "no header", "an open quote",
         "a text", "an empty column", "infinite", "too many", "too few"],
)  # fmt: skip
def test_a_table_that_is_none(reader: Reader, text: str, parts: tuple[str, ...]) -> None:
    with refused(DataError, *parts):
        read_text(reader, text)


def test_a_label_that_is_no_column(reader: Reader, write: Write) -> None:
    with refused(DataError, "no column “cost”", "it has size, age, rooms, price", "Choose one"):
        reader.read_file(values(3), write(houses()), label="cost")


def test_a_text_that_is_no_category(reader: Reader, write: Write) -> None:
    frame = pd.concat([houses()] * 20).assign(age=[f"id {i}" for i in range(20 * ROWS)])
    with refused(DataError, "“age”", "more than 1,000 different texts", "Remove it"):
        reader.read_file(values(3), write(frame), label="price")


def test_tables_of_different_columns(reader: Reader, tmp_path: Path) -> None:
    houses().to_csv(tmp_path / "a.csv", index=False)
    houses().drop(columns="age").to_csv(tmp_path / "b.csv", index=False)
    files = DataFiles(tmp_path / "a.csv", {"evaluation": tmp_path / "b.csv"})
    with refused(DataError, "b.csv has no column “age”", "a.csv has", "the same columns"):
        reader.read_files(values(3), files, label="price")


def test_columns_that_no_input_is_called_by(reader: Reader, write: Write) -> None:
    with refused(DataError, "takes 2 inputs (in_0, in_1)", "one column of its name", "Rename"):
        reader.read_file(summary((1,), inputs=2), write(houses()), label="price")


def test_lists_in_a_parquet_table(reader: Reader, tmp_path: Path) -> None:
    pd.DataFrame({"a": [[1, 2], [3, 4]], "b": [0, 1]}).to_parquet(tmp_path / "a.parquet")
    with refused(DataError, "“a”", "holds lists", "Spread it over columns"):
        reader.read_file(values(1), tmp_path / "a.parquet", label="b")


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_truncated_parquet_table(reader: Reader, tmp_path: Path, kept: float) -> None:
    houses().to_parquet(tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(content[: int(kept * len(content))])
    with refused(DataError, "damaged or incomplete", "Write the table again"):
        reader.read_file(values(3), tmp_path / "a.parquet", label="price")


def test_an_excel_workbook(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "a" / "xl").mkdir(parents=True)
    (tmp_path / "a" / "xl" / "workbook.xml").write_text("<workbook/>")
    with refused(DataError, "Excel", "Save the sheet as CSV"):
        reader.read_file(values(3), zip_folder(tmp_path / "a", tmp_path / "a.xlsx"))
