"""tests of data/: data that cannot be used are refused in one sentence, before anything runs."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib import format as npy_format

from optimizer.errors import DataError
from tests.data.conftest import Reader, images
from tests.refused import refused
from tests.summaries import summary

HOW = "Save it with np.savez("
Y = np.arange(6) % 3


def npy(header: dict[str, Any], content: bytes = b"") -> bytes:
    """An .npy file with any header."""
    buffer = io.BytesIO()
    npy_format.write_array_header_1_0(buffer, header)
    return buffer.getvalue() + content


def write_members(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)


# ---- the file --------------------------------------------------------------------------------


def test_an_empty_file(reader: Reader) -> None:
    reader.file.touch()
    with refused(DataError, "empty (0 bytes)", "Upload an .npz"):
        reader.read_file(summary())


@pytest.mark.parametrize(
    ("content", "parts"),
    [(b"\x93NUMPY\x01\0", ("not a NumPy array", HOW)),
     (b"PK\x03\x04", ("zip is damaged or incomplete", "Make it again")),
     (b"\x89HDF\r\n\x1a\n", ("HDF5 file", "np.savez")),
     (bytes(range(50)), ("begins with the bytes 00 01 02", "Upload an .npz"))],
    ids=["head of an npy", "head of a zip", "hdf5", "anything"],
)  # fmt: skip
def test_another_file_renamed_to_npz(
    reader: Reader, content: bytes, parts: tuple[str, ...]
) -> None:
    reader.file.write_bytes(content)
    with refused(DataError, *parts):
        reader.read_file(summary())


def test_a_table_renamed_to_npz_is_read_as_a_table(reader: Reader) -> None:
    reader.file.write_text("a,b,c\n" + "1,2,0\n" * 8)
    record = reader.read_file(summary((2,), (1,), activation="sigmoid"), label="c")
    assert record.kind == "CSV table"


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_npz(reader: Reader, kept: float) -> None:
    np.savez(reader.file, x=images(6), y=Y)
    content = reader.file.read_bytes()
    reader.file.write_bytes(content[: int(kept * len(content))])
    with refused(DataError, "zip is damaged or incomplete", "Make it again"):
        reader.read_file(summary())


def test_an_npz_with_one_wrong_byte_is_read_or_refused_but_never_crashes(reader: Reader) -> None:
    np.savez_compressed(reader.file, x=images(6), y=Y)
    content = bytearray(reader.file.read_bytes())
    rng = np.random.default_rng(0)
    refusals = 0
    # Most of the bytes are pixels; half of the positions are at the ends, where structure is.
    ends = np.concatenate([np.arange(4, 160), np.arange(len(content) - 250, len(content))])
    for position in [*rng.choice(ends, 200), *rng.integers(4, len(content), 200)]:
        wrong = content.copy()
        wrong[position] ^= int(rng.integers(1, 256))
        reader.file.write_bytes(wrong)
        try:
            reader.read_file(summary())
        except DataError:
            refusals += 1
    assert refusals > 0


@pytest.mark.parametrize("shape", [(10 * 2**40,), (2**20, 2**20, 10), (2**62, 2**62)])
def test_a_header_that_declares_terabytes(reader: Reader, shape: tuple[int, ...]) -> None:
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    write_members(reader.file, x=npy(header, b"\0" * 8))
    with refused(DataError, "“x” declares", "GB", "at most 64 GB", "Save fewer samples"):
        reader.read_file(summary())


def test_an_array_shorter_than_its_header_says(reader: Reader) -> None:
    header = {"descr": "|u1", "fortran_order": False, "shape": (6, 8, 8, 3)}
    write_members(reader.file, x=npy(header, b"\0" * 100))
    with refused(DataError, "“x”", "shorter than it declares", "Save it again"):
        reader.read_file(summary())


def test_a_member_that_is_no_array(reader: Reader) -> None:
    write_members(reader.file, x=b"not an array at all")
    with refused(DataError, "“x”", "not a NumPy array", HOW):
        reader.read_file(summary())


def test_pickled_objects_are_refused_and_not_opened(reader: Reader, tmp_path: Path) -> None:
    marker = tmp_path / "marker"

    class Trap:
        def __reduce__(self) -> Any:
            return (open, (str(marker), "w"))

    objects = np.empty(6, object)
    objects[:] = [Trap()] * 6
    with refused(DataError, "“x” holds Python objects", "np.asarray(x, 'float32')"):
        reader(summary(), x=objects, y=Y)
    assert not marker.exists()


@pytest.mark.parametrize("values", [[["cat", "dog"]] * 6, [1j] * 6, [b"a"] * 6],
                         ids=["pairs of texts", "complex", "bytes"])  # fmt: skip
def test_labels_that_are_no_numbers(reader: Reader, values: list[Any]) -> None:
    with refused(DataError, "“y” holds values of type", "numbers are expected", "from 0"):
        reader(summary(), x=images(6), y=np.array(values))


# ---- inputs and labels that do not belong together -------------------------------------------


@pytest.mark.parametrize("given", [{"y": Y}, {"y_test": Y}, {"images": images(6)}],
                         ids="+".join)  # fmt: skip
def test_no_inputs(reader: Reader, given: dict[str, Any]) -> None:
    found = ", ".join(given)
    with refused(DataError, "no inputs", f"found {found}", "expected x or x_train", HOW):
        reader(summary(), **given)


@pytest.mark.parametrize(
    ("given", "labels", "inputs"),
    [(("x", "y", "y_test"), "y_test", "x_test"), (("x_test", "y_test", "y_train"), "y_train",
     "x_train"), (("x_train", "y"), "labels y ", "inputs x.")],
)  # fmt: skip
def test_labels_without_inputs(
    reader: Reader, given: tuple[str, ...], labels: str, inputs: str
) -> None:
    arrays = {name: images(6) if name.startswith("x") else Y for name in given}
    with refused(DataError, labels, inputs, "Add them"):
        reader(summary(), **arrays)


@pytest.mark.parametrize("missing", ["y_train", "y_test"])
def test_one_part_without_labels_while_the_other_has_some(reader: Reader, missing: str) -> None:
    arrays = {"x_train": images(6), "x_test": images(6), "y_train": Y, "y_test": Y}
    del arrays[missing]
    with refused(DataError, "Some inputs have labels", f"{missing} is missing", "Add it"):
        reader(summary(), **arrays)


def test_two_ways_of_naming_at_once(reader: Reader) -> None:
    with refused(DataError, "x and also x_train or x_test", "Keep one"):
        reader(summary(), x=images(6), x_train=images(6))


@pytest.mark.parametrize("suffix", ["", "_train", "_test"])
def test_more_labels_than_samples(reader: Reader, suffix: str) -> None:
    arrays = {f"x{suffix}": images(1_200), f"y{suffix}": np.zeros(1_500, int)}
    with refused(DataError, f"x{suffix} has 1,200 samples", "1,500 labels", "exactly one label"):
        reader(summary(), **arrays)


def test_a_single_number_as_labels(reader: Reader) -> None:
    with refused(DataError, "6 samples", "0 labels", "exactly one label"):
        reader(summary(), x=images(6), y=np.array(1))


@pytest.mark.parametrize("x", [images(0), np.float32(3)], ids=["no samples", "one number"])
def test_zero_samples(reader: Reader, x: Any) -> None:
    with refused(DataError, "x holds no samples", str(np.shape(x)), "Add some"):
        reader(summary(), x=x)


def test_zero_samples_in_the_test_part(reader: Reader) -> None:
    with refused(DataError, "x_test holds no samples"):
        reader(summary(), x_train=images(6), x_test=images(0))


def test_labels_of_two_forms(reader: Reader) -> None:
    arrays = {"x_train": images(6), "x_test": images(6), "y_train": np.eye(3)[Y], "y_test": Y}
    with refused(DataError, "y_train and y_test differ", "one value and 3", "the same form"):
        reader(summary(), **arrays)


# ---- data that do not fit the model ----------------------------------------------------------


@pytest.mark.parametrize(
    "shape",
    [(9, 8, 3), (8, 8), (8, 8, 1), (100,), (3, 8, 8), (8, 3, 8), (16, 4, 3)],
    ids=lambda shape: "x".join(map(str, shape)),
)
def test_samples_of_the_wrong_shape(reader: Reader, shape: tuple[int, ...]) -> None:
    found = " × ".join(map(str, shape))
    with refused(DataError, f"the shape {found},", "takes 8 × 8 × 3", "Resize, crop or transpose"):
        reader(summary(), x=np.zeros((6, *shape)))


def test_training_and_test_samples_of_different_shapes(reader: Reader) -> None:
    with refused(DataError, "x_train and x_test differ", "8 × 8 × 3 and 9 × 9 × 3"):
        reader(summary(), x_train=images(6), x_test=np.zeros((6, 9, 9, 3)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["x_train", "x_test"])
def test_nan_in_the_inputs(reader: Reader, name: str, bad: float) -> None:
    arrays = {"x_train": np.ones((9, 8, 8, 3)), "x_test": np.ones((9, 8, 8, 3))}
    arrays[name][4, :2, 0, 0] = bad
    with refused(DataError, "2 values that are NaN or infinite", "Remove or replace"):
        reader(summary(), **arrays)


def test_nan_in_the_labels(reader: Reader) -> None:
    with refused(DataError, "labels hold 1 values that are NaN", "Remove"):
        reader(summary(), x=images(6), y=np.array([0, 1, 2, 0, 1, np.nan]))


@pytest.mark.parametrize(
    ("values", "found"),
    [([0.5, 1.0], "0.5 to 1 with fractions"), ([0, 300], "0 to 300"), ([-1, 5], "-1 to 5")],
)
def test_values_that_a_whole_number_input_cannot_hold(
    reader: Reader, values: list[float], found: str
) -> None:
    model = summary((2,), dtype="uint8")
    with refused(DataError, f"run from {found}", "whole numbers (uint8, 0 to 255)", "trained on"):
        reader(model, x=np.array([values] * 6))


@pytest.mark.parametrize(
    ("labels", "found"),
    [(Y + 1, "1 to 3"), (Y - 1, "-1 to 1"), (Y * 4, "0 to 8"), ((Y + 1.0)[:, None], "1 to 3")],
    ids=["from one", "negative", "beyond", "column of floats"],
)
def test_labels_out_of_the_range_of_the_classes(reader: Reader, labels: Any, found: str) -> None:
    with refused(DataError, f"run from {found}", "3 classes (0 to 2)", "Number the classes from 0"):
        reader(summary(), x=images(6), y=labels)


@pytest.mark.parametrize("labels", [Y % 2 + 1, Y % 2 * 2 - 1], ids=["1 and 2", "-1 and 1"])
def test_labels_that_a_sigmoid_cannot_reach(reader: Reader, labels: Any) -> None:
    low, high = labels.min(), labels.max()
    model = summary(given=(1,), activation="sigmoid")
    with refused(DataError, f"run from {low} to {high}", "0 to 1", "0 and 1"):
        reader(model, x=images(6), y=labels)


@pytest.mark.parametrize("shape", [(5,), (3, 3), (2,)], ids=["5", "3x3", "2"])
def test_labels_of_the_wrong_shape(reader: Reader, shape: tuple[int, ...]) -> None:
    found = " × ".join(map(str, shape))
    with refused(DataError, f"the shape {found} a sample", "gives 3", "(n,)", "(n, 3)"):
        reader(summary(), x=images(6), y=np.zeros((6, *shape)))
