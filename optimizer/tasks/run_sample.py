"""tasks/: has every variant of a study answer for one sample. Runs in a worker."""

import io
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

import numpy as np
import numpy.typing as npt
from PIL import Image

from optimizer.data.data_options import NO_LABEL, DataFiles, DataOptions, UndecidedDataError
from optimizer.data.dataset import COLUMNS, Dataset, DatasetRecord
from optimizer.data.labels import Task
from optimizer.data.reading import read
from optimizer.data.sources.decode import (
    HEAD,
    Canvas,
    UnreadableImageError,
    begins_like_image,
    canvas_for,
    decode,
)
from optimizer.errors import DataError, MeasurementError
from optimizer.models.summary import ModelSummary
from optimizer.tasks.sample_question import Answer, Input, Question, Reply, Sample
from optimizer.tflite.runner import Runner
from optimizer.workers.process import Report

TYPED = "your numbers"
MOST_VALUES = 32_768  # of an output
FIRST_VALUES = 24  # of an input
LEAST_SIDE = 8  # of a picture without channels: smaller tables of numbers are none
SHOWN_SIDE = 224  # pixels to which a small picture is enlarged
LARGEST_UNSCALED = 2.0  # what is larger cannot be in 0..1 or -1..1

Array = npt.NDArray[np.generic]


def ask(
    question: Question,
    record: DatasetRecord,
    data_folder: Path,
    summary: ModelSummary,
    files: tuple[tuple[str, Path], ...],
    folder: Path,
    report: Report,
) -> Reply:
    """Puts one sample to every file.

    Args:
        question: Which sample.
        record: The study's dataset.
        data_folder: Where it lies.
        summary: The study's model.
        files: Recipes and their `.tflite`, the baseline first.
        folder: An empty folder, for a sample given by hand.
        report: Told the progress.

    Raises:
        DataError: the sample given by hand cannot be read, or does not fit the model.
    """
    report("Reading the sample", 0.0)
    if question.position is None:
        dataset, notes = _given(question, record, data_folder, summary, folder, report)
        position, labels = 0, None
    else:
        dataset, notes = Dataset(data_folder, record), ()
        position, labels = question.position, dataset.labels("evaluation")
        _check_position(position, len(dataset.roles.evaluation))
    samples = dataset.samples("evaluation")
    arrays = samples.batch(position, position + 1)
    raw = dataset.x[int(dataset.roles.evaluation[position])]
    sample = Sample(
        picture=_picture(np.asarray(raw), dataset.record),
        inputs=tuple(
            Input(name, array.shape[1:], _flat(array, FIRST_VALUES))
            for name, array in zip(samples.names, arrays, strict=True)
        ),
        label=None if labels is None else _flat(np.asarray(labels[position]), MOST_VALUES),
        notes=notes,
    )
    answers = []
    for done, (recipe, file) in enumerate(files):
        report(f"Asking {recipe}", done / len(files))
        answers.append(_answer(recipe, file, arrays, samples.names, record.output))
    return Reply(sample, tuple(answers))


def _check_position(position: int, count: int) -> None:
    if not 0 <= position < count:
        raise DataError(
            f"There are {count:,} evaluation samples. Choose one from 0 to {count - 1:,}."
        )


def _answer(
    recipe: str, file: Path, arrays: Sequence[Array], names: Sequence[str], output: int
) -> Answer:
    try:
        runner = Runner(file, arrays, names)
        values = runner.run(runner.prepare(arrays))[output]
    except MeasurementError as error:
        return Answer(recipe, (), 0, str(error))
    return Answer(recipe, _flat(values, MOST_VALUES), values.size)


def _flat(values: Array, most: int) -> tuple[float, ...]:
    return tuple(float(value) for value in np.asarray(values, np.float64).ravel()[:most])


# ---- a sample given by hand ------------------------------------------------------------------


def _given(
    question: Question,
    record: DatasetRecord,
    data_folder: Path,
    summary: ModelSummary,
    folder: Path,
    report: Report,
) -> tuple[Dataset, tuple[str, ...]]:
    """A dataset of the one sample, scaled as the study's are, and what was done to it."""
    assert question.file is not None  # noqa: S101 (for the type checker)
    file = folder / (PurePath(question.name).name or TYPED)  # which messages name
    shutil.copyfile(question.file, file)
    notes: tuple[str, ...] = ()
    with file.open("rb") as content:
        if begins_like_image(content.read(HEAD)):
            file, notes = _arrays_of_image(file, record, summary)
    data = folder / "data"
    data.mkdir()
    found = _read(file, record, summary, data, report)
    if found.count != 1:
        raise DataError(
            f"There are {found.count:,} samples in “{file.name}”. Give one: a table of one "
            "row, or an array whose first dimension is 1."
        )
    columns = data_folder / COLUMNS  # the means of the study's columns, not of this one row
    if columns.exists():
        shutil.copyfile(columns, data / COLUMNS)
    inputs = tuple(
        replace(mine, low=study.low, high=study.high)
        for mine, study in zip(found.inputs, record.inputs, strict=True)
    )
    return Dataset(data, replace(found, inputs=inputs, scaling=record.scaling)), notes


def _read(
    file: Path, record: DatasetRecord, summary: ModelSummary, data: Path, report: Report
) -> DatasetRecord:
    """Reads a file as the data room does, without labels."""

    def read_with(label: str | None) -> DatasetRecord:
        options = DataOptions(label=label, task=Task.UNLABELLED)
        return read(DataFiles(file), file.name, data, summary, options, report)

    try:
        found = read_with(None)
    except UndecidedDataError as undecided:  # it is a table, which may have the study's label
        columns = undecided.question.columns
        texts = [column.name for column in columns if column.kind == "category"]
        label = record.label if record.label in [c.name for c in columns] else NO_LABEL
        if set(texts) - {label}:
            raise DataError(
                f"The column “{texts[0]}” holds text. Give the numbers that the model takes: what "
                "texts stand for cannot be told from one row."
            ) from undecided
        found = read_with(label)
    return found


def _arrays_of_image(
    file: Path, record: DatasetRecord, summary: ModelSummary
) -> tuple[Path, tuple[str, ...]]:
    """Decodes an image as the data room does, into the range of the study's data."""
    if len(summary.inputs) > 1:
        names = ", ".join(spec.name for spec in summary.inputs)
        raise DataError(
            f"The model takes {len(summary.inputs)} inputs ({names}), but an image is one. Give an "
            ".npz with an array for each input, called by its name."
        )
    canvas = canvas_for(tuple(size or 1 for size in summary.inputs[0].shape[1:]))
    try:
        pixels, look = decode(file.read_bytes(), canvas)
    except UnreadableImageError as error:
        raise DataError(
            f"“{file.name}” cannot be read as an image ({error}). Give another."
        ) from error
    notes = []
    if look.size != (canvas.width, canvas.height):
        notes.append(
            f"Resized from {look.size[0]} × {look.size[1]} to {canvas.width} × {canvas.height} "
            "pixels."
        )
    if canvas.channels == 1 and not look.grey:
        notes.append("Converted to grey.")
    brought, note = _in_range(pixels, record)
    arrays = file.with_name("pixels.npy")
    np.save(arrays, brought[None])
    return arrays, (*notes, *note)


def _in_range(
    pixels: npt.NDArray[np.uint8], record: DatasetRecord
) -> tuple[npt.NDArray[np.generic], tuple[str, ...]]:
    """Pixels of 0..255 in the range of the study's own data, and what to say about it.

    Raises:
        DataError: the study's data are in a range that pixels cannot be brought to.
    """
    low, high = record.low, record.high
    if np.dtype(record.dtype).kind in "iub" or (low >= 0 and high > LARGEST_UNSCALED):
        return pixels, ()
    if low >= 0:
        return pixels / np.float32(255), ("Pixels were brought to 0…1, as the study’s data are.",)
    if low >= -1 and high <= 1:
        brought = pixels / np.float32(127.5) - np.float32(1)
        return brought, ("Pixels were brought to −1…1, as the study’s data are.",)
    raise DataError(
        f"The study’s data run from {low:g} to {high:g}, and an image’s pixels from 0 to 255: how "
        "to bring them together cannot be told. Give an .npy made as the study’s data were."
    )


# ---- the sample as a picture -----------------------------------------------------------------


def _picture(raw: Array, record: DatasetRecord) -> bytes | None:
    """A PNG of the first input, as the model looks at it; None where it is no picture."""
    canvas = _canvas(record)
    if canvas is None:
        return None
    low, high = record.low, record.high
    bright = (np.asarray(raw, np.float64) - low) / (high - low or 1.0) * 255
    size = (canvas.height, canvas.width, canvas.channels)
    values = bright.reshape(canvas.shape)
    if len(canvas.shape) == 3 and canvas.shape != size:
        values = values.transpose(1, 2, 0)
    pixels = values.reshape(size).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(pixels.squeeze(2) if canvas.channels == 1 else pixels)
    times = max(1, SHOWN_SIDE // max(image.size))
    image = image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def _canvas(record: DatasetRecord) -> Canvas | None:
    shape = record.shape
    if len(shape) not in {2, 3} or (len(shape) == 2 and min(shape) < LEAST_SIDE):
        return None
    try:
        return canvas_for(shape)
    except DataError:
        return None
