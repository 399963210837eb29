"""tests of export/script/: a script trains as the engine did, where there is no Liteweigh."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.export.script.write import write_script
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.study import Study
from tests import autoencoders, two_heads
from tests.conftest import PRUNED
from tests.export.script.clean import engine_of, ran
from tests.export.script.loaded import loaded

RECIPES = (
    "prune(epochs=1,smallest=0)+cluster(epochs=1,number_of_clusters=8)+qat(epochs=1)+int8",
    "cluster(epochs=1)+qat(epochs=1)+int8",
    "shrink(macs=0.6,epochs=1)+int8",
    "shrink(macs=0.6,epochs=1,criterion=taylor,steps=2,between=1)+prune(epochs=1)+dynamic_range",
    "shrink(macs=0.6,epochs=0)+float16",
    "factorize(energy=0.5,smallest=100,epochs=1)+qat(epochs=1)+int8",
    "finetune(epochs=1,augmentation=flip_shift,distillation=0.5)+int8(quantizer=litert)",
)


def made_again(study: Study, recipe: str, python: Path, folder: Path, *files: Path) -> str:
    """Runs the script of a variant; says how it ended, and holds its claim against the file."""
    kept = study.made(recipe)
    script, *_ = write_script(study, kept, folder / "make.py")
    assert not engine_of(script.read_text())
    said = ran(python, folder, script, *files)
    [file] = folder.glob("*.tflite")
    same = hashlib.sha256(file.read_bytes()).hexdigest() == kept.sha256
    assert ("the same file as in the study" in said) == same
    return said


def agreement(said: str) -> float:
    """The share of samples that get the class of the study's file; all where it is that file."""
    if "the same file as in the study" in said:
        return 1.0
    found = re.search(r"It gives ([\d,]+) of ([\d,]+) evaluation samples", said)
    assert found, said
    same, count = (int(number.replace(",", "")) for number in found.groups())
    assert count > 0
    return same / count


def test_a_script_prunes_as_the_engine_did(
    pruned: Study, clean: Path, model_files: dict[str, Path], data_file: Path, tmp_path: Path
) -> None:
    said = made_again(pruned, PRUNED, clean, tmp_path, model_files["keras3"], data_file)
    assert agreement(said) >= 0.9


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A network from which channels can be taken and a layer split, and pictures of four kinds."""
    import keras

    folder = tmp_path_factory.mktemp("kinds")
    random = np.random.default_rng(0)
    y = random.integers(0, 4, 640)
    noise = 0.8 * random.normal(size=(640, 8, 8, 1))
    x = (random.normal(size=(4, 8, 8, 1))[y] + noise).astype(np.float32)
    np.savez(folder / "data.npz", x=x, y=y)
    keras.utils.set_random_seed(1)
    layers: list[Any] = [
        keras.Input((8, 8, 1), name="image"),
        keras.layers.Conv2D(16, 3, use_bias=False), keras.layers.BatchNormalization(),
        keras.layers.ReLU(), keras.layers.Conv2D(24, 3, activation="relu"), keras.layers.Flatten(),
        keras.layers.Dense(48, activation="relu"), keras.layers.Dense(4, activation="softmax"),
    ]  # fmt: skip
    model = keras.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=2, verbose=0)
    model.save(folder / "model.keras")
    return folder / "model.keras", folder / "data.npz"


@pytest.fixture(scope="module")
def trained_study(scheduler: Scheduler, files: tuple[Path, Path]) -> Study:
    """It, trained in many ways."""
    study = scheduler.open_model(files[0], "kinds").result()
    study = scheduler.add_data(study, DataFiles(files[1]), "pictures").result()
    scheduler.start(study, [parse(recipe) for recipe in RECIPES])
    scheduler.wait(study)
    return study


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_script_trains_as_the_engine_did(
    recipe: str, trained_study: Study, clean: Path, files: tuple[Path, Path], tmp_path: Path
) -> None:
    said = made_again(trained_study, str(parse(recipe)), clean, tmp_path, *files)
    assert agreement(said) >= 0.9


def anomalies(folder: Path) -> tuple[Path, dict[str, Any], DataOptions]:
    """Vectors, of which some are labelled as none of the normal ones."""
    x, odd = autoencoders.vectors()
    return autoencoders.projection(folder / "model.keras"), {"x": x, "y": odd}, DataOptions()


def heads(folder: Path) -> tuple[Path, dict[str, Any], DataOptions]:
    """Labels for three outputs, classes and a number."""
    x, shape, colour = two_heads.samples(1200)
    arrays = {"x": x, "shape": shape, "colour": colour, "size": x[:, 6] + 2}
    return two_heads.two_heads(folder / "model.keras"), arrays, DataOptions(output="colour")


@pytest.mark.slow
@pytest.mark.parametrize("made_of", [anomalies, heads])
def test_what_is_no_plain_classification_is_trained_again(
    made_of: Callable[[Path], tuple[Path, dict[str, Any], DataOptions]],
    scheduler: Scheduler,
    clean: Path,
    tmp_path: Path,
) -> None:
    model, arrays, decided = made_of(tmp_path)
    data, place = tmp_path / "data.npz", tmp_path / "again"
    place.mkdir()
    np.savez(data, **arrays)
    study = scheduler.open_model(model, "m").result()
    study = scheduler.add_data(study, DataFiles(data), "data", decided).result()
    recipe = str(parse("finetune(epochs=2,distillation=0.5)+float32"))
    scheduler.start(study, [parse(recipe)])
    scheduler.wait(study)
    said = made_again(study, recipe, clean, place, model, data)
    assert "the same file as in the study" in said  # networks of a few numbers take one thread


def test_rows_are_taken_by_their_places_or_refused(pruned: Study, tmp_path: Path) -> None:
    [script] = write_script(pruned, pruned.made(PRUNED), tmp_path / "make.py")
    module = loaded(script)
    lessons = module.COURSE.lessons
    with np.load(pruned.data_folder / "roles.npz") as roles:
        wanted = {name: roles[name] for name in ("training", "tuning", "calibration")}
    for role, places in wanted.items():
        assert np.array_equal(module.read_places(lessons.places[role]), places)
    np.savez(
        tmp_path / "other.npz", x=np.zeros((120, 8, 8, 3), np.uint8), y=np.zeros(120, np.int64)
    )
    with pytest.raises(SystemExit, match="not the data of the study"):
        module.Learnt(lessons, tmp_path / "other.npz")


def test_data_of_another_form_lie_beside_with_their_labels(pruned: Study, tmp_path: Path) -> None:
    kept = pruned.index.dataset
    assert kept is not None
    try:
        pruned.update(lambda now: now.model_copy(
            update={"dataset": replace(kept, kind="images in folders")}
        ))  # fmt: skip
        script, beside = write_script(pruned, pruned.made(PRUNED), tmp_path / "make.py")
    finally:
        pruned.update(lambda now: now.model_copy(update={"dataset": kept}))
    assert beside.name == "make.training.npz"
    module = loaded(script)
    learnt = module.Learnt(module.COURSE.lessons, None)
    x, y = (np.load(pruned.data_folder / f"{name}.npy") for name in "xy")
    with np.load(pruned.data_folder / "roles.npz") as roles:
        training = roles["training"]
    assert np.array_equal(learnt.labels("training"), y[training])
    assert np.array_equal(learnt._rows[0][learnt.normal("training")], x[training])
