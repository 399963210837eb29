"""tasks/: the first task of a study: opens a model file and makes what all conversions share."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from optimizer.errors import ModelError
from optimizer.files.atomic import write_atomically
from optimizer.files.digest import digest, size
from optimizer.models.open_options import OpenOptions
from optimizer.models.summary import LayerFit, ModelSummary
from optimizer.reporting import Report
from optimizer.store.records import ModelRecord
from optimizer.store.study import FLOAT_TFLITE
from optimizer.tasks.first_conversion import convert_first
from optimizer.workers.work import Work

if TYPE_CHECKING:
    from optimizer.models.load import LoadedModel


@dataclass(frozen=True)
class OpenModel(Work[ModelRecord]):
    """Opens a model and makes `out` ready to become a study.

    Writes `model/source.*` (or the folder `model/source`), the shared SavedModel and the float32
    `.tflite`.

    Attributes:
        source: The file or folder that the user brought.
        name: What to call it.
        options: What the user has decided about it.
    """

    preload: ClassVar[tuple[str, ...]] = (
        "optimizer.models.load",
        "optimizer.models.recognise",
        "optimizer.tflite.contents",
    )

    source: Path
    name: str
    options: OpenOptions

    @property
    def trusted(self) -> bool:
        """See `Work.trusted`."""
        return self.options.trusted

    def run(self, report: Report) -> ModelRecord:
        """See `Work.run`.

        Raises:
            UndecidedModelError: the user has to decide something first.
            ModelError: it is no model, or one that cannot be used; the message says why.
            ConversionError: it cannot be converted even to float32.
        """
        from optimizer.models.load import LoadedModel  # noqa: PLC0415
        from optimizer.models.recognise import recognise  # noqa: PLC0415 (workers only)
        from optimizer.tflite.contents import read_contents  # noqa: PLC0415
        from optimizer.tflite.flatbuffer import open_flatbuffer  # noqa: PLC0415

        report("Recognising the file", 0.0)
        model_folder = self.out / "model"
        model_folder.mkdir()
        found = recognise(self.source)
        stored = found.format.store(self.source, found, model_folder / "source")
        recognised = recognise(stored)
        report("Loading the model", 0.1)
        model = LoadedModel(stored, recognised, self.options)
        summary = model.summarise(self.name, recognised.version, size(stored))
        report("Exporting", 0.4)
        exported = model.export(model_folder / "saved_model")
        report("Converting to float32", 0.6)
        saved_model, summary = self._convert(exported, stored, summary)
        report("Looking at what can be trained", 0.8)
        untrainable, fits = look_at_training(model)
        contents = read_contents(open_flatbuffer(self.out / FLOAT_TFLITE))
        return ModelRecord(
            summary=replace(
                summary,
                macs=contents.macs,
                loops="WHILE" in contents.operators,
                untrainable=untrainable,
                fits=fits,
            ),
            digest=digest(self.source),
            file=str(stored.relative_to(self.out)),
            saved_model=saved_model,
            options=self.options,
        )

    def _convert(
        self, exported: Path | None, stored: Path, summary: ModelSummary
    ) -> tuple[str | None, ModelSummary]:
        """Writes the float32 `.tflite`; gives the SavedModel it was made of, and what was learnt.

        Args:
            exported: The SavedModel; None where `stored` is a `.tflite` already.
            stored: The model as it came.
            summary: What is known so far.
        """
        float_tflite = self.out / FLOAT_TFLITE
        if exported is None:
            write_atomically(float_tflite, stored.read_bytes())
            return None, summary
        first = convert_first(exported, select_tf_ops=self.options.select_tf_ops)
        write_atomically(float_tflite, first.content)
        return str(first.saved_model.relative_to(self.out)), replace(
            summary,
            one_sample=first.one_sample,
            select_tf_ops=first.select_tf_ops,
            notes=(*summary.notes, *_notes(first.one_sample)),
        )


def look_at_training(model: "LoadedModel") -> tuple[str | None, tuple[LayerFit, ...]]:
    """Why the model cannot be trained, or None; and what techniques can do with each layer."""
    from optimizer.models.bridge.replay import to_tf_keras  # noqa: PLC0415 (workers only)
    from optimizer.techniques.training.layer_support import layer_fits  # noqa: PLC0415

    try:
        return None, layer_fits(to_tf_keras(model.keras_model()))
    except ModelError as error:
        return str(error).rstrip("."), ()


def _notes(one_sample: bool) -> tuple[str, ...]:
    if not one_sample:
        return ()
    return ("Its files take one sample at a time: recurrent layers convert no other way.",)
