"""tests of export/script/: scripts of models of every form, where there is no Liteweigh."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.data.data_options import DataFiles
from optimizer.jobs.scheduler import Scheduler
from optimizer.models.open_options import OpenOptions
from optimizer.recipes import parse
from optimizer.store.study import Study
from tests.export.script.test_trained import made_again

pytestmark = pytest.mark.slow
FORMS = ("keras3_h5", "keras2", "keras2_h5", "saved3", "saved2", "json3", "json2", "frozen",
         "tflite")  # fmt: skip


def study_of(
    scheduler: Scheduler, model: Path, data: Path, recipe: str, options: OpenOptions | None = None
) -> Study:
    study = scheduler.open_model(model, "tiny", options or OpenOptions()).result()
    study = scheduler.add_data(study, DataFiles(data), "pixels").result()
    scheduler.start(study, [parse(recipe)])
    scheduler.wait(study)
    return study


@pytest.mark.parametrize("form", FORMS)
def test_a_model_of_every_form_is_made_again(
    form: str,
    scheduler: Scheduler,
    clean: Path,
    model_files: dict[str, Path],
    data_file: Path,
    tmp_path: Path,
) -> None:
    recipe = "dynamic_range" if form == "tflite" else "int8"
    study = study_of(scheduler, model_files[form], data_file, recipe)
    files = [model_files[form], *([data_file] if recipe == "int8" else [])]
    assert "the same file as in the study" in made_again(study, recipe, clean, tmp_path, *files)


@pytest.mark.parametrize("form", ["keras2", "json3"])
def test_and_trained_again(
    form: str,
    scheduler: Scheduler,
    clean: Path,
    model_files: dict[str, Path],
    data_file: Path,
    tmp_path: Path,
) -> None:
    recipe = "finetune(epochs=1)+float16"
    study = study_of(scheduler, model_files[form], data_file, recipe)
    said = made_again(study, str(parse(recipe)), clean, tmp_path, model_files[form], data_file)
    assert "the same file as in the study" in said or "evaluation samples" in said


def test_recurrent_layers_are_unrolled_again(
    scheduler: Scheduler, clean: Path, tmp_path: Path
) -> None:
    import keras

    keras.utils.set_random_seed(0)
    layers: list[Any] = [
        keras.Input((6, 4)), keras.layers.GRU(16), keras.layers.Dense(3, activation="softmax")
    ]  # fmt: skip
    model, data = tmp_path / "gru.keras", tmp_path / "data.npz"
    keras.Sequential(layers).save(model)
    random = np.random.default_rng(0)
    x = random.normal(size=(120, 6, 4)).astype(np.float32)
    np.savez(data, x=x, y=random.integers(0, 3, 120))
    study = study_of(scheduler, model, data, "int8", OpenOptions(unroll=True))
    place = tmp_path / "again"
    place.mkdir()
    assert "the same file as in the study" in made_again(study, "int8", clean, place, model, data)
