"""tests of tasks/: data of every kind are judged with the float model before anything else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from optimizer.data.data_options import DataFiles, DataOptions, UndecidedDataError
from optimizer.data.dataset import Dataset, share_samples
from optimizer.data.given_scaling import GivenScaling
from optimizer.data.labels import Task
from optimizer.errors import DataError
from optimizer.export.warnings import scaling_doubt
from optimizer.models.open_options import OpenOptions
from optimizer.store.records import Judged, ModelRecord, StudyIndex
from optimizer.tasks.open_model import OpenModel
from optimizer.tasks.read_data import ReadData
from optimizer.tasks.reinterpret_data import ReinterpretData
from optimizer.tasks.study_files import StudyData, StudyModel
from tests.refused import refused

NOTHING = DataOptions()


def silent(stage: str, share: float) -> None:
    """Reports to nobody."""


class Judge:
    """A model that was opened, and data judged with it, as workers do it."""

    def __init__(self, model: Path, folder: Path) -> None:
        self.study, self.folder = folder / "study", folder
        self.study.mkdir(parents=True)
        opening = OpenModel(out=self.study, source=model, name="m", options=OpenOptions())
        self.model: ModelRecord = opening.run(silent)
        self.files = StudyModel.of(self.model, self.study)
        self.judged = 0

    def _empty(self) -> Path:
        self.judged += 1
        (self.folder / f"judged-{self.judged}").mkdir()
        return self.folder / f"judged-{self.judged}"

    @property
    def data(self) -> Path:
        """Where the data lie that were judged last."""
        return self.folder / f"judged-{self.judged}" / "data"

    def __call__(self, source: Path | None, options: DataOptions = NOTHING) -> Judged:
        work = ReadData(
            out=self._empty(), files=DataFiles(source), name="d", options=options, model=self.files
        )
        return work.run(silent)

    def again(self, before: Judged, options: DataOptions) -> Judged:
        """The data that were judged last, with other options."""
        data = StudyData(before.dataset, self.data)
        work = ReinterpretData(out=self._empty(), data=data, options=options, model=self.files)
        judged = work.run(silent)
        share_samples(data.folder, self.data)  # as the server does
        return judged


@pytest.fixture(scope="module")
def of_images(model_files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """The tiny model of images in 0..1."""
    return Judge(model_files["keras3"], tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def folders(pixels: Any, labels: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The images that the tiny model tells apart, in class folders."""
    folder = tmp_path_factory.mktemp("folders")
    for number, (image, label) in enumerate(zip(pixels, labels, strict=True)):
        path = folder / ["blue", "green", "red"][label] / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(path)
    return folder


def judge_keras(build: Callable[[Any], Any], folder: Path) -> tuple[Judge, Any]:
    """A small Keras model, opened; and the model itself."""
    import keras

    keras.utils.set_random_seed(0)
    model = build(keras)
    model.save(folder / "model.keras")
    return Judge(folder / "model.keras", folder), model


# ---- images ----------------------------------------------------------------------------------


def test_the_scaling_of_images_is_found_and_the_model_is_right(
    of_images: Judge, folders: Path
) -> None:
    judged = of_images(folders)
    assert judged.dataset.scaling == "unit"
    assert judged.dataset.class_names == ("blue", "green", "red")
    for metric in (judged.baseline.metric, judged.report.keras):
        assert metric is not None
        assert (metric.name, metric.value) == ("accuracy", 1.0)
        assert not judged.report.near_chance(metric)
    tried = {score.scaling: score.metric for score in judged.report.scalings}
    assert set(tried) == {"none", "unit", "tf", "torch", "caffe", "standardize"}
    assert tried["unit"].value == 1.0
    # Twelve tuning samples are few, so training and calibration help to choose.
    assert tried["unit"].n == judged.dataset.count - judged.dataset.evaluation == 60
    assert judged.report.seconds_per_sample is not None


def test_labels_that_mean_nothing_are_near_chance_under_every_scaling(
    of_images: Judge, pixels: Any, tmp_path: Path
) -> None:
    np.savez(tmp_path / "a.npz", x=pixels, y=np.arange(len(pixels)) % 10 == 0)
    report = of_images(tmp_path / "a.npz").report
    assert all(report.near_chance(score.metric) for score in report.scalings)


def test_without_labels_the_scaling_is_guessed_and_nothing_is_scored(
    of_images: Judge, pixels: Any, tmp_path: Path
) -> None:
    np.save(tmp_path / "x.npy", pixels)
    judged = of_images(tmp_path / "x.npy")
    assert judged.dataset.scaling == "unit"
    assert judged.baseline.metric is judged.report.keras is None
    assert judged.report.chance is None
    assert judged.report.scalings == ()
    assert judged.baseline.fidelity is not None


def test_random_inputs_have_no_accuracy_at_all(of_images: Judge) -> None:
    judged = of_images(None)
    assert judged.dataset.synthetic
    assert judged.dataset.scaling == "none"
    assert judged.baseline.metric is judged.report.keras is None
    assert judged.report.scalings == ()


def test_a_scaling_that_random_inputs_cannot_have(of_images: Judge) -> None:
    with refused(DataError, "scaling unit cannot be used", "random inputs", "Use auto or none"):
        of_images(None, DataOptions(scaling="unit"))


def test_another_scaling_leaves_the_data_before_as_they_were(
    of_images: Judge, folders: Path
) -> None:
    first = of_images(folders)
    data = of_images.data
    before = {path.name: path.read_bytes() for path in data.iterdir()}
    second = of_images.again(first, DataOptions(scaling="none"))
    assert second.dataset.scaling == "none"
    assert second.dataset.digest == first.dataset.digest
    assert {path.name: path.read_bytes() for path in data.iterdir()} == before
    assert (data / "x.npy").stat().st_ino == (of_images.data / "x.npy").stat().st_ino


def test_another_task_leaves_the_data_before_as_they_were(of_images: Judge, folders: Path) -> None:
    first = of_images(folders)
    data = of_images.data
    before = {path.name: path.read_bytes() for path in data.iterdir()}
    second = of_images.again(first, DataOptions(task=Task.UNLABELLED))
    assert (second.dataset.task, second.baseline.metric) == (Task.UNLABELLED, None)
    assert {path.name: path.read_bytes() for path in data.iterdir()} == before
    third = of_images.again(second, NOTHING)
    assert third.dataset == first.dataset


def test_what_is_known_of_data_survives_the_index(of_images: Judge, folders: Path) -> None:
    judged = of_images(folders)
    index = StudyIndex(
        id="s", model=of_images.model, dataset=judged.dataset, float_report=judged.report
    )
    assert StudyIndex.model_validate_json(index.model_dump_json()) == index


def test_of_scalings_that_fit_alike_the_usual_one_of_pictures_is_taken(
    pixels: Any, tmp_path: Path
) -> None:
    """Without a bias the largest of three sums is the same whatever they are divided by."""

    def build(keras: Any) -> Any:
        inputs = keras.Input((8, 8, 3))
        layer = keras.layers.Dense(3, use_bias=False, activation="softmax")
        model = keras.Model(inputs, layer(keras.layers.GlobalAveragePooling2D()(inputs)))
        layer.set_weights([np.eye(3, dtype=np.float32)])
        return model

    judge_pictures, _ = judge_keras(build, tmp_path)
    np.savez(tmp_path / "a.npz", x=pixels, y=pixels.mean((1, 2)).argmax(1))
    judged = judge_pictures(tmp_path / "a.npz")
    reached = {score.scaling: score.metric.value for score in judged.report.scalings}
    assert reached["none"] == reached["unit"] == reached["tf"] == 1.0
    assert judged.dataset.scaling == "unit"
    index = StudyIndex(
        id="s", model=judge_pictures.model, dataset=judged.dataset, float_report=judged.report,
        variants=(judged.baseline,),
    )  # fmt: skip
    said = scaling_doubt(index)
    assert said is not None
    assert "unit was taken" in said


# ---- tables ----------------------------------------------------------------------------------


def test_a_table_is_standardized_by_column_where_that_fits_best(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal([50, 2_000, 0.3], [10, 500, 0.1], (400, 3))
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    y = scaled @ [1.0, -2.0, 3.0] + 5
    pd.DataFrame(x, columns=["age", "pay", "share"]).assign(score=y).to_csv(
        tmp_path / "a.csv", index=False
    )

    def build(keras: Any) -> Any:
        inputs = keras.Input((3,))
        layer = keras.layers.Dense(1)
        model = keras.Model(inputs, layer(inputs))
        layer.set_weights([np.array([[1.0], [-2.0], [3.0]]), np.array([5.0])])
        return model

    judge_table, _ = judge_keras(build, tmp_path)
    with pytest.raises(UndecidedDataError):
        judge_table(tmp_path / "a.csv")
    judged = judge_table(tmp_path / "a.csv", DataOptions(label="score"))
    assert (judged.dataset.task, judged.dataset.scaling) == (Task.REGRESSION, "standardize")
    metric = judged.baseline.metric
    assert metric is not None
    assert metric.name == "mae"
    assert metric.value is not None
    assert metric.value < 0.3
    assert judged.report.chance is None


def test_labels_that_do_not_exclude_each_other_are_decisions(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4)).astype("float32")
    np.savez(tmp_path / "a.npz", x=x, y=(x[:, :3] > 0.7).astype(int))

    def build(keras: Any) -> Any:
        inputs = keras.Input((4,))
        layer = keras.layers.Dense(3, activation="sigmoid")
        model = keras.Model(inputs, layer(inputs))
        layer.set_weights([20 * np.eye(4)[:, :3], np.full(3, -14.0)])
        return model

    judge_decisions, _ = judge_keras(build, tmp_path)
    judged = judge_decisions(tmp_path / "a.npz")
    assert (judged.dataset.task, judged.dataset.classes) == (Task.MULTI_LABEL, 3)
    metric = judged.baseline.metric
    assert metric is not None
    assert (metric.name, metric.value) == ("label_accuracy", 1.0)
    assert judged.report.chance == pytest.approx(0.76, abs=0.05)
    assert not judged.report.near_chance(metric)


# ---- several inputs and outputs --------------------------------------------------------------


def test_a_model_of_several_inputs_and_outputs_is_judged_by_the_output_of_its_labels(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (80, 6, 6, 1), np.uint8)
    word = rng.integers(0, 5, (80, 2))

    def build(keras: Any) -> Any:
        pixels = keras.Input((6, 6, 1), name="picture")
        words = keras.Input((2,), dtype="int32", name="word")
        both = keras.layers.Concatenate()(
            [keras.layers.Flatten()(pixels),
             keras.layers.Flatten()(keras.layers.Embedding(5, 3)(words))]
        )  # fmt: skip
        sizes = keras.layers.Dense(2, name="size")(both)
        kinds = keras.layers.Dense(4, activation="softmax", name="kind")(both)
        return keras.Model([pixels, words], [sizes, kinds])

    judge_both, model = judge_keras(build, tmp_path)
    outputs = model.predict([picture / np.float32(255), word], verbose=0)
    names = [spec.name for spec in judge_both.model.summary.outputs]
    kind = outputs[1].argmax(axis=1)
    np.savez(
        tmp_path / "a.npz",
        **{"picture": picture, "word": word, f"y_{names[0]}": outputs[0], f"y_{names[1]}": kind},
    )
    judged = judge_both(tmp_path / "a.npz", DataOptions(output=names[1], scaling="unit"))
    assert (judged.dataset.output, judged.dataset.task) == (1, Task.CLASSIFICATION)
    assert judged.baseline.metric is not None
    assert judged.report.keras is not None
    assert judged.baseline.metric.value == judged.report.keras.value == 1.0
    dataset = Dataset(judge_both.data, judged.dataset)
    [_, words] = dataset.samples("evaluation").batch(0, 40)
    assert np.array_equal(words, word[dataset.roles.evaluation])

    again = judge_both.again(judged, DataOptions(output=names[0]))
    assert (again.dataset.output, again.dataset.task) == (0, Task.REGRESSION)
    assert again.dataset.scaling == "unit"
    assert again.baseline.metric is not None
    assert again.baseline.metric.value == pytest.approx(0, abs=1e-5)


# ---- mean and deviation that are given -------------------------------------------------------


def test_given_numbers_are_of_the_values_or_of_those_over_255_as_they_say(
    tmp_path: Path, pixels: Any, labels: Any
) -> None:
    """A network of two layers that was made for (x / 255 − 0.5) / 0.25."""

    def build(keras: Any) -> Any:
        layers = [keras.Input((8, 8, 3)), keras.layers.GlobalAveragePooling2D()]
        return keras.Sequential([*layers, keras.layers.Dense(3, activation="softmax")])

    judge, model = judge_keras(build, tmp_path)
    scaled: Any = (pixels / 255 - 0.5) / 0.25
    expected = float(np.mean(model.predict(scaled, verbose=0).argmax(axis=1) == labels))
    np.savez(tmp_path / "d.npz", x=pixels, y=labels)
    found = {}
    for before, given in {
        "auto": GivenScaling((0.5,), (0.25,)),
        "unit": GivenScaling((0.5,), (0.25,)),
        "none": GivenScaling((127.5,), (63.75,)),
    }.items():
        judged = judge(tmp_path / "d.npz", DataOptions(scaling=before, given=given))
        record = judged.dataset
        assert record.scaling == "given"
        assert record.given is not None
        assert record.given.mean == pytest.approx((127.5,))
        assert record.given.std == pytest.approx((63.75,))
        assert any("divided by 255" in note for note in record.notes) == (before == "auto")
        dataset = Dataset(judge.data, record)
        x: Any = dataset.samples("evaluation").batch(0, 10**6)[0]
        np.testing.assert_allclose(x, scaled[dataset.roles.evaluation], rtol=1e-5, atol=1e-5)
        found[before] = [score.scaling for score in judged.report.scalings]
        assert judged.baseline.metric is not None
        evaluated = np.mean(
            model.predict(x, verbose=0).argmax(axis=1) == labels[dataset.roles.evaluation]
        )
        assert judged.baseline.metric.value == pytest.approx(evaluated)
    assert found["auto"][0] == "given", "how it does beside the others is shown"
    assert 0 <= expected <= 1
    again = judge.again(judged, DataOptions(scaling="unit"))
    assert (again.dataset.scaling, again.dataset.given) == ("unit", None)


def test_a_given_scaling_beside_another(of_images: Judge, folders: Path) -> None:
    options = DataOptions(scaling="tf", given=GivenScaling((0.5,), (0.25,)))
    with refused(DataError, "the scaling tf too", "Choose one of both"):
        of_images(folders, options)


def test_columns_of_a_table_are_scaled_each_by_its_own_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal([5, -300], [2, 100], (200, 2))
    y = ((x[:, 0] - 5) / 2 > (x[:, 1] + 300) / 100).astype(int)
    pd.DataFrame(x, columns=["a", "b"]).assign(y=y).to_csv(tmp_path / "d.csv", index=False)

    def build(keras: Any) -> Any:
        made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
        made.set_weights([np.array([[-5, 5], [5, -5]]), np.zeros(2)])
        return made

    judge, _ = judge_keras(build, tmp_path)
    given = GivenScaling((5.0, -300.0), (2.0, 100.0))
    judged = judge(tmp_path / "d.csv", DataOptions(label="y", given=given))
    assert judged.baseline.metric is not None
    assert judged.baseline.metric.value == 1
    assert judged.dataset.meaning() == "(x − (5, −300)) / (2, 100)"
    too_many = GivenScaling((5.0, -300.0, 1.0), (2.0,))
    with refused(DataError, "3 means", "shape 2", "Give 1 or 2"):
        judge(tmp_path / "d.csv", DataOptions(label="y", given=too_many))


def test_given_numbers_for_random_inputs(of_images: Judge) -> None:
    with refused(DataError, "scaling given cannot be used", "random inputs"):
        of_images(None, DataOptions(given=GivenScaling((0.5,), (0.25,))))
