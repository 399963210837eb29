"""tests of tasks/: one sample, of the data or given by hand, is put to every variant."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary
from optimizer.tasks.run_sample import RunSample
from optimizer.tasks.sample_question import Question, Reply
from optimizer.tasks.study_files import StudyData
from tests.data.conftest import Reader, images
from tests.refused import refused
from tests.summaries import summary

COUNT, SIDE, CLASSES = 40, 8, 3


def converted(build: Any, folder: Path, name: str) -> Path:
    """A float `.tflite` of a Keras model: build(keras)."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(5)
    file = folder / f"{name}.tflite"
    file.write_bytes(tf.lite.TFLiteConverter.from_keras_model(build(keras)).convert())
    return file


def brightest(keras: Any) -> Any:
    """Which colour of an image is the brightest, as a softmax over the means."""
    inputs = keras.Input((SIDE, SIDE, 3))
    means = keras.layers.GlobalAveragePooling2D()(inputs)
    return keras.Model(inputs, keras.layers.Softmax()(means))


def weighted(keras: Any) -> Any:
    """Of three numbers, 1 a + 2 b + 3 c."""
    inputs = keras.Input((3,))
    layer = keras.layers.Dense(1, use_bias=False)
    model = keras.Model(inputs, layer(inputs))
    layer.set_weights([np.array([[1.0], [2.0], [3.0]])])
    return model


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("asked")
    return {
        "images": converted(brightest, folder, "images"),
        "numbers": converted(weighted, folder, "numbers"),
    }


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Reads data as the app does."""
    return Reader(tmp_path)


class Asker:
    """A study's data, and questions about them."""

    def __init__(
        self, record: DatasetRecord, data: Path, model: ModelSummary, folder: Path, *files: Path
    ) -> None:
        self.record, self.data, self.model, self.folder = record, data, model, folder
        self.files = tuple((f"variant {number}", file) for number, file in enumerate(files))
        self.asked = 0

    def __call__(self, question: Question) -> Reply:
        self.asked += 1
        folder = self.folder / f"asked-{self.asked}"
        folder.mkdir()
        work = RunSample(
            out=folder,
            question=question,
            data=StudyData(self.record, self.data),
            summary=self.model,
            files=self.files,
        )
        return work.run(lambda *_: None)

    def hand(self, name: str, content: bytes) -> Reply:
        """Asks about a file given by hand; as uploads it lies under another name."""
        path = self.folder / "upload"
        path.write_bytes(content)
        return self(Question(file=path, name=name))

    def outputs(self, number: int = 0) -> npt.NDArray[np.float64]:
        """What a variant answers for the first evaluation sample."""
        return np.array(self(Question(position=0)).answers[number].values)


def pictures(
    reader: Reader, files: dict[str, Path], folder: Path, x: Any, scaling: str = "unit"
) -> Asker:
    """A study of images, scaled so."""
    model = summary((SIDE, SIDE, 3), (CLASSES,))
    record = reader(model, x=x, y=np.arange(len(x)) % CLASSES)
    record = replace(record, scaling=scaling, class_names=("red", "green", "blue"))
    return Asker(record, reader.folder, model, folder, files["images"], files["images"])


@pytest.fixture
def of_images(reader: Reader, files: dict[str, Path], tmp_path: Path) -> Asker:
    return pictures(reader, files, tmp_path, images(COUNT))


def softmax(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    powers = np.exp(values - values.max())
    return np.asarray(powers / powers.sum())


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


# ---- a sample of the data --------------------------------------------------------------------


def test_every_variant_answers_for_the_sample_as_it_is_evaluated(of_images: Asker) -> None:
    dataset = Dataset(of_images.data, of_images.record)
    place = int(dataset.roles.evaluation[7])
    reply = of_images(Question(position=7))
    assert [answer.recipe for answer in reply.answers] == ["variant 0", "variant 1"]
    expected = softmax(np.asarray(dataset.x[place], np.float32).mean(axis=(0, 1)) / 255)
    for answer in reply.answers:
        assert answer.error is None
        assert answer.count == CLASSES
        assert np.allclose(answer.values, expected, atol=1e-5)
    assert reply.sample.label == (place % CLASSES,)


def test_a_picture_is_shown_as_the_model_sees_it(of_images: Asker) -> None:
    dataset = Dataset(of_images.data, of_images.record)
    reply = of_images(Question(position=3))
    assert reply.sample.picture is not None
    shown = np.asarray(Image.open(io.BytesIO(reply.sample.picture)))
    times = shown.shape[0] // SIDE
    assert times > 1, "small pictures are enlarged"
    raw = dataset.x[int(dataset.roles.evaluation[3])]
    assert np.abs(shown[::times, ::times].astype(int) - raw.astype(int)).max() <= 1


def test_a_file_that_cannot_be_run_leaves_the_others_their_answers(
    of_images: Asker, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no model")
    of_images.files = (*of_images.files, ("broken", broken))
    *others, last = of_images(Question(position=0)).answers
    assert last.error
    assert "broken.tflite" in last.error
    assert all(answer.values and not answer.error for answer in others)


@pytest.mark.parametrize("position", [-1, 20, 10**9])
def test_a_sample_that_is_not_there(of_images: Asker, position: int) -> None:
    with refused(DataError, "There are 20 evaluation samples", "from 0 to 19"):
        of_images(Question(position=position))


# ---- an image given by hand ------------------------------------------------------------------


def test_an_image_is_resized_and_scaled_as_the_data_are(of_images: Asker) -> None:
    pixels = np.zeros((30, 20, 3), np.uint8)
    pixels[..., 1] = 255
    reply = of_images.hand("green.png", png(pixels))
    assert np.allclose(reply.answers[0].values, softmax(np.array([0.0, 1.0, 0.0])), atol=1e-3)
    assert reply.sample.label is None
    assert reply.sample.notes == ("Resized from 20 × 30 to 8 × 8 pixels.",)
    assert reply.sample.picture is not None
    assert Image.open(io.BytesIO(reply.sample.picture)).getpixel((0, 0)) == (0, 255, 0)


@pytest.mark.parametrize(
    ("low", "high", "note"),
    [(0, 1, "0…1"), (-1, 1, "−1…1")],
    ids=["0 to 1", "-1 to 1"],
)
def test_pixels_are_brought_to_the_range_of_the_data(
    reader: Reader, files: dict[str, Path], tmp_path: Path, low: float, high: float, note: str
) -> None:
    x = low + (high - low) * images(COUNT).astype(np.float32) / 255
    of_floats = pictures(reader, files, tmp_path, x, scaling="none")
    pixels = np.full((SIDE, SIDE, 3), (0, 0, 255), np.uint8)
    reply = of_floats.hand("blue.png", png(pixels))
    expected = softmax(np.array([low, low, high]))
    assert np.allclose(reply.answers[0].values, expected, atol=1e-3)
    assert note in reply.sample.notes[0]


def test_pixels_that_cannot_be_brought_to_the_range_are_refused(
    reader: Reader, files: dict[str, Path], tmp_path: Path
) -> None:
    standardized = np.random.default_rng(0).normal(size=(COUNT, SIDE, SIDE, 3)).astype(np.float32)
    asker = pictures(reader, files, tmp_path, standardized, scaling="none")
    with refused(DataError, "data run from", "pixels from 0 to 255", "Give an .npy"):
        asker.hand("photo.png", png(images(1)[0]))


def test_an_image_that_is_damaged_is_called_by_its_name(of_images: Asker) -> None:
    with refused(DataError, "“photo.png” cannot be read as an image", "Give another"):
        of_images.hand("photo.png", png(images(1)[0])[:60])


def test_a_name_leads_nowhere_else(of_images: Asker) -> None:
    with refused(DataError, "“photo.png”"):
        of_images.hand("../../photo.png", png(images(1)[0])[:60])


# ---- numbers given by hand -------------------------------------------------------------------


@pytest.fixture
def of_numbers(reader: Reader, files: dict[str, Path], tmp_path: Path) -> Asker:
    """A study of a table, each column brought to mean 0 and deviation 1."""
    rng = np.random.default_rng(0)
    rows = rng.normal([50, 2000, 0.3], [10, 500, 0.1], (COUNT, 3))
    table = "\n".join(["age,pay,share,score", *(",".join(map(str, [*row, 1.5])) for row in rows)])
    reader.file.write_text(table)
    model = summary((3,), (1,), activation="linear")
    record = reader.read_file(model, label="score")
    record = replace(record, scaling="standardize")
    return Asker(record, reader.folder, model, tmp_path, files["numbers"])


@pytest.mark.parametrize(
    "text",
    ["60,2500,0.4", "age,pay,share\n60,2500,0.4\n", "age;pay;share;score\n60;2500;0,4;7\n"],
    ids=["bare", "header", "with the label, in German"],
)
def test_a_row_is_scaled_by_the_columns_of_the_study(of_numbers: Asker, text: str) -> None:
    reply = of_numbers.hand("row.csv", text.encode())
    with np.load(of_numbers.data / "columns.npz") as columns:
        scaled = (np.array([60, 2500, 0.4]) - columns["mean0"]) / columns["std0"]
    assert np.allclose(reply.answers[0].values, scaled @ [1, 2, 3], rtol=1e-3)
    assert np.allclose(reply.sample.inputs[0].values, scaled, rtol=1e-3)
    assert reply.sample.picture is None


def test_an_array_of_one_sample_is_a_sample(of_numbers: Asker) -> None:
    content = io.BytesIO()
    np.save(content, np.array([[60, 2500, 0.4]]))
    by_array = of_numbers.hand("row.npy", content.getvalue())
    assert by_array.answers == of_numbers.hand("row.csv", b"60,2500,0.4").answers


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1,2", ("2 columns", "the model takes 3")),
        ("1,2,3\n4,5,6", ("There are 2 samples", "Give one")),
        ("age,pay,share\n60,much,0.4", ("“pay” holds text", "Give the numbers")),
        ("1,2,inf", ("NaN or infinite",)),
        ("", ("empty",)),
    ],
    ids=["too few", "two rows", "text", "infinite", "nothing"],
)
def test_numbers_that_are_no_sample(of_numbers: Asker, text: str, parts: tuple[str, ...]) -> None:
    with refused(DataError, *parts):
        of_numbers.hand("row.csv", text.encode())


def test_an_image_for_a_model_of_numbers(of_numbers: Asker) -> None:
    with refused(DataError, "the model takes 3, which is no image"):
        of_numbers.hand("photo.png", png(images(1)[0]))


def test_what_is_no_data_at_all(of_images: Asker) -> None:
    with refused(DataError, "photo.exe is no data that can be read"):
        of_images.hand("photo.exe", bytes(range(256)))
