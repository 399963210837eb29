"""tests of python -m optimizer: every model and every dataset that it takes, from a terminal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from PIL import Image

from optimizer.cli.exit_code import ExitCode
from optimizer.cli.main import main
from tests.archives import zip_folder
from tests.conftest import CLASSES, SIDE
from tests.levels import some

MODELS = ["keras3", "keras3_h5", "keras2", "keras2_h5", "saved3", "saved2", "json3", "json2",
          "frozen", "tflite"]  # fmt: skip
RECIPE = "weight_only_int8"
Printed = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("shared_workers")


def run(model: Path, out: Path, *options: object, recipe: str = RECIPE) -> dict[str, Any]:
    """Runs one recipe; returns `results.json`."""
    arguments = ["run", model, *options, "--recipe", recipe, "--out", out]
    assert main([str(argument) for argument in arguments]) == 0
    content: dict[str, Any] = json.loads((out / "results.json").read_text())
    return content


@pytest.mark.slow
def test_recurrent_layers_are_unrolled_on_request_and_int8_fits(
    saved: Callable[..., Path], capsys: Printed
) -> None:
    import keras

    inputs = keras.Input((4, 2))
    model = str(saved(keras.Model(inputs, keras.layers.GRU(3)(inputs)), ".keras"))
    assert main(["inspect", model]) == 0
    as_it_is = json.loads(capsys.readouterr().out)
    assert "--unroll" in as_it_is["techniques"]["int8"]["reason"]
    assert any("--unroll" in note for note in as_it_is["notes"])
    assert main(["inspect", model, "--unroll"]) == 0
    unrolled = json.loads(capsys.readouterr().out)
    assert (as_it_is["loops"], unrolled["loops"]) == (True, False)
    assert "add data" in unrolled["techniques"]["int8"]["reason"]


def save_npz(path: Path, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> Path:
    np.savez(path, x=x, y=y)
    return path


def save_npy_zip(path: Path, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> Path:
    folder = path / "arrays"
    folder.mkdir(parents=True)
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    return zip_folder(folder, path / "arrays.zip")


def save_images(path: Path, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> Path:
    for place, (image, label) in enumerate(zip(x, y, strict=True)):
        (path / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path / str(label) / f"{place}.png")
    return path


def save_image_zip(path: Path, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> Path:
    return zip_folder(save_images(path / "images", x, y), path / "images.zip", "photos/")


@pytest.mark.parametrize(
    "name",
    some(
        ["keras2_h5", "saved2", "saved3", "json3", "frozen", "tflite"],
        quick=["keras2_h5", "json3", "tflite"],
    ),
)
def test_inspect_says_what_a_file_is_and_what_fits(
    name: str, model_files: dict[str, Path], capsys: Printed
) -> None:
    assert main(["inspect", str(model_files[name])]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["inputs"][0]["shape"][1:] == [SIDE, SIDE, 3]
    assert told["outputs"][0]["shape"][1:] == [CLASSES]
    reasons = {name: fits["reason"] for name, fits in told["techniques"].items()}
    assert reasons[RECIPE] is None
    trains = name in {"frozen", "tflite", "saved3"}
    assert (reasons["prune"] is not None) == trains, "only layers can be trained"


@pytest.mark.parametrize("name", some(MODELS, quick=["keras3", "saved2", "frozen", "tflite"]))
def test_run_takes_every_format(
    name: str,
    model_files: dict[str, Path],
    pixels: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    tmp_path: Path,
) -> None:
    data = save_npz(tmp_path / "pixels.npz", pixels, labels)
    found = run(model_files[name], tmp_path / "study", "--data", data)
    baseline, quantized = found["variants"]
    assert baseline["metric"]["value"] == 1.0, "the labels are what the model says"
    assert quantized["metric"]["value"] > 0.9
    assert quantized["size_bytes"] < 0.75 * baseline["size_bytes"]
    assert quantized["latency"]["median_ms"] > 0


@pytest.mark.parametrize("save", [save_npy_zip, save_images, save_image_zip])
def test_run_takes_every_form_of_pictures(
    save: Callable[..., Path],
    model_files: dict[str, Path],
    pixels: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    tmp_path: Path,
) -> None:
    data = save(tmp_path / "pictures", pixels, labels)
    found = run(model_files["tflite"], tmp_path / "study", "--data", data, recipe="int8")
    assert found["variants"][0]["metric"]["value"] == 1.0
    assert found["dataset"]["task"] == "classification"


def test_separate_files_for_roles(
    model_files: dict[str, Path],
    pixels: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    tmp_path: Path,
) -> None:
    first = save_npz(tmp_path / "first.npz", pixels[:70], labels[:70])
    last = save_npz(tmp_path / "last.npz", pixels[70:], labels[70:])
    roles = ("--role", f"training={first}", "--role", f"evaluation={last}")
    dataset = run(model_files["tflite"], tmp_path / "study", *roles)["dataset"]
    assert dataset["evaluation"] == len(pixels) - 70
    assert dataset["training"] + dataset["calibration"] + dataset["tuning"] == 70


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_needs_its_label_column(kind: str, tmp_path: Path, capsys: Printed) -> None:
    import keras

    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "model.keras")
    rng = np.random.default_rng(0)
    table = pd.DataFrame({name: rng.random(40) for name in ("area", "age", "price")})
    path = tmp_path / f"prices.{kind}"
    table.to_csv(path, index=False) if kind == "csv" else table.to_parquet(path)
    model, study = tmp_path / "model.keras", tmp_path / "study"
    asked = main(["run", str(model), "--data", str(path), "--out", str(study)])
    message = capsys.readouterr().err
    assert asked == ExitCode.BAD_INPUT
    assert "--label" in message
    assert "price" in message
    found = run(model, study, "--data", path, "--label", "price")
    assert found["dataset"]["task"] == "regression"
    metrics = found["variants"][0]["metrics"]
    known = {other["name"] for other in metrics if other["value"] is not None}
    assert known == {"rmse", "r2"}  # there are no pictures for the others


def test_without_data_random_inputs_give_latency_and_nothing_else(
    model_files: dict[str, Path], tmp_path: Path, capsys: Printed
) -> None:
    found = run(model_files["keras3"], tmp_path / "study")
    for made in found["variants"]:
        assert made["random_inputs"] is True
        assert made["latency"]["median_ms"] > 0
        assert (made["metric"], made["fidelity"], made["difference"]) == (None, None, None)
    assert "(random inputs)" in capsys.readouterr().out


def test_a_recipe_that_does_not_fit_is_left_out_and_the_others_run(
    model_files: dict[str, Path], tmp_path: Path, capsys: Printed
) -> None:
    """Without data nothing can be calibrated; the first job fails, and the baseline is timed."""
    model, study = str(model_files["tflite"]), tmp_path / "study"
    ended = main(
        ["run", model, "--recipe", "int8", "--recipe", "weight_only_int8", "--out", str(study)]
    )
    said = capsys.readouterr().out
    assert ended == ExitCode.SOME_FAILED
    assert "int8 cannot be used: needs calibration samples" in said
    content = json.loads((study / "results.json").read_text())
    assert [made["recipe"] for made in content["variants"]] == ["float32", "weight_only_int8"]
    only = ["run", model, "--recipe", "int8", "--out", str(tmp_path / "other")]
    assert main(only) == ExitCode.BAD_INPUT
    assert not (tmp_path / "other" / "results.json").exists()


def test_a_run_takes_limits_and_chooses_under_them(
    model_files: dict[str, Path],
    pixels: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    tmp_path: Path,
    capsys: Printed,
) -> None:
    data = save_npz(tmp_path / "data.npz", pixels, labels)
    limits = ("--data", data, "--max-size", "10KB gzip", "--max-latency", "9x", "--max-loss", "20")
    found = run(model_files["tflite"], tmp_path / "study", *limits, recipe="weight_only_int8")
    kept = found["limits"]
    assert (kept["size_bytes"], kept["packed"], kept["latency_ratio"]) == (10_000, True, 9.0)
    [_, made] = found["variants"]
    sizes = {proof["limit"]: proof["verdict"] for proof in made["proofs"]}
    assert sizes["size"] == ("held" if made["gzip_bytes"] <= 10_000 else "broken")
    bad = ["run", str(model_files["tflite"]), "--max-size", "big", "--out", str(tmp_path / "bad")]
    assert main(bad) == ExitCode.BAD_INPUT
    assert "“big” is no size" in capsys.readouterr().err
    assert not (tmp_path / "bad" / "results.json").exists()


def test_a_quantized_file_is_timed_and_called_what_it_is(
    model_files: dict[str, Path], tmp_path: Path, capsys: Printed
) -> None:
    first = run(model_files["tflite"], tmp_path / "first", recipe="weight_only_int8")
    made = next(one for one in first["variants"] if one["recipe"] == "weight_only_int8")
    capsys.readouterr()
    ended = main(["run", str(tmp_path / "first" / made["file"]), "--out", str(tmp_path / "second")])
    said = capsys.readouterr().out
    assert ended == ExitCode.ALL_WELL
    assert "warning: The file is quantized already: what is called float32 here is the" in said
    content = json.loads((tmp_path / "second" / "results.json").read_text())
    [alone] = content["variants"]
    assert alone["latency"]["median_ms"] > 0
    assert content["warnings"][0].startswith("The file is quantized already")


def test_a_size_is_asked_for_by_its_flag(tmp_path: Path, capsys: Printed) -> None:
    import keras

    inputs = keras.Input((None, None, 3), name="photo")
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(inputs))
    keras.Model(inputs, keras.layers.Dense(CLASSES)(x)).save(tmp_path / "any.keras")
    assert main(["inspect", str(tmp_path / "any.keras")]) == ExitCode.BAD_INPUT
    assert "--size photo=224x224x3" in capsys.readouterr().err
    assert main(["inspect", str(tmp_path / "any.keras"), "--size", "photo=32x16x3"]) == 0
    assert json.loads(capsys.readouterr().out)["inputs"][0]["shape"][1:] == [32, 16, 3]
