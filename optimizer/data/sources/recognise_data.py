"""data/sources/: tells the form of data from what is in the files, never from their names."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from optimizer.data.rows_writer import check_space
from optimizer.data.sources.data_format import DATA_FORMATS, DataFormat, accepted
from optimizer.data.sources.random_inputs import open_nothing
from optimizer.data.sources.source import Given, Source
from optimizer.errors import DataError
from optimizer.files.archive import DATA
from optimizer.files.members import Members, open_members
from optimizer.words import listed

INSIDE = "inside"  # the work folder of what was taken out of a zip


def recognise_data(given: Sequence[Given], work: Path) -> tuple[Source, list[Given]]:
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
    forms = {form for form, _ in told}
    if len(forms) > 1:
        titles = " and ".join(sorted(form.title for form in forms))
        raise DataError(
            f"The files for the roles are of different forms ({titles}). Give all in the same form."
        )
    return forms.pop().open, [one for _, one in told]


def _recognise(given: Given, work: Path) -> tuple[DataFormat, Given]:
    path = given.path
    if path.is_dir():
        return _recognise_members(open_members(path, DATA), given, work)
    if path.stat().st_size == 0:
        raise DataError(f"The data file is empty (0 bytes). Upload {accepted()}.")
    with path.open("rb") as file:
        head = file.read(2**13)
    if head.startswith(b"PK"):
        return _recognise_members(open_members(path, DATA), given, work)
    return _recognise_head(head, path), given


def _recognise_head(head: bytes, path: Path) -> DataFormat:
    for form in DATA_FORMATS.values():
        if form.begins(head):
            return form
    if head.startswith(b"\x89HDF"):
        raise DataError(
            "This is an HDF5 file, which is no form of data that can be read. Save its arrays with "
            "np.savez('data.npz', x=…, y=…) and upload that."
        )
    raise DataError(
        f"{path.name} is no data that can be read: it begins with the bytes "
        f"{head[:8].hex(' ')}. Upload {accepted()}."
    )


def _recognise_members(members: Members, given: Given, work: Path) -> tuple[DataFormat, Given]:
    if "xl/workbook.xml" in members.names:  # it may hold pictures as well
        raise DataError("This is an Excel workbook. Save the sheet as CSV and upload that.")
    for form in DATA_FORMATS.values():
        if form.fills(members):
            return form, given
    ends = tuple(end for form in DATA_FORMATS.values() for end in form.alone)
    files = [name for name in members.names if name.lower().endswith(ends)]
    if len(files) == 1 and work.name == INSIDE:
        raise DataError(
            f"“{files[0]}” lies in a {members.kind} in a zip. Take it out and upload it alone."
        )
    if len(files) == 1:
        work.mkdir(parents=True)
        check_space(work, members.size(files[0]))
        file = members.copy(files[0], work / Path(files[0]).name)
        return _recognise(replace(given, path=file), work / INSIDE)
    found = listed(members.names) or "nothing"
    raise DataError(
        f"The {members.kind} holds no data that can be read (found: {found}). "
        f"Expected {accepted()}."
    )
