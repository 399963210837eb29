"""tasks/: a study as a worker sees it: its records, and where its files lie. Only read."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.errors import StudyError
from optimizer.store.records import ModelRecord
from optimizer.store.study import FLOAT_TFLITE, Study

if TYPE_CHECKING:
    from optimizer.models.load import LoadedModel

BASELINE_OUTPUTS = "float32.outputs.npz"
"""What the float32 variant says of the evaluation role; made with it, then kept with the data."""


@dataclass(frozen=True)
class StudyModel:
    """The model of a study.

    Attributes:
        record: What is known of it.
        source: The file or folder as it came.
        saved_model: What all conversions start from; None for a ready `.tflite`.
        float_tflite: What the LiteRT Quantizer starts from, and the baseline.
        code: The Python file that has its layers; None where it needs none.
    """

    record: ModelRecord
    source: Path
    saved_model: Path | None
    float_tflite: Path
    code: Path | None = None

    @classmethod
    def of(cls, record: ModelRecord, folder: Path) -> "StudyModel":
        """The model of the study in `folder`."""
        return cls(
            record=record,
            source=folder / record.file,
            saved_model=folder / record.saved_model if record.saved_model else None,
            float_tflite=folder / FLOAT_TFLITE,
            code=folder / record.code if record.code else None,
        )

    def load(self) -> "LoadedModel":
        """Opens it in its own library. Workers only."""
        from optimizer.models.load import LoadedModel  # noqa: PLC0415
        from optimizer.models.recognise import recognise  # noqa: PLC0415 (workers only)

        recognised = recognise(self.source)
        if self.code:
            from optimizer.models.user_code import run_code  # noqa: PLC0415

            run_code(self.code, recognised.keras)
        return LoadedModel(self.source, recognised, self.record.options)


@dataclass(frozen=True)
class StudyData:
    """The dataset of a study.

    Attributes:
        record: What is known of it.
        folder: Where it lies, see `data.dataset`, and the float32 outputs with it.
        inputs: Where the samples lie; None: there too.
    """

    record: DatasetRecord
    folder: Path
    inputs: Path | None = None

    @classmethod
    def of(cls, study: Study) -> "StudyData":
        """The dataset of a study.

        Raises:
            StudyError: it has none yet.
        """
        if study.index.dataset is None:
            raise StudyError("The study has no data yet. Add some on the Data page.")
        return cls(study.index.dataset, study.data_folder)

    def open(self) -> Dataset:
        """Opens the arrays."""
        return Dataset(self.folder, self.record, self.inputs)


@dataclass(frozen=True)
class StudyFiles:
    """The model of a study and its data."""

    model: StudyModel
    data: StudyData

    @classmethod
    def of(cls, study: Study) -> "StudyFiles":
        """Of a study that has data.

        Raises:
            StudyError: it has none yet.
        """
        return cls(StudyModel.of(study.index.model, study.folder), StudyData.of(study))
