"""dashboard/forms/: how a detector's outputs are read as boxes, for people to choose."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.forms import file_chooser
from dashboard.markdown import verbatim
from optimizer.data.boxes.box_format import BoxFormat
from optimizer.data.boxes.head import (
    ENDS,
    USED,
    Background,
    Cells,
    Head,
    Layout,
    Numbers,
    Scores,
)
from optimizer.data.boxes.proposed_head import USUAL

LAYOUTS = {
    Layout.YOLO: "Rows of boxes, decoded (YOLO), or boxes and scores apart",
    Layout.GRID: "Raw values of grids, with anchors or without (YOLO)",
    Layout.SSD: "Offsets from anchors, and scores (SSD)",
    Layout.CENTERNET: "Heat maps of middles, and sizes (CenterNet)",
    Layout.FINAL: "What remains after suppression (TFLite_Detection_PostProcess)",
}
ROLES: dict[Layout, tuple[str, ...]] = {
    Layout.YOLO: ("Rows, or boxes alone", "Scores, where they are apart"),
    Layout.SSD: ("Offsets", "Scores"),
    Layout.CENTERNET: ("Heat", "Sizes", "Offsets, where there are some"),
    Layout.FINAL: ("Boxes, or whole rows", "Classes", "Scores", "Count, where there is one"),
}
LEAST = {Layout.YOLO: 1, Layout.SSD: 2, Layout.CENTERNET: 2, Layout.FINAL: 1}
NONE = "none"
FORMATS = {
    BoxFormat.XYXY: "left, top, right, bottom",
    BoxFormat.YXYX: "top, left, bottom, right",
    BoxFormat.XYWH: "left, top, width, height",
    BoxFormat.CXCYWH: "middle, width, height",
    BoxFormat.CYCXHW: "middle, height, width, rows first",
}
UNITS = {
    "unit": "shares of the picture (0 to 1)",
    "pixels": "pixels of the model’s input",
    "cells": "cells of the heat map",
}
SCORES = {
    Scores.GIVEN: "as they are",
    Scores.SIGMOID: "logits, by a sigmoid",
    Scores.SOFTMAX: "logits, by a softmax",
}
BACKGROUNDS = {
    Background.NONE: "none",
    Background.FIRST: "the first score",
    Background.LAST: "the last score",
}
CELLS = {
    Cells.EXP: "YOLOv2 to v4, with anchors",
    Cells.SQUARED: "YOLOv5 and v7, with anchors",
    Cells.FREE: "YOLOX, without anchors",
    Cells.DISTANCES: "YOLOv8, distances of sides",
    Cells.SHARES: "YOLOv1, shares of the picture",
}
NUMBERS = {
    Numbers.FROM_0: "0, 1, 2, … in the labels’ order",
    Numbers.FROM_1: "1, 2, 3, … in the labels’ order",
    Numbers.IDS: "as the file of labels numbers them",
    Numbers.IDS_LESS_1: "as that numbers them, less one",
}
TITLES = {
    "boxes": "Four numbers of a box", "unit": "They are", "scores": "Scores are",
    "background": "Nothing is", "cells": "Boxes in a cell", "numbers": "Classes are numbered",
}  # fmt: skip
CHOICES: dict[str, dict[Any, str]] = {
    "boxes": FORMATS, "scores": SCORES, "background": BACKGROUNDS, "cells": CELLS,
    "numbers": NUMBERS,
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What the user says.

    Attributes:
        text: See `boxes.head`; empty to have it found.
        anchors: A file of them that was brought; None for those that there are.
    """

    text: str
    anchors: Path | None = None


def choose(key: str, outputs: Sequence[str], head: Head | None) -> Said | None:
    """Draws the choices; returns what was just said, else None.

    Args:
        key: Of the widgets.
        outputs: Of the model, in words.
        head: How it is read now; None: not yet.
    """
    layouts = list(LAYOUTS)
    layout = st.selectbox(
        "What the outputs are", layouts, index=layouts.index(head.layout) if head else 0,
        format_func=LAYOUTS.__getitem__, key=f"{key}.layout",
    )  # fmt: skip
    now = head if head and head.layout is layout else USUAL[layout]
    anchors: Path | None = None
    if layout in {Layout.SSD, Layout.GRID}:
        brought = file_chooser.file(
            f"{key}.anchors", "Anchors: an .npy, or numbers as text", label=True
        )
        kept = f"{key}.anchors.file"
        if brought:
            st.session_state[kept] = brought
        if kept in st.session_state:
            anchors = st.session_state[kept].path
            name = verbatim(st.session_state[kept].name)
            st.markdown(f":green[:material/check:] Anchors: {name}")
    with st.form(f"{key}.form.{layout.value}", border=False):
        said = _fields(f"{key}.{layout.value}", outputs, now)
        with st.container(horizontal=True):
            sent = st.form_submit_button("Read boxes so", type="primary")
            find = st.form_submit_button("Find it again", type="tertiary") if head else False
    if find:
        return Said("", anchors)
    return Said(str(said), anchors) if sent else None


def _fields(key: str, outputs: Sequence[str], now: Head) -> Head:
    """The choices of one layout."""
    chosen: dict[str, Any] = {"outputs": _outputs(key, outputs, now)}
    used = USED[now.layout]
    columns = st.columns(2)
    for place, (name, choices) in enumerate(
        (name, choices) for name, choices in CHOICES.items() if name in used
    ):
        options = list(choices)
        with columns[place % 2]:
            chosen[name] = st.selectbox(
                TITLES[name], options, index=options.index(getattr(now, name)),
                format_func=choices.__getitem__, key=f"{key}.{name}",
            )  # fmt: skip
    with columns[0]:
        if "unit" in used:
            units = [unit for unit in ENDS if unit != "cells" or now.layout is Layout.CENTERNET]
            units += [now.unit] if now.unit not in units else []
            chosen["unit"] = st.selectbox(
                TITLES["unit"], units, index=units.index(now.unit), accept_new_options=True,
                format_func=lambda unit: UNITS.get(unit, unit), key=f"{key}.unit",
                help="Or the width of the picture in which they are counted, such as 640, or its "
                "width and height, 640x480.",
            )  # fmt: skip
        if "variances" in used:
            pair = st.text_input(
                "Offsets are divided by", f"{now.variances[0]:g}+{now.variances[1]:g}",
                key=f"{key}.variances", help="Of middles and of sizes: 10+5.",
            )  # fmt: skip
            chosen["variances"] = _pair(pair, now.variances)
    with columns[1]:
        chosen["least"] = st.number_input(
            "Scores below are nothing", 0.0, 1.0, now.least, 0.001, "%.3f", key=f"{key}.least"
        )
        chosen["nms"] = st.number_input(
            "Overlap from which the better of two stays", 0.0, 1.0, now.nms, 0.05,
            key=f"{key}.nms", help="Intersection over union, within a class; 0: all stay.",
        )  # fmt: skip
    with columns[0]:
        for name, title in (
            ("objectness", "A value before the classes says whether there is anything"),
            ("across", "Boxes or cells lie on the last axes"),
        ):
            if name in used:
                chosen[name] = st.checkbox(title, getattr(now, name), key=f"{key}.{name}")
    return replace(now, **chosen)


def _outputs(key: str, outputs: Sequence[str], now: Head) -> tuple[int, ...]:
    """Which output is what."""
    places = list(range(len(outputs)))
    if now.layout is Layout.GRID:
        grids = [at for at in now.outputs if at in places]
        chosen = st.multiselect(
            "Grids, the finest first", places, default=grids or places,
            format_func=outputs.__getitem__, key=f"{key}.outputs",
        )  # fmt: skip
        return tuple(chosen) or tuple(places)
    found: list[int] = []
    for at, role in enumerate(ROLES[now.layout]):
        needed = at < LEAST[now.layout]
        options: list[int] = [*places] if needed else [-1, *places]
        if len(places) <= at and not needed:
            break
        if now.outputs:
            before = now.outputs[at] if at < len(now.outputs) else -1
        else:
            before = at if needed else -1
        place = st.selectbox(
            role, options, index=options.index(before) if before in options else 0,
            format_func=lambda at: NONE if at < 0 else outputs[at], key=f"{key}.output.{at}",
        )  # fmt: skip
        if place >= 0:
            found.append(place)
    return tuple(found)


def _pair(text: str, before: tuple[float, float]) -> tuple[float, float]:
    try:
        middle, size = (float(one) for one in text.split("+"))
    except ValueError:
        return before
    return middle, size
