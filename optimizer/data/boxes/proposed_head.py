"""data/boxes/: how a detector's outputs are most likely read, from their shapes and names."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from optimizer.data.boxes.box_format import BoxFormat
from optimizer.data.boxes.head import Background, Cells, Head, Layout, Scores
from optimizer.data.data_options import HeadQuestion, UndecidedHeadError
from optimizer.errors import DataError
from optimizer.models.summary import TensorSpec
from optimizer.words import either, listed, sizes

Shape = tuple[int, ...]
BINS = 4 * 16  # values of YOLOv8's distances in a cell
UNKNOWN = {3, 4}  # outputs
FEW = 20  # values of a row; boxes are many more
NAMES: dict[str, tuple[str, ...]] = {
    "heat": ("heat", "hm", "center", "centre", "cls"),
    "size": ("size", "wh"),
    "offset": ("off", "reg"),
    "boxes": ("box", "loc", "regress"),
    "scores": ("score", "conf", "prob", "cls", "class"),
}
"""What names of outputs hold, in lower case."""
USUAL = {
    Layout.YOLO: Head(Layout.YOLO, (), BoxFormat.CXCYWH),
    Layout.GRID: Head(Layout.GRID, (), scores=Scores.SIGMOID, objectness=True),
    Layout.SSD: Head(Layout.SSD, (), BoxFormat.CYCXHW, scores=Scores.SIGMOID),
    Layout.CENTERNET: Head(Layout.CENTERNET, (), BoxFormat.CXCYWH, "cells", nms=0.0),
    Layout.FINAL: Head(Layout.FINAL, (), nms=0.0, least=0.0),
}
"""What each layout has as a rule."""
COUNTS = {
    Layout.YOLO: {1, 2},
    Layout.SSD: {2},
    Layout.CENTERNET: {2, 3},
    Layout.FINAL: {1, 3, 4},
}
"""How many outputs each layout takes; grids may be any number."""
UNSAID = (
    "Say how boxes are read (a form on the Data page, or --head): yolo, grid, ssd, centernet or "
    "final, such as yolo(outputs=0, boxes=cxcywh, unit=pixels)"
)


def propose(
    outputs: Sequence[TensorSpec],
    classes: int,
    layout: Layout | None,
    given: dict[str, Any],
    *,
    anchors: int = 0,
) -> Head:
    """The likeliest reading of a detector's outputs.

    Args:
        outputs: Of the model.
        classes: Of the labels.
        layout, given: What the user said, see `parse_head`.
        anchors: How many there are; 0: none.

    Raises:
        UndecidedHeadError: no layout fits the outputs, or the one that was given does not.
        DataError: it names outputs that there are not.
    """
    shapes = [tuple(int(size or 1) for size in spec.shape[1:]) for spec in outputs]
    names = [spec.name.lower() for spec in outputs]
    ways = [layout] if layout else [Layout.FINAL, Layout.CENTERNET, Layout.SSD, Layout.YOLO,
                                    Layout.GRID]  # fmt: skip
    said = given.get("outputs")
    if said is not None:
        _check(said, len(outputs), layout)
    for way in ways:
        if way is Layout.SSD and not (layout or anchors):
            continue
        found = _PROPOSALS[way](shapes, names, classes, said, anchors)
        if found is not None:
            return replace(found, **given)
    told = listed([f"{spec.name} ({sizes(shape, empty='one value')})" for spec, shape
                   in zip(outputs, shapes, strict=True)])  # fmt: skip
    if layout and said:
        return replace(USUAL[layout], **given)
    which = f"cannot be told for {layout.value}" if layout else "cannot be told"
    raise UndecidedHeadError(
        f"Which of the outputs hold boxes and scores {which}; there are {told}, and the labels "
        f"have {classes:,} classes. {UNSAID}.",
        HeadQuestion(tuple(map(str, outputs))),
    )


def _check(said: Shape, count: int, layout: Layout | None) -> None:
    allowed = COUNTS.get(layout) if layout else None
    if layout and allowed and len(said) not in allowed:
        raise DataError(
            f"outputs={'+'.join(map(str, said))} names {len(said):,} outputs, but {layout.value} "
            f"takes {either([str(number) for number in sorted(allowed)])}."
        )
    wrong = [place for place in said if place >= count]
    if wrong or len(set(said)) < len(said):
        raise DataError(
            f"outputs={'+'.join(map(str, said))} names outputs that the model does not "
            f"have; it has {count:,}, counted from 0. Name each one once."
        )


def _final(
    shapes: list[Shape], names: list[str], classes: int, said: Shape | None, anchors: int
) -> Head | None:
    """Boxes (k, 4), classes and scores (k), and maybe a count; or rows of six."""
    del anchors
    final = USUAL[Layout.FINAL]
    if said:
        form = BoxFormat.YXYX if len(said) > 1 else BoxFormat.XYXY
        return replace(final, outputs=said, boxes=form)
    if len(shapes) == 1 and shapes[0][-1:] == (6,) and 6 not in {4 + classes, 5 + classes}:
        return replace(final, outputs=(0,))
    if len(shapes) in UNKNOWN and not any(shapes):
        # Files of TFLite_Detection_PostProcess do not tell the shapes of what it gives.
        return replace(final, outputs=_by_names(names), boxes=BoxFormat.YXYX)
    boxes = [at for at, shape in enumerate(shapes) if shape[-1:] == (4,)]
    flat = {at: _flat(shape) for at, shape in enumerate(shapes)}
    if len(boxes) != 1 or len(shapes) < 3:
        return None
    count = _flat(shapes[boxes[0]]) // 4
    rows = [at for at in flat if flat[at] == count and at not in boxes]
    counts = [at for at in flat if flat[at] == 1 and at not in rows and at not in boxes]
    if len(rows) != 2:
        return None
    scores = [at for at in rows if _holds(names[at], ("score", "conf"))]
    kinds = [at for at in rows if _holds(names[at], ("class", "label", "categor"))]
    if len(scores) == 1:
        rows = [at for at in rows if at not in scores] + scores
    elif len(kinds) == 1:
        rows = kinds + [at for at in rows if at not in kinds]
    return replace(final, outputs=(*boxes, *rows, *counts[:1]), boxes=BoxFormat.YXYX)


def _by_names(names: list[str]) -> Shape:
    """The places of boxes, classes, scores and count; as they stand where names do not tell."""
    parts = (("box", "loc"), ("class", "categor", "label"), ("score", "conf"), ("count", "num"))
    found = [[at for at, name in enumerate(names) if _holds(name, part)] for part in parts]
    found = found[: len(names)]
    if all(len(places) == 1 for places in found):
        return tuple(places[0] for places in found)
    return tuple(range(len(names)))


def _centernet(
    shapes: list[Shape], names: list[str], classes: int, said: Shape | None, anchors: int
) -> Head | None:
    """Heat (rows, columns, classes), and sizes and offsets (rows, columns, 2)."""
    del anchors
    head = USUAL[Layout.CENTERNET]
    maps = {at for at, shape in enumerate(shapes) if len(shape) == 3}
    across = bool(maps) and all(shapes[at][0] in {2, classes} for at in maps)
    across = across and not all(shapes[at][2] in {2, classes} for at in maps)
    head = replace(head, across=across)
    if said:
        return replace(head, outputs=said)
    if len(shapes) not in {2, 3} or len(maps) != len(shapes):
        return None
    if len({shape[1:] if across else shape[:2] for shape in shapes}) != 1:
        return None
    width = {at: shapes[at][0 if across else 2] for at in maps}
    heat = [at for at in width if width[at] == classes and (classes != 2 or _is(names[at], "heat"))]
    if not heat and classes == 2:
        heat = [0]
    others = [at for at in sorted(maps) if at not in heat[:1]]
    if not heat or any(width[at] != 2 for at in others):
        return None
    if len(others) == 2 and (_is(names[others[1]], "size") or _is(names[others[0]], "offset")):
        others.reverse()
    return replace(head, outputs=(heat[0], *others))


def _two(shapes: list[Shape], names: list[str], classes: int) -> tuple[int, int, int] | None:
    """The places of boxes (k, 4) and scores (k, classes), and how many scores a box has."""
    if len(shapes) != 2:
        return None
    for boxes, scores in ((0, 1), (1, 0)):
        own, other = (_squeezed(shapes[at]) for at in (boxes, scores))
        if own[-1:] != (4,) or len(own) != 2 or own[0] != other[0]:
            continue
        width = other[1] if len(other) > 1 else 1
        if width == 4 and (_is(names[scores], "boxes") or _is(names[boxes], "scores")):
            continue
        return boxes, scores, width
    del classes
    return None


def _ssd(
    shapes: list[Shape], names: list[str], classes: int, said: Shape | None, anchors: int
) -> Head | None:
    del anchors
    head = USUAL[Layout.SSD]
    found = _two(shapes, names, classes)
    if said:
        places, width = said, _squeezed(shapes[said[-1]])[-1]
    elif found:
        places, width = found[:2], found[2]
    else:
        return None
    return replace(head, outputs=places, background=_background(width, classes))


def _yolo(
    shapes: list[Shape], names: list[str], classes: int, said: Shape | None, anchors: int
) -> Head | None:
    del anchors
    head = USUAL[Layout.YOLO]
    found = _two(shapes, names, classes)
    if found and not (said and len(said) == 1):
        return replace(
            head, outputs=said or found[:2], boxes=BoxFormat.XYXY,
            background=_background(found[2], classes),
        )  # fmt: skip
    # A file may give its raw grids beside the decoded rows, which come first.
    if not said and (len(_squeezed(shapes[0])) != 2 or any(len(s) < 3 for s in shapes[1:])):
        return None
    place = said[0] if said else 0
    shape = _squeezed(shapes[place])
    if len(shape) != 2:
        return None
    for start, objectness in ((5, True), (4, False)):
        if start + classes in shape:
            across = shape[1] != start + classes
            return replace(head, outputs=(place,), objectness=objectness, across=across)
    low, high = min(shape), max(shape)
    if low <= 4 or high < FEW:
        return None
    return replace(
        head, outputs=(place,), objectness=low > 4 + classes, across=shape[0] == low != high
    )


def _grid(
    shapes: list[Shape], names: list[str], classes: int, said: Shape | None, anchors: int
) -> Head | None:
    """Grids (rows, columns, anchors · values), or with the anchors apart; or channels first."""
    del names
    head = USUAL[Layout.GRID]
    places = said or tuple(sorted(range(len(shapes)), key=lambda at: -_flat(shapes[at][:2])))
    grids = [shapes[at] for at in places]
    if not grids or any(len(shape) not in {3, 4} for shape in grids):
        return None
    many = max(1, anchors // len(grids))
    fitting = {many * (5 + classes), 5 + classes, 4 + classes, BINS + classes}
    across = all(shape[0] in fitting for shape in grids if len(shape) == 3) and not all(
        shape[-1] in fitting for shape in grids
    )
    values = grids[0][0] if across and len(grids[0]) == 3 else grids[0][-1]
    if across and not said:
        places = tuple(sorted(places, key=lambda at: -_flat(shapes[at][1:])))
    head = replace(head, outputs=places, across=across)
    if values == BINS + classes:
        return replace(head, cells=Cells.DISTANCES, objectness=False)
    if anchors:
        return replace(head, cells=Cells.EXP)
    if values == 5 + classes or (classes == 1 and values == 5):
        return replace(head, cells=Cells.FREE)
    return replace(head, cells=Cells.FREE, objectness=values != 4 + classes) if said else None


def _background(width: int, classes: int) -> Background:
    return Background.FIRST if width == classes + 1 else Background.NONE


def _flat(shape: Shape) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


def _squeezed(shape: Shape) -> Shape:
    """Without sizes of 1, but for two at least."""
    long = tuple(size for size in shape if size > 1)
    return long if len(long) > 1 else (*long, *(1,) * (2 - len(long)))


def _holds(name: str, parts: Sequence[str]) -> bool:
    return any(part in name for part in parts)


def _is(name: str, what: str) -> bool:
    return _holds(name, NAMES[what])


_PROPOSALS = {
    Layout.FINAL: _final,
    Layout.CENTERNET: _centernet,
    Layout.SSD: _ssd,
    Layout.YOLO: _yolo,
    Layout.GRID: _grid,
}
