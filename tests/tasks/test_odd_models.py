"""tests of tasks/: models and data that leave little to measure: nulls, never made-up numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.choose.comparison import compare
from optimizer.data.data_options import DataFiles
from optimizer.export.results import results
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.study import Study
from tests.conftest import CLASSES, SIDE
from tests.results_schema import check_schema

RECIPES = ("float16", "int8")
Run = Callable[..., Study]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, scheduler: Scheduler) -> Run:
    """Opens a model with its data and runs two recipes: run(model, files)."""

    def make(model: Any, files: DataFiles) -> Study:
        path = tmp_path_factory.mktemp("model") / "odd.keras"
        model.save(path)
        study = scheduler.open_both(path, "odd", files, "data").result()
        scheduler.start(study, [parse(recipe) for recipe in RECIPES])
        scheduler.wait(study)
        return study

    return make


def saved(folder: Path, **arrays: npt.NDArray[Any]) -> Path:
    path = folder / "data.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def dense(kernel: float, bias: list[float]) -> Any:
    """A model that gives its bias, plus its kernel times the mean of the image."""
    import keras

    inputs = keras.Input((SIDE, SIDE, 3), name="image")
    layer = keras.layers.Dense(CLASSES, name="probabilities")
    x = layer(keras.layers.GlobalAveragePooling2D()(inputs))
    layer.set_weights([np.full((3, CLASSES), kernel, np.float32), np.array(bias, np.float32)])
    return keras.Model(inputs, keras.layers.Softmax()(x), name="odd")


def told(study: Study) -> dict[str, dict[str, Any]]:
    """What results.json says of each variant."""
    content = results(study)
    check_schema(content)
    return {made["recipe"]: made for made in content["variants"]}


@pytest.mark.slow
def test_outputs_that_are_no_numbers_are_null(
    run: Run, tmp_path: Path, pixels: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]
) -> None:
    study = run(dense(1.0, [np.nan, 0, 0]), DataFiles(saved(tmp_path, x=pixels, y=labels)))
    made = told(study)
    for recipe in ("float32", "float16"):
        assert made[recipe]["status"] == "done"
        assert made[recipe]["metric"]["value"] is None
        assert made[recipe]["metric"]["low"] is None
        assert made[recipe]["fidelity"] == {"agreement": None, "snr_db": None, "max_error": None}
        assert made[recipe]["latency"]["median_ms"] > 0
    assert made["float16"]["difference"] is None or made["float16"]["difference"]["value"] is None


@pytest.mark.slow
def test_a_constant_answer_is_a_number_with_an_interval(
    run: Run, tmp_path: Path, pixels: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]
) -> None:
    study = run(dense(0.0, [0, 0, 1]), DataFiles(saved(tmp_path, x=pixels, y=labels)))
    for made in told(study).values():
        assert made["status"] == "done"
        assert made["metric"]["low"] < made["metric"]["value"] < made["metric"]["high"]
        assert made["fidelity"]["agreement"] == 1.0
    assert told(study)["float16"]["difference"]["value"] == 0.0
    assert told(study)["float16"]["difference"]["p_value"] == 1.0


def test_one_class_alone_is_measured_and_auc_is_null(
    run: Run, tmp_path: Path, pixels: npt.NDArray[np.uint8]
) -> None:
    labels = np.zeros(len(pixels), np.int64)
    study = run(dense(0.0, [1, 0, 0]), DataFiles(saved(tmp_path, x=pixels, y=labels)))
    for made in told(study).values():
        assert made["metric"]["value"] == 1.0
        assert made["metric"]["low"] < 1.0
        others = {other["name"]: other["value"] for other in made["metrics"]}
        assert others["auc"] is None


def test_one_sample_can_be_the_whole_evaluation(
    run: Run, tmp_path: Path, tiny3: Any, pixels: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
) -> None:  # fmt: skip
    one = tmp_path / "one"
    one.mkdir()
    files = DataFiles(
        saved(tmp_path, x=pixels[1:], y=labels[1:]),
        {"evaluation": saved(one, x=pixels[:1], y=labels[:1])},
    )
    study = run(tiny3, files)
    for made in told(study).values():
        assert made["metric"]["n"] == 1
        assert made["metric"]["value"] == 1.0
        assert made["metric"]["low"] < 0.3
    sentences = [row.verdict for row in compare(study)[1:]]
    assert all("no difference can be seen with 1 sample" in said.lower() for said in sentences)


def test_every_head_is_compared_with_the_float_model(
    run: Run, tmp_path: Path, pixels: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]
) -> None:
    import keras

    inputs = keras.Input((SIDE, SIDE, 3), name="image")
    pooled = keras.layers.GlobalAveragePooling2D()(inputs)
    heads = [
        keras.layers.Dense(CLASSES, activation="softmax", name="colour")(pooled),
        keras.layers.Dense(1, name="brightness")(pooled),
    ]
    model = keras.Model(inputs, heads, name="odd")
    study = run(model, DataFiles(saved(tmp_path, x=pixels, y_colour=labels)))
    dataset = study.index.dataset
    assert dataset is not None
    assert dataset.output == 0
    for made in told(study).values():
        assert made["status"] == "done"
        assert made["metric"]["value"] is not None
        assert 0 <= made["fidelity"]["agreement"] <= 1
