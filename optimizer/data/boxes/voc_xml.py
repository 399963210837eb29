"""data/boxes/: labels as Pascal VOC has them: for each picture an XML with its objects.

Everingham et al., The PASCAL Visual Object Classes Challenge (2010). Coordinates are taken as they
stand, as TensorFlow's and PyTorch's readers do; "difficult" objects need not be found.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers import expat

import numpy as np

from optimizer.data.boxes.box_labels import COUNTED, IGNORED
from optimizer.data.boxes.picture_boxes import Annotations, PictureBoxes, rows_of
from optimizer.errors import DataError
from optimizer.files.archive import DAMAGED
from optimizer.files.members import Members
from optimizer.words import listed

SUFFIX = ".xml"
LARGEST = 16 * 2**20  # bytes of a file
CORNERS = ("xmin", "ymin", "xmax", "ymax")
LONGEST = 100  # letters of a name


def read_voc(
    members: Members, pictures: Sequence[str], wanted: Sequence[str] = ()
) -> Annotations | None:
    """The labels of pictures, from XML files called as they are; None where there are none.

    Args:
        members: All files.
        pictures: The paths of those that are pictures.
        wanted: The classes in the order of the model's outputs, where the user said them; else they
            are taken in the order of the alphabet.

    Raises:
        DataError: such a file is damaged, or it declares entities.
    """
    files: dict[str, list[str]] = {}
    for name in members.names:
        if name.lower().endswith(SUFFIX):
            files.setdefault(PurePosixPath(name).stem, []).append(name)
    found: dict[str, Element] = {}
    for picture in pictures:
        path = _nearest(files.get(PurePosixPath(picture).stem, []), picture)
        tree = _read(members, path) if path else None
        if tree is not None and tree.tag == "annotation":
            found[picture] = tree
    if not found:
        return None
    there = {
        _text(one, "name", picture) for picture in found for one in found[picture].iter("object")
    }
    names = tuple(wanted) if wanted and there <= set(wanted) else tuple(sorted(there))
    places = {name: place for place, name in enumerate(names)}
    notes = []
    if names != tuple(wanted):
        notes.append(
            f"The XML files name the classes; they are taken in the order of the alphabet "
            f"({listed(names)}). If the model has another order, give all its names in it "
            "(--class-names)."
        )
    bare = [picture for picture in pictures if picture not in found]
    if bare:
        notes.append(
            f"{len(bare):,} pictures have no XML of their name and were left out: {listed(bare)}."
        )
    return Annotations(
        "images with Pascal VOC XML",
        {picture: _boxes(tree, picture, places) for picture, tree in found.items()},
        names,
        notes=tuple(notes),
    )


def _nearest(files: Sequence[str], picture: str) -> str | None:
    """Of files of the picture's name the one that shares most folders with it."""
    own = PurePosixPath(picture).parts[:-1]
    return max(
        files,
        key=lambda name: sum(
            mine == theirs for mine, theirs in zip(own, PurePosixPath(name).parts, strict=False)
        ),
        default=None,
    )


def parse_xml(content: bytes) -> Element:
    """A tree of elements; a document type, which alone can declare entities, is refused.

    Raises:
        ParseError: it is damaged, or declares a type.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise ParseError("it declares a document type")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ParseError(str(error)) from error
    return builder.close()


def _read(members: Members, name: str) -> Element | None:
    """The content of a file; None where it is of another form."""
    if members.size(name) > LARGEST:
        raise DataError(f"{name} is larger than {LARGEST // 2**20} MB, as no XML of labels is.")
    content = b""
    try:
        content = members.read(name)
        return parse_xml(content)
    except (ParseError, ValueError, LookupError, *DAMAGED) as error:
        if content and b"<annotation" not in content:
            return None
        raise DataError(f"{name} is no XML that can be read ({error}). Save it again.") from error


def _text(element: Element, tag: str, name: str) -> str:
    text = (element.findtext(tag) or "").strip()
    if not text or len(text) > LONGEST:
        raise DataError(
            f"An object of {name} has no <{tag}> of 1 to {LONGEST} letters. Give each one."
        )
    return text


def _boxes(tree: Element, name: str, places: dict[str, int]) -> PictureBoxes:
    classes, corners, counts = [], [], []
    for one in tree.iter("object"):
        box = one.find("bndbox")
        classes.append(places[_text(one, "name", name)])
        corners.append([_number(box, tag, name) for tag in CORNERS])
        difficult = (one.findtext("difficult") or "0").strip() in {"1", "true", "True"}
        counts.append(IGNORED if difficult else COUNTED)
    size = tree.find("size")
    wide, high = (_size(size, tag) for tag in ("width", "height"))
    return PictureBoxes(
        rows_of(
            np.array(classes, np.float64),
            np.array(corners, np.float64).reshape(-1, 4),
            np.array(counts),
        ),
        (wide, high) if wide and high else None,
    )


def _number(element: Element | None, tag: str, name: str) -> float:
    try:
        value = float((element.findtext(tag) if element is not None else None) or "")
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise DataError(
            f"A box of {name} has no number as its {tag}. Expected <bndbox> with "
            f"{', '.join(CORNERS)}, in pixels."
        )
    return value


def _size(element: Element | None, tag: str) -> float:
    text = (element.findtext(tag) if element is not None else None) or ""
    return float(text) if text.strip().isdecimal() else 0.0
