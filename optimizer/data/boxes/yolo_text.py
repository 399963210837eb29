"""data/boxes/: labels as YOLO has them: beside each picture, or in a folder of labels, a text.

A line is a class and the middle, width and height of a box as shares of the picture, or a class and
the corners of an outline. A picture without a text, or with an empty one, shows nothing.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

import numpy as np

from optimizer.arrays import Float64s
from optimizer.data.boxes.box_format import BoxFormat, to_corners
from optimizer.data.boxes.picture_boxes import SHARES, Annotations, PictureBoxes, rows_of
from optimizer.errors import DataError
from optimizer.files.archive import DAMAGED
from optimizer.files.members import Members
from optimizer.words import listed, one_line

SUFFIX = ".txt"
LARGEST = 16 * 2**20  # bytes of a file
BOX, WITH_SCORE, OUTLINE = 5, 6, 7  # numbers in a line; an outline has three corners at least
BEYOND = 1.1  # a share that is larger is none: they are rounded
PICTURES, LABELS = "images", "labels"
NAME_FILES = ("classes.txt", "obj.names", "names.txt", "labels.txt")
LISTED = re.compile(r"names\s*:\s*\[(.*?)\]", re.DOTALL)
FLOW = re.compile(r"names\s*:\s*\{(.*?)\}", re.DOTALL)
BLOCK = re.compile(r"names\s*:\s*(?:#.*)?\n((?:[ \t]*(?:-|\d+\s*:).*(?:\n|$))+)")


def read_yolo(members: Members, pictures: Sequence[str]) -> Annotations | None:
    """The labels of pictures, from texts called as they are; None where there are none.

    Args:
        members: All files.
        pictures: The paths of those that are pictures.

    Raises:
        DataError: a line of such a text is no box.
    """
    texts = {name for name in members.names if name.lower().endswith(SUFFIX)}
    partners = {
        picture: text
        for picture in pictures
        if (text := next((one for one in _beside(picture) if one in texts), None))
    }
    if not partners or not _is_one(members, partners.values()):
        return None
    boxes = {
        picture: _read(members, partners[picture])
        if picture in partners
        else PictureBoxes(np.zeros((0, 6)), SHARES)
        for picture in pictures
    }
    notes: tuple[str, ...] = ()
    bare = [picture for picture in pictures if picture not in partners]
    if bare:
        notes = (f"{len(bare):,} pictures have no text of labels and were taken to show nothing: "
                 f"{listed(bare)}.",)  # fmt: skip
    return Annotations("images with YOLO labels", boxes, _names(members), notes=notes)


def _beside(picture: str) -> Iterable[str]:
    """Where the text of a picture may lie."""
    path = PurePosixPath(picture).with_suffix(SUFFIX)
    yield str(path)
    parts = path.parts
    for at, part in enumerate(parts[:-1]):
        if part.lower() == PICTURES:
            yield str(PurePosixPath(*parts[:at], LABELS, *parts[at + 1 :]))


def _is_one(members: Members, texts: Iterable[str]) -> bool:
    """Whether the first text that says anything begins with a box."""
    for name in texts:
        lines = _lines(members, name)
        if lines:
            return _numbers(lines[0]) is not None
    return True


def _lines(members: Members, name: str) -> list[str]:
    if members.size(name) > LARGEST:
        raise DataError(f"{name} is larger than {LARGEST // 2**20} MB, as no text of labels is.")
    try:
        text = members.read(name).decode("utf-8-sig")
    except (UnicodeDecodeError, *DAMAGED):
        return ["?"]  # of another form, and refused with its name where labels are expected
    return [line for line in text.splitlines() if line.strip()]


def _numbers(line: str) -> list[float] | None:
    """The numbers of a line; None where they are no box and no outline."""
    try:
        numbers = [float(one) for one in line.split()]
    except ValueError:
        return None
    outline = len(numbers) >= OUTLINE and len(numbers) % 2 == 1
    if len(numbers) not in {BOX, WITH_SCORE} and not outline:
        return None
    whole = numbers[0] >= 0 and numbers[0] == int(numbers[0]) if np.isfinite(numbers[0]) else False
    shares = all(-BEYOND + 1 <= one <= BEYOND for one in numbers[1:BOX])
    return numbers if whole and shares else None


def _read(members: Members, name: str) -> PictureBoxes:
    classes, corners = [], []
    for at, line in enumerate(_lines(members, name), 1):
        numbers = _numbers(line)
        if numbers is None:
            raise DataError(
                f"Line {at} of {name} is no box: “{one_line(line)}”. Expected a class number and "
                "the middle, width and height as shares of the picture (0 to 1): 0 0.5 0.5 0.2 0.3."
            )
        classes.append(numbers[0])
        corners.append(_corners(numbers))
    own = np.array(corners, np.float64).reshape(-1, 4)
    return PictureBoxes(rows_of(np.array(classes), own, np.zeros(len(own))), SHARES)


def _corners(numbers: Sequence[float]) -> Float64s:
    if len(numbers) < OUTLINE:
        return to_corners(np.array(numbers[1:BOX]), BoxFormat.CXCYWH)
    outline = np.array(numbers[1:]).reshape(-1, 2)
    return np.concatenate([outline.min(axis=0), outline.max(axis=0)])


def _names(members: Members) -> tuple[str, ...]:
    """What the classes are called, from a data.yaml, or a text with a name a line."""
    for name in members.names:
        last = PurePosixPath(name).name.lower()
        if last.endswith((".yaml", ".yml")) or last in NAME_FILES:
            lines = _lines(members, name)
            text = "\n".join(lines)
            found = tuple(line.strip() for line in lines) if last in NAME_FILES else _of_yaml(text)
            if found and "?" not in found:
                return found
    return ()


def _of_yaml(text: str) -> tuple[str, ...]:
    """The names of a data.yaml: a list or numbers with names, in brackets or a line each."""
    for form in (LISTED, FLOW):
        if match := form.search(text):
            return _unquoted(match[1].split(","))
    match = BLOCK.search(f"{text}\n")
    return _unquoted(match[1].splitlines()) if match else ()


def _unquoted(parts: Iterable[str]) -> tuple[str, ...]:
    bare = (re.sub(r"^\s*(?:-\s*|\d+\s*:\s*)", "", part).strip() for part in parts)
    return tuple(one.strip("'\"") for one in bare if one.strip("'\""))
