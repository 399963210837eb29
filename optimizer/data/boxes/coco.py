"""data/boxes/: labels as COCO has them: one JSON of pictures, categories and annotations.

https://cocodataset.org/#format-data
"""

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from pydantic import BaseModel, TypeAdapter, ValidationError

from optimizer.data.boxes.box_format import BoxFormat, to_corners
from optimizer.data.boxes.box_labels import COUNTED, CROWD
from optimizer.data.boxes.picture_boxes import Annotations, PictureBoxes, rows_of
from optimizer.errors import DataError
from optimizer.files.archive import DAMAGED
from optimizer.files.members import Members
from optimizer.words import listed, reason

SUFFIX = ".json"
LARGEST = 512 * 2**20  # bytes of a file
KEYS = {"images", "annotations"}


class _Picture(BaseModel):
    id: int | str
    file_name: str
    width: float | None = None
    height: float | None = None


class _Category(BaseModel):
    id: int
    name: str = ""


class _Annotation(BaseModel):
    image_id: int | str
    category_id: int
    bbox: tuple[float, float, float, float] | None = None
    iscrowd: int = 0


class _Coco(BaseModel):
    images: list[_Picture]
    annotations: list[_Annotation]
    categories: list[_Category] = []


_COCO = TypeAdapter(_Coco)


def read_coco(members: Members, pictures: Sequence[str]) -> Annotations | None:
    """The labels of pictures, from the files of this form among others; None where there are none.

    Args:
        members: All files.
        pictures: The paths of those that are pictures.

    Raises:
        DataError: such a file is damaged, or two of them number their classes differently.
    """
    found = {
        name: coco
        for name in members.names
        if name.lower().endswith(SUFFIX) and (coco := _read(members, name)) is not None
    }
    if not found:
        return None
    categories = _categories(found)
    places = {number: place for place, number in enumerate(sorted(categories))}
    boxes: dict[str, PictureBoxes] = {}
    lost: list[str] = []
    for name, coco in found.items():
        where = _finder(name, pictures)
        of_picture: dict[int | str, list[_Annotation]] = {}
        for one in coco.annotations:
            if one.bbox is not None:
                of_picture.setdefault(one.image_id, []).append(one)
        for picture in coco.images:
            path = where(picture.file_name)
            if path is None:
                lost.append(picture.file_name)
                continue
            boxes[path] = _boxes(of_picture.get(picture.id, []), picture, places, name)
    if not boxes:
        raise DataError(
            f"{listed(sorted(found))} speaks of {len(lost):,} pictures ({listed(lost)}), but none "
            "of them is there. Give the pictures under the names that the file has."
        )
    notes: tuple[str, ...] = ()
    if lost:
        notes = (f"{len(lost):,} pictures of {listed(sorted(found))} are not there: "
                 f"{listed(lost)}.",)  # fmt: skip
    ids = tuple(sorted(categories))
    return Annotations(
        "images with COCO JSON",
        boxes,
        tuple(categories[number] or str(number) for number in ids),
        () if ids == tuple(range(len(ids))) else ids,
        notes,
    )


def _read(members: Members, name: str) -> _Coco | None:
    """The content of a file; None where it is of another form."""
    if members.size(name) > LARGEST:
        raise DataError(
            f"{name} is larger than {LARGEST // 2**20} MB. Give the labels of fewer pictures."
        )
    raw = b""
    try:
        raw = members.read(name)
        content: Any = json.loads(raw)
    except (ValueError, RecursionError, *DAMAGED) as error:
        if raw and b'"bbox"' not in raw:
            return None
        raise DataError(
            f"{name} is no JSON that can be read ({reason(error)}). Save it again."
        ) from error
    if not isinstance(content, dict) or not content.keys() >= KEYS:
        return None
    try:
        return _COCO.validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"{name} is not as COCO has it: {place}: {first['msg']}. Save it as COCO's own "
            "instances file is."
        ) from error


def _categories(found: dict[str, _Coco]) -> dict[int, str]:
    """The names of the classes by their numbers."""
    categories: dict[int, str] = {}
    for name, coco in found.items():
        own = {one.id: one.name for one in coco.categories}
        own |= {one.category_id: "" for one in coco.annotations if one.category_id not in own}
        for number, called in own.items():
            if categories.setdefault(number, called) != called:
                raise DataError(
                    f"Category {number} is called “{called}” in {name} and "
                    f"“{categories[number]}” in another file. Number the classes alike."
                )
    names = [called for called in categories.values() if called]
    if len(set(names)) < len(names):  # two of one name are told apart by their numbers
        return {number: f"{called} {number}".strip() for number, called in categories.items()}
    return categories


def _finder(name: str, pictures: Sequence[str]) -> Any:
    """Where a picture lies that a file of this name calls by its own or by a path."""
    beside = PurePosixPath(name).parent
    there = set(pictures)
    by_name: dict[str, list[str]] = {}
    for path in pictures:
        by_name.setdefault(PurePosixPath(path).name, []).append(path)

    def find(called: str) -> str | None:
        path = PurePosixPath(called.replace("\\", "/"))
        if str(beside / path) in there:
            return str(beside / path)
        same = by_name.get(path.name, [])
        ending = [one for one in same if one.endswith(f"/{path}")]
        return (ending or same)[0] if len(ending or same) == 1 else _nearest(same, name)

    return find


def _nearest(same: Sequence[str], name: str) -> str | None:
    """Of several pictures of one name that in the folder which the labels' name speaks of."""
    stem = PurePosixPath(name).stem.lower()
    fitting = [one for one in same if PurePosixPath(one).parent.name.lower() in stem]
    return fitting[0] if len(fitting) == 1 else None


def _boxes(
    found: Sequence[_Annotation], picture: _Picture, places: dict[int, int], name: str
) -> PictureBoxes:
    given = np.array([one.bbox for one in found], np.float64).reshape(-1, 4)
    if not np.isfinite(given).all() or (given[:, 2:] < 0).any():
        raise DataError(
            f"{name} has a box of {picture.file_name} with a size below 0, or that is no number. "
            "A bbox is left, top, width, height, in pixels."
        )
    size = (picture.width, picture.height) if picture.width and picture.height else None
    return PictureBoxes(
        rows_of(
            np.array([places[one.category_id] for one in found], np.float64),
            to_corners(given, BoxFormat.XYWH),
            np.array([CROWD if one.iscrowd else COUNTED for one in found], np.float64),
        ),
        size,
    )
