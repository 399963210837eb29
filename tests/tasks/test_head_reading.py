"""tests of tasks/: the reading that finds the labelled boxes is found, and what is said stays."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.arrays import Float32s
from optimizer.data.boxes.box_format import BoxFormat
from optimizer.data.boxes.head import Head, Layout, Numbers, Scores
from optimizer.data.dataset import Dataset
from optimizer.errors import MeasurementError
from optimizer.measure import predict
from optimizer.tasks.head_reading import read_head
from tests.data.conftest import Reader
from tests.detector import scenes, weights
from tests.refused import refused
from tests.summaries import summary

COUNT = 60


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    from dataclasses import replace

    from optimizer.models.summary import TensorSpec

    reader = Reader(tmp_path)
    model = replace(summary((4, 4, 4)), outputs=(TensorSpec("rows", (None, 16, 6), "float32"),))
    return reader.dataset(model, **scenes(COUNT))


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Has the model give its rows in another form."""

    def say(form: Any) -> None:
        def of(file: Path, samples: Any) -> list[Float32s]:
            (x,) = samples.batch(0, len(samples))
            kernel, bias = weights()
            rows = (x.reshape(len(x), -1) @ kernel + bias).reshape(len(x), 16, 6)
            outputs: list[Float32s] = [part.astype(np.float32) for part in form(rows)]
            return outputs

        monkeypatch.setattr(predict, "predict", of)

    return say


def read(dataset: Dataset, head: Head, said: str = "") -> tuple[Head, str]:
    from dataclasses import replace

    dataset.record = replace(dataset.record, head=head)
    return read_head(dataset, said, Path("none"), ["none"], lambda *_: None)


ROWS = Head(Layout.YOLO, (0,), BoxFormat.CXCYWH)


def corners(rows: Any) -> Any:
    return np.concatenate(
        [rows[..., :2] - rows[..., 2:4] / 2, rows[..., :2] + rows[..., 2:4] / 2, rows[..., 4:]], -1
    )


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        (lambda rows: [rows], {"boxes": BoxFormat.CXCYWH, "unit": "unit", "scores": Scores.GIVEN}),
        (lambda rows: [corners(rows)], {"boxes": BoxFormat.XYXY}),
        (lambda rows: [corners(rows)[..., [1, 0, 3, 2, 4, 5]]], {"boxes": BoxFormat.YXYX}),
        (lambda rows: [rows * ([4] * 4 + [1] * 2)], {"unit": "pixels"}),
        (lambda rows: [rows * ([640] * 4 + [1] * 2)], {"unit": "640"}),
        (
            lambda rows: [np.concatenate([rows[..., :4], 8 * rows[..., 4:] - 4], -1)],
            {"scores": Scores.SIGMOID},
        ),
    ],
    ids=["as proposed", "corners", "rows first", "pixels", "of 640", "logits"],
)
def test_the_form_of_boxes_is_found(dataset: Dataset, says: Any, form: Any, wanted: Any) -> None:
    says(form)
    head, note = read(dataset, ROWS)
    assert {name: getattr(head, name) for name in wanted} == wanted
    assert str(head) in note
    assert "readings" in note


@pytest.mark.parametrize("swapped", [True, False])
def test_final_boxes_have_their_classes_told_from_scores(
    dataset: Dataset, says: Any, swapped: bool
) -> None:
    def form(rows: Any) -> Any:
        best, scores = rows[..., 4:].argmax(-1), rows[..., 4:].max(-1)
        classes = best + 1.0
        return [corners(rows)[..., :4], *((scores, classes) if swapped else (classes, scores))]

    says(form)
    head, _ = read(dataset, Head(Layout.FINAL, (0, 1, 2), BoxFormat.YXYX, nms=0.0, least=0.0))
    assert head.outputs == ((0, 2, 1) if swapped else (0, 1, 2))
    assert (head.boxes, head.numbers) == (BoxFormat.XYXY, Numbers.FROM_1)


def test_outputs_of_unknown_shapes_are_told_when_the_file_runs(dataset: Dataset, says: Any) -> None:
    def form(rows: Any) -> Any:
        classes, scores = rows[..., 4:].argmax(-1), rows[..., 4:].max(-1)
        count = np.full(len(rows), rows.shape[1])
        # Behind the count the runtime leaves anything.
        more = np.full((len(rows), 4), 1e6)
        boxes = np.concatenate([corners(rows)[..., :4], np.tile(more[..., None], 4)], axis=1)
        return [np.concatenate([scores, more], 1), count, boxes, np.concatenate([classes, more], 1)]

    says(form)
    head, _ = read(dataset, Head(Layout.FINAL, (0, 1, 2, 3), BoxFormat.YXYX, nms=0, least=0))
    assert (head.outputs, head.boxes, head.unit) == ((2, 3, 0, 1), BoxFormat.XYXY, "unit")


def test_what_the_user_says_is_not_doubted(dataset: Dataset, says: Any) -> None:
    says(lambda rows: [rows])
    head, note = read(dataset, ROWS, "yolo(boxes=yxyx, unit=unit, scores=given, numbers=from_1)")
    assert head == ROWS, "the proposal has it already"
    assert "hardly finds" in note or "float model" in note


def test_a_reading_that_finds_nothing_is_told(dataset: Dataset, says: Any) -> None:
    says(lambda rows: [np.zeros_like(rows)])
    _, note = read(dataset, ROWS)
    assert "hardly finds the labelled boxes" in note
    assert "--head" in note


def test_outputs_that_can_be_read_in_no_way_are_refused(dataset: Dataset, says: Any) -> None:
    says(lambda rows: [rows])
    with refused(MeasurementError, "cannot be read as ssd"):
        read(dataset, Head(Layout.SSD, (0,)))
