"""tests of python -m optimizer: a detector, from its file to compared variants."""

import json
from pathlib import Path

import numpy as np
import pytest

from optimizer.cli.main import main
from tests.detector import CELLS, save_detector, scenes, weights
from tests.measure.test_mean_average_precision import plainly

Printed = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("shared_workers")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_detector(tmp_path_factory.mktemp("detector") / "detector.keras")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scenes") / "scenes.npz"
    parts = {"train": scenes(160, 1), "test": scenes(60, 2)}
    names = parts["train"].pop("class_names")
    del parts["test"]["class_names"]
    arrays = {f"{name}_{part}": a for part, own in parts.items() for name, a in own.items()}
    np.savez(file, class_names=names, **arrays)
    return file


def by_hand() -> float:
    """mAP on the test pictures: every cell has a box of each class, and none suppresses another."""
    test = scenes(60, 2)
    kernel, bias = weights()
    rows = (test["x"].reshape(60, -1) @ kernel + bias).reshape(60, CELLS, 6)
    found, labels = np.zeros((60, 2 * CELLS, 6)), np.zeros((60, 3, 6))
    for number in (0, 1):
        own = found[:, number::2]
        own[..., 0], own[..., 5] = number, rows[..., 4 + number]
        own[..., 1:5] = np.concatenate(
            [rows[..., :2] - rows[..., 2:4] / 2, rows[..., :2] + rows[..., 2:4] / 2], axis=-1
        )
    labels[..., 0], labels[..., 1:5] = test["classes"], test["boxes"]
    for one in (found, labels):  # the picture's edge cuts them
        one[..., 1:5] = one[..., 1:5].clip(0, 1)
    return float(np.mean([
        plainly(found, labels, number, least)
        for number in (0, 1) for least in np.linspace(0.5, 0.95, 10)
    ]))  # fmt: skip


def test_a_detector_is_judged_compared_and_trained_from_the_float_model(
    model: Path, data: Path, tmp_path: Path, capsys: Printed
) -> None:
    trained = "finetune(epochs=1)+float32"
    arguments = ["run", model, "--data", data, "--recipe", "weight_only_int8",
                 "--recipe", trained, "--out", tmp_path / "study"]  # fmt: skip
    assert main([str(one) for one in arguments]) == 0
    printed = capsys.readouterr()
    assert "Boxes are read as yolo(" in printed.err + printed.out
    content = json.loads((tmp_path / "study" / "results.json").read_text())
    assert content["dataset"]["task"] == "detection"
    assert content["dataset"]["head"].startswith("yolo(outputs=0, boxes=cxcywh, unit=unit,")
    made = {one["recipe"]: one for one in content["variants"]}
    baseline = made["float32"]
    assert baseline["metric"]["name"] == "map"
    assert baseline["metric"]["value"] == pytest.approx(by_hand(), abs=1e-3)
    assert baseline["metric"]["low"] < baseline["metric"]["value"] < baseline["metric"]["high"]
    assert [other["name"] for other in baseline["metrics"]] == ["map_50"]
    int8 = made["weight_only_int8"]
    lost = int8["difference"]
    assert lost["value"] == pytest.approx(int8["metric"]["value"] - baseline["metric"]["value"])
    assert lost["low"] <= lost["value"] <= lost["high"]
    assert int8["proofs"][0]["high"] is not None
    assert made[trained]["metric"]["value"] > 0.5 * baseline["metric"]["value"]


@pytest.mark.slow
def test_a_reading_that_was_said_wrongly_is_told(
    model: Path, data: Path, tmp_path: Path, capsys: Printed
) -> None:
    arguments = ["run", model, "--data", data, "--recipe", "float16", "--head",
                 "yolo(boxes=xyxy, numbers=from_1)", "--out", tmp_path / "study"]  # fmt: skip
    main([str(one) for one in arguments])
    printed = capsys.readouterr()
    assert "finds hardly any of the labelled boxes" in printed.err + printed.out


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ("rcnn", "“rcnn” says no way to read boxes."),
        ("ssd", "cannot be told for ssd"),
        ("yolo(outputs=4)", "names outputs that the model does not have"),
    ],
)
def test_a_head_that_cannot_be_is_one_sentence_and_exit_code_2(
    model: Path, data: Path, tmp_path: Path, head: str, sentence: str, capsys: Printed
) -> None:
    arguments = ["run", model, "--data", data, "--head", head, "--out", tmp_path / "study"]
    assert main([str(one) for one in arguments]) == 2
    assert sentence in capsys.readouterr().err
