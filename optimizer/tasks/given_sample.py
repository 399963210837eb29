"""tasks/: a sample given by hand, read as the study's data were. Workers only."""

import shutil
from dataclasses import replace
from pathlib import Path, PurePath

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Array
from optimizer.data.canvas import canvas_for
from optimizer.data.data_options import NO_LABEL, DataFiles, DataOptions, UndecidedDataError
from optimizer.data.dataset import COLUMNS, Dataset, DatasetRecord
from optimizer.data.labels import Task
from optimizer.data.reading import read
from optimizer.data.sources.decode import (
    HEAD,
    UnreadableImageError,
    begins_like_image,
    decode,
)
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary
from optimizer.reporting import Report
from optimizer.tasks.sample_question import Question
from optimizer.tasks.study_files import StudyData
from optimizer.words import reason

TYPED = "your numbers"
LARGEST_UNSCALED = 2.0  # what is larger cannot be in 0..1 or -1..1


def read_given(
    question: Question, study: StudyData, summary: ModelSummary, folder: Path, report: Report
) -> tuple[Dataset, tuple[str, ...]]:
    """A dataset of the one sample, scaled as the study's are, and what was done to it.

    Args:
        question: Names the file.
        study: The data that the sample is to be like.
        summary: The study's model.
        folder: Takes the file under its own name, and the dataset.
        report: Told the progress.

    Raises:
        DataError: it cannot be read, or does not fit the model.
    """
    record = study.record
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
    columns = study.folder / COLUMNS  # the means of the study's columns, not of this one row
    if columns.exists():
        shutil.copyfile(columns, data / COLUMNS)
    inputs = tuple(
        replace(mine, low=theirs.low, high=theirs.high)
        for mine, theirs in zip(found.inputs, record.inputs, strict=True)
    )
    like = replace(found, inputs=inputs, scaling=record.scaling, given=record.given)
    return Dataset(data, like), notes


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
    canvas = canvas_for(
        tuple(size or 1 for size in summary.inputs[0].shape[1:]), letterbox=record.letterbox
    )
    try:
        pixels, look = decode(file.read_bytes(), canvas)
    except UnreadableImageError as error:
        raise DataError(
            f"“{file.name}” cannot be read as an image ({reason(error)}). Give another."
        ) from error
    notes = []
    if look.size != (canvas.width, canvas.height):
        notes.append(
            f"Resized from {look.size[0]} × {look.size[1]} to {canvas.width} × {canvas.height} "
            f"pixels{' in a letterbox' if canvas.letterbox else ''}."
        )
    if canvas.channels == 1 and not look.grey:
        notes.append("Converted to grey.")
    brought, note = _in_range(pixels, record)
    arrays = file.with_name("pixels.npy")
    np.save(arrays, brought[None])
    return arrays, (*notes, *note)


def _in_range(
    pixels: npt.NDArray[np.uint8], record: DatasetRecord
) -> tuple[Array, tuple[str, ...]]:
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
