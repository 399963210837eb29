"""data/sources/: tells the form of data from what is in the files, never from their names."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from optimizer.data.rows_writer import check_space
from optimizer.data.sources.arrays import open_arrays
from optimizer.data.sources.csv_table import is_text, open_csv
from optimizer.data.sources.decode import HEAD, begins_like_image
from optimizer.data.sources.images import is_image, open_images
from optimizer.data.sources.parquet_table import open_parquet
from optimizer.data.sources.random_inputs import open_nothing
from optimizer.data.sources.source import Given, Source
from optimizer.errors import DataError
from optimizer.files.archive import DATA
from optimizer.files.members import Members, open_members
from optimizer.words import listed

ACCEPTED = (
    "an .npz or .npy of NumPy arrays, a .csv or .parquet table, images in class folders (as a "
    "folder or zip), or an image"
)
INSIDE = (".csv", ".tsv", ".parquet", ".npz")
"""A zip or folder of just one such file stands for that file."""
TITLES = {
    open_arrays: "NumPy arrays",
    open_csv: "a CSV table",
    open_parquet: "a Parquet table",
    open_images: "images",
}


def recognise(given: Sequence[Given], work: Path) -> tuple[Source, list[Given]]:
    """Tells what opens these files.

    Args:
        given: What the user gave; nothing stands for random inputs.
        work: A folder for a table that has to be taken out of a zip.

    Returns:
        The source, and the files for it.

    Raises:
        DataError: a file holds no data, or they are of different forms.
    """
    if not given:
        return open_nothing, []
    told = [_recognise(one, work / str(at)) for at, one in enumerate(given)]
    sources = {source for source, _ in told}
    if len(sources) > 1:
        forms = " and ".join(sorted(TITLES[source] for source in sources))
        raise DataError(
            f"The files for the roles are of different forms ({forms}). Give all in the same form."
        )
    return sources.pop(), [one for _, one in told]


def _recognise(given: Given, work: Path) -> tuple[Source, Given]:
    path = given.path
    if path.is_dir():
        return _recognise_members(open_members(path, DATA), given, work)
    if path.stat().st_size == 0:
        raise DataError(f"The data file is empty (0 bytes). Upload {ACCEPTED}.")
    with path.open("rb") as file:
        head = file.read(2**13)
    if head.startswith(b"PK"):
        return _recognise_members(open_members(path, DATA), given, work)
    return _recognise_head(head, path), given


def _recognise_head(head: bytes, path: Path) -> Source:
    if head.startswith(b"\x93NUMPY"):
        return open_arrays
    if head.startswith(b"PAR1"):
        return open_parquet
    if begins_like_image(head[:HEAD]) and not is_text(head):
        return open_images
    if is_text(head):
        return open_csv
    if head.startswith(b"\x89HDF"):
        raise DataError(
            "This is an HDF5 file, which is no form of data that can be read. Save its arrays with "
            "np.savez('data.npz', x=…, y=…) and upload that."
        )
    raise DataError(
        f"{path.name} is no data that can be read: it begins with the bytes "
        f"{head[:8].hex(' ')}. Upload {ACCEPTED}."
    )


def _recognise_members(members: Members, given: Given, work: Path) -> tuple[Source, Given]:
    if any(name.endswith(".npy") for name in members.names):
        return open_arrays, given
    if "xl/workbook.xml" in members.names:
        raise DataError("This is an Excel workbook. Save the sheet as CSV and upload that.")
    tables = [name for name in members.names if name.lower().endswith(INSIDE)]
    images = any(is_image(members, name) for name in members.names)
    if len(tables) == 1 and not images:
        work.mkdir(parents=True)
        check_space(work, members.size(tables[0]))
        table = members.copy(tables[0], work / Path(tables[0]).name)
        return _recognise(replace(given, path=table), work / "inside")
    if images:
        return open_images, given
    found = listed(members.names) or "nothing"
    raise DataError(
        f"The {members.kind} holds no data that can be read (found: {found}). Expected {ACCEPTED}."
    )
