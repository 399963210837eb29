"""tests of data/: labels that are boxes, in the forms in which people have them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from optimizer.data.boxes.head import Layout
from optimizer.data.boxes.voc_xml import parse_xml
from optimizer.data.data_options import UndecidedHeadError
from optimizer.data.labels import Task
from optimizer.errors import DataError
from optimizer.models.summary import TensorSpec
from tests.archives import zip_folder
from tests.data.conftest import Reader, gathered
from tests.refused import refused
from tests.summaries import summary

WIDE, HIGH = 40, 20  # pixels of a picture; the model's are 8 x 8
BOXES: list[list[tuple[str, float, float, float, float]]] = [
    [("cat", 4, 2, 20, 10), ("dog", 10, 5, 30, 20)],
    [("dog", 0, 0, 8, 4)],
    [],
    [("cat", 20, 10, 40, 20)],
]
"""Of each picture: name, left, top, right, bottom, in pixels."""
ORDER = {"cat": 0, "dog": 1}


def detector(shape: tuple[int, ...] = (20, 6)) -> Any:
    """The summary of a model that gives rows of four numbers and two scores."""
    from dataclasses import replace

    return replace(summary((8, 8, 3)), outputs=(TensorSpec("rows", (None, *shape), "float32"),))


def wanted() -> list[list[list[float]]]:
    return [
        [[ORDER[name], a / WIDE, b / HIGH, c / WIDE, d / HIGH, 0] for name, a, b, c, d in own]
        for own in BOXES
    ]


def pictures(folder: Path, count: int = 4) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.new("RGB", (WIDE, HIGH), (number, 0, 0)).save(folder / f"{number}.png")
    return folder


def coco(folder: Path, ids: tuple[int, int] = (1, 2), *, size: bool = True) -> Path:
    pictures(folder / "images")
    content: dict[str, Any] = {
        "images": [
            {"id": 10 + at, "file_name": f"{at}.png"}
            | ({"width": WIDE, "height": HIGH} if size else {})
            for at in range(4)
        ],
        "categories": [{"id": ids[at], "name": name} for name, at in ORDER.items()],
        "annotations": [
            {"image_id": 10 + at, "category_id": ids[ORDER[name]], "bbox": [a, b, c - a, d - b]}
            for at, own in enumerate(BOXES)
            for name, a, b, c, d in own
        ],
    }
    (folder / "instances.json").write_text(json.dumps(content))
    return folder


def yolo(folder: Path, *, beside: bool = False) -> Path:
    pictures(folder / "images")
    labels = folder / ("images" if beside else "labels")
    labels.mkdir(exist_ok=True)
    for at, own in enumerate(BOXES):
        if not own:
            continue  # a picture of nothing has no text
        lines = [
            f"{ORDER[name]} {(a + c) / 2 / WIDE} {(b + d) / 2 / HIGH} {(c - a) / WIDE} "
            f"{(d - b) / HIGH}"
            for name, a, b, c, d in own
        ]
        (labels / f"{at}.txt").write_text("\n".join(lines) + "\n")
    (folder / "data.yaml").write_text("nc: 2\nnames: ['cat', 'dog']  # two\n")
    return folder


def voc(folder: Path) -> Path:
    pictures(folder / "JPEGImages")
    (folder / "Annotations").mkdir()
    for at, own in enumerate(BOXES):
        objects = "".join(
            f"<object><name>{name}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax>"
            f"<ymax>{d}</ymax></bndbox></object>"
            for name, a, b, c, d in own
        )
        size = f"<size><width>{WIDE}</width><height>{HIGH}</height></size>"
        (folder / "Annotations" / f"{at}.xml").write_text(
            f"<annotation>{size}{objects}</annotation>"
        )
    return folder


def check(reader: Reader, record: Any) -> None:
    """The boxes of each picture, which its colour tells."""
    assert record.task is Task.DETECTION
    assert (record.class_names, record.classes) == (("cat", "dog"), 2)
    assert record.class_counts == (2, 2)
    x, y = gathered(reader.opened(record))
    assert y.shape == (4, 2, 6)
    for picture, rows in zip(x, y, strict=True):
        own = rows[rows[:, 0] >= 0]
        expected = np.array(wanted()[int(picture[0, 0, 0])]).reshape(-1, 6)
        np.testing.assert_allclose(own, expected, atol=1e-6)


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (coco, "images with COCO JSON"),
        (lambda folder: coco(folder, size=False), "images with COCO JSON"),
        (yolo, "images with YOLO labels"),
        (lambda folder: yolo(folder, beside=True), "images with YOLO labels"),
        (voc, "images with Pascal VOC XML"),
    ],
    ids=["coco", "coco without sizes", "yolo", "yolo beside", "voc"],
)
def test_boxes_lie_beside_pictures(
    reader: Reader, tmp_path: Path, make: Any, kind: str, form: str
) -> None:
    path = make(tmp_path / "data")
    if form == "zip":
        path = zip_folder(path, tmp_path / "data.zip", "data/")
    record = reader.read_file(detector(), path)
    assert record.kind == kind
    check(reader, record)


@pytest.mark.parametrize("pixels", [True, False])
@pytest.mark.parametrize("form", ["xyxy", "xywh", "cxcywh", "yxyx"])
def test_boxes_are_arrays(reader: Reader, form: str, pixels: bool) -> None:
    boxes, classes = np.zeros((4, 3, 4)), np.full((4, 3), -1)
    for at, own in enumerate(wanted()):
        for place, (number, a, b, c, d, _) in enumerate(own):
            classes[at, place] = number
            boxes[at, place] = {
                "xyxy": (a, b, c, d), "yxyx": (b, a, d, c), "xywh": (a, b, c - a, d - b),
                "cxcywh": ((a + c) / 2, (b + d) / 2, c - a, d - b),
            }[form]  # fmt: skip
    x = np.zeros((4, 8, 8, 3), np.uint8) + np.arange(4, dtype=np.uint8)[:, None, None, None]
    name = "boxes" if form == "xyxy" else f"boxes_{form}"
    record = reader(
        detector(), x=x, classes=classes, class_names=np.array(["cat", "dog"]),
        **{name: boxes * 8 if pixels else boxes},
    )  # fmt: skip
    check(reader, record)


@pytest.mark.parametrize("make", [coco, yolo, voc], ids=["coco", "yolo", "voc"])
def test_a_letterbox_keeps_the_proportions_and_boxes_go_with_their_pictures(
    reader: Reader, tmp_path: Path, make: Any
) -> None:
    record = reader.read_file(detector(), make(tmp_path / "data"), letterbox=True)
    assert record.letterbox
    assert any("letterbox" in note for note in record.notes)
    x, y = gathered(reader.opened(record))
    # 40 x 20 becomes 8 x 4 in the middle of 8 x 8: two rows of bars above, two below.
    assert set(x[:, [0, 1, 6, 7]].ravel()) == {114}
    assert (x[:, 2:6, :, 1:] == 0).all()
    for picture, rows in zip(x, y, strict=True):
        expected = [
            [number, a, 0.25 + b / 2, c, 0.25 + d / 2, counts]
            for number, a, b, c, d, counts in wanted()[int(picture[4, 0, 0])]
        ]
        own = rows[rows[:, 0] >= 0]
        np.testing.assert_allclose(own, np.array(expected).reshape(-1, 6), atol=1e-6)


def test_without_a_letterbox_detectors_are_told_of_it(reader: Reader, tmp_path: Path) -> None:
    record = reader.read_file(detector(), coco(tmp_path / "data"))
    assert any("--letterbox" in note for note in record.notes)
    assert not record.letterbox


def test_what_need_not_be_found_is_marked(reader: Reader, tmp_path: Path) -> None:
    path = voc(tmp_path / "data")
    file = path / "Annotations" / "1.xml"
    file.write_text(file.read_text().replace("<bndbox>", "<difficult>1</difficult><bndbox>"))
    _, y = gathered(reader.opened(reader.read_file(detector(), path)))
    assert sorted(y[y[..., 0] >= 0][:, 5]) == [0, 0, 0, 1]
    path = coco(tmp_path / "coco")
    content = json.loads((path / "instances.json").read_text())
    content["annotations"][0]["iscrowd"] = 1
    (path / "instances.json").write_text(json.dumps(content))
    _, y = gathered(reader.opened(reader.read_file(detector(), path)))
    assert sorted(y[y[..., 0] >= 0][:, 5]) == [0, 0, 0, 2]


def test_parts_in_folders_called_train_and_val_are_roles(reader: Reader, tmp_path: Path) -> None:
    for part in ("train2017", "val2017"):
        pictures(tmp_path / "c" / part, 6)
        boxes = [{"image_id": at, "category_id": 5, "bbox": [1, 1, 9, 9]} for at in range(6)]
        images = [{"id": at, "file_name": f"{at}.png"} for at in range(6)]
        content = {"images": images, "annotations": boxes, "categories": [{"id": 5, "name": "a"}]}
        (tmp_path / "c" / "annotations").mkdir(exist_ok=True)
        (tmp_path / "c" / "annotations" / f"instances_{part}.json").write_text(json.dumps(content))
    record = reader.read_file(detector((20, 5)), tmp_path / "c")
    assert (record.count, record.evaluation) == (12, 6)
    assert record.head is not None
    assert record.head.ids == (5,)


def test_names_of_the_user_give_the_order_of_voc_classes(reader: Reader, tmp_path: Path) -> None:
    record = reader.read_file(detector(), voc(tmp_path / "d"), class_names=("dog", "cat"))
    _, y = gathered(reader.opened(record))
    assert record.class_names == ("dog", "cat")
    assert y[0, 0, 0] == 1
    assert "order of the alphabet" not in " ".join(record.notes)


def test_an_outline_has_the_box_around_it(reader: Reader, tmp_path: Path) -> None:
    path = yolo(tmp_path / "d")
    (path / "labels" / "1.txt").write_text("1 0.1 0.5 0.3 0.2 0.2 0.9\n")
    _, y = gathered(reader.opened(reader.read_file(detector(), path)))
    np.testing.assert_allclose(y[1, 0], (1, 0.1, 0.2, 0.3, 0.9, 0), atol=1e-9)


def test_texts_that_are_no_boxes_are_left_out_as_before(reader: Reader, tmp_path: Path) -> None:
    path = pictures(tmp_path / "d")
    (path / "0.txt").write_text("a cat on a mat\n")
    (path / "about.json").write_text("{}")
    (path / "broken.json").write_text("{")
    record = reader.read_file(summary((8, 8, 3)), path)
    assert record.task is Task.UNLABELLED
    assert any("3 files are no images" in note for note in record.notes)


@pytest.mark.parametrize(
    ("make", "file", "text", "parts"),
    [
        (yolo, "labels/1.txt", "0 0.5 0.5 0.2\n", ("Line 1 of labels/1.txt", "0 0.5 0.5 0.2 0.3")),
        (yolo, "labels/1.txt", "0 5 5 20 30\n", ("Line 1", "shares of the picture")),
        (coco, "instances.json", '{"a": [{"bbox": [1,', ("instances.json", "JSON", "Save it")),
        (coco, "instances.json", '{"images": 3, "annotations": []}', ("COCO", "images")),
        (voc, "Annotations/1.xml", "<annotation><object>", ("1.xml", "XML", "Save it again")),
        (voc, "Annotations/1.xml",
         '<!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>', ("document type",)),
        (voc, "Annotations/1.xml",
         "<annotation><object><name>cat</name></object></annotation>", ("xmin", "bndbox")),
    ],
)  # fmt: skip
def test_damaged_labels_are_refused(
    reader: Reader, tmp_path: Path, make: Any, file: str, text: str, parts: tuple[str, ...]
) -> None:
    path = make(tmp_path / "d")
    (path / file).write_text(text)
    with refused(DataError, *parts):
        reader.read_file(detector(), path)


def test_entities_of_a_billion_laughs_are_never_expanded() -> None:
    from xml.etree.ElementTree import ParseError

    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    with pytest.raises(ParseError, match="document type"):
        parse_xml(f'<!DOCTYPE a [<!ENTITY l0 "ha">{levels}]><a>&l11;</a>'.encode())


def test_boxes_serve_detection_alone(reader: Reader, tmp_path: Path) -> None:
    boxes = np.tile([0.1, 0.1, 0.5, 0.5], (4, 1, 1))
    x = np.zeros((4, 8, 8, 3), np.uint8)
    with refused(DataError, "cannot be used for detection", "COCO", "boxes"):
        reader(detector(), x=x, y=np.zeros((4, 20, 6)))
        reader.read_file(detector(), task=Task.DETECTION)
    record = reader(detector((20, 5)), x=x, y=np.zeros((4, 20, 5)), boxes=boxes)
    assert record.task is Task.DETECTION
    assert "y was left out" in " ".join(record.notes)
    assert reader.read_file(detector((20, 5)), task=Task.REGRESSION).task is Task.REGRESSION
    with refused(DataError, "“classes”"):
        reader(detector(), x=x, boxes=boxes, classes=np.zeros((4, 2)))


@pytest.mark.parametrize(
    ("shapes", "names", "classes", "anchors", "layout", "outputs"),
    [
        ([(8400, 84)], ["o"], 80, 0, Layout.YOLO, (0,)),
        ([(84, 8400)], ["o"], 80, 0, Layout.YOLO, (0,)),
        ([(25200, 85)], ["o"], 80, 0, Layout.YOLO, (0,)),
        ([(1917, 91), (1917, 4)], ["a", "b"], 90, 1917, Layout.SSD, (1, 0)),
        ([(1917, 91), (1917, 4)], ["a", "b"], 90, 0, Layout.YOLO, (1, 0)),
        ([(13, 13, 255), (52, 52, 255), (26, 26, 255)], ["a", "b", "c"], 80, 9, Layout.GRID,
         (1, 2, 0)),
        ([(80, 80, 85), (40, 40, 85)], ["a", "b"], 80, 0, Layout.GRID, (0, 1)),
        ([(80, 80, 144)], ["a"], 80, 0, Layout.GRID, (0,)),
        ([(128, 128, 2), (128, 128, 80), (128, 128, 2)], ["reg", "hm", "wh"], 80, 0,
         Layout.CENTERNET, (1, 2, 0)),
        ([(10, 4), (10,), (10,), ()], ["boxes", "classes", "scores", "n"], 90, 0, Layout.FINAL,
         (0, 1, 2, 3)),
        ([(10,), (10, 4), (), (10,)], ["scores", "b", "n", "x"], 90, 0, Layout.FINAL,
         (1, 3, 0, 2)),
        ([(300, 6)], ["o"], 80, 0, Layout.FINAL, (0,)),
        ([(), (), (), ()], ["boxes", "scores", "count", "classes"], 90, 0, Layout.FINAL,
         (0, 3, 1, 2)),
        ([(), (), (), ()], ["p", "p:1", "p:2", "p:3"], 90, 0, Layout.FINAL, (0, 1, 2, 3)),
        ([(16, 6)], ["o"], 2, 0, Layout.YOLO, (0,)),
    ],
)  # fmt: skip
def test_a_reading_is_proposed_from_shapes_and_names(
    shapes: list[tuple[int, ...]], names: list[str], classes: int, anchors: int, layout: Layout,
    outputs: tuple[int, ...],
) -> None:  # fmt: skip
    from optimizer.data.boxes.proposed_head import propose

    specs = [
        TensorSpec(name, (None, *shape), "float32")
        for name, shape in zip(names, shapes, strict=True)
    ]
    head = propose(specs, classes, None, {}, anchors=anchors)
    assert (head.layout, head.outputs) == (layout, outputs)


def test_what_no_shape_tells_has_to_be_said() -> None:
    from optimizer.data.boxes.proposed_head import propose

    specs = [TensorSpec("a", (None, 3, 5, 7, 9), "float32")]
    with refused(UndecidedHeadError, "a (3 × 5 × 7 × 9)", "2 classes", "--head", "yolo("):
        propose(specs, 2, None, {})
    with refused(DataError, "outputs=3", "1, counted from 0"):
        propose(specs, 2, Layout.YOLO, {"outputs": (3,)})
    with refused(DataError, "outputs=0 names 1", "ssd takes 2"):
        propose(specs, 2, Layout.SSD, {"outputs": (0,)})
