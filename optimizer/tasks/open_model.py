"""tasks/: the first task of a study: opens a model file and makes what all conversions share."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from optimizer.errors import ModelError
from optimizer.files.atomic import write_atomically
from optimizer.files.digest import digest, size, text_digest
from optimizer.models.open_options import OpenOptions
from optimizer.models.summary import LayerFit, ModelSummary
from optimizer.reporting import Report
from optimizer.store.records import ModelRecord
from optimizer.store.study import FLOAT_TFLITE
from optimizer.tasks.first_conversion import convert_first
from optimizer.workers.work import Work

if TYPE_CHECKING:
    from optimizer.models.load import LoadedModel


LOOP = "WHILE"
CODE = "model/code.py"
"""Where a study keeps the Python file that came with its model."""


@dataclass(frozen=True)
class OpenModel(Work[ModelRecord]):
    """Opens a model and makes `out` ready to become a study.

    Writes `model/source.*` (or the folder `model/source`), the shared SavedModel and the float32
    `.tflite`.

    Attributes:
        source: The file or folder that the user brought.
        name: What to call it.
        options: What the user has decided about it.
        architecture: A model.json, where `source` has weights alone; None where it has not.
        code: A Python file with layers of the model, which the user trusts: it is run. None for
            none.
    """

    urgent: ClassVar[bool] = True
    preload: ClassVar[tuple[str, ...]] = (
        "optimizer.models.load",
        "optimizer.models.recognise",
        "optimizer.tflite.contents",
    )

    source: Path
    name: str
    options: OpenOptions
    architecture: Path | None = None
    code: Path | None = None

    @property
    def trusted(self) -> bool:
        """See `Work.trusted`."""
        return self.options.trusted or self.code is not None

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
        from optimizer.tflite.output_activations import output_activations  # noqa: PLC0415

        report("Recognising the file", 0.0)
        model_folder = self.out / "model"
        model_folder.mkdir()
        with self._joined(report) as source:
            found = recognise(source)
            stored = found.format.store(source, found, model_folder / "source")
        recognised = recognise(stored)
        if self.code:
            from optimizer.models.user_code import run_code  # noqa: PLC0415

            report("Running the Python file", 0.05)
            run_code(self.code, recognised.keras)
            shutil.copyfile(self.code, self.out / CODE)
        report("Loading the model", 0.1)
        model = LoadedModel(stored, recognised, self.options)
        summary = model.summarise(self.name, recognised.version, size(stored))
        report("Exporting", 0.4)
        exported = model.export(model_folder / "saved_model")
        report("Converting to float32", 0.6)
        saved_model, summary = self._convert(exported, stored, summary)
        report("Looking at what can be trained", 0.8)
        untrainable, fits, surveys = look_at_training(model)
        float_tflite = open_flatbuffer(self.out / FLOAT_TFLITE)
        contents = read_contents(float_tflite)
        activations = output_activations(float_tflite)
        return ModelRecord(
            summary=replace(
                summary,
                macs=contents.macs,
                # A converter may make one of two outputs that are the same.
                output_activations=activations if len(activations) == len(summary.outputs) else (),
                loops=LOOP in contents.operators,
                untrainable=untrainable,
                fits=fits,
                surveys=surveys,
                notes=(*summary.notes, *_about_loops(model.is_keras, contents.operators)),
            ),
            digest=model_digest(self.source, self.architecture, self.code),
            file=str(stored.relative_to(self.out)),
            saved_model=saved_model,
            options=self.options,
            code=CODE if self.code else None,
        )

    @contextmanager
    def _joined(self, report: Report) -> Iterator[Path]:
        """What is opened: the file as it came, or its weights with what says their layers."""
        if self.architecture is None and not self.options.architecture:
            yield self.source
            return
        from optimizer.models.architecture import join  # noqa: PLC0415 (workers only)

        report("Building the architecture", 0.0)
        with tempfile.TemporaryDirectory(dir=self.out) as folder:
            yield join(self.source, self.architecture, self.options, Path(folder, "joined"))

    def _convert(
        self, exported: Path | None, stored: Path, summary: ModelSummary
    ) -> tuple[str | None, ModelSummary]:
        """Writes the float32 `.tflite`; gives the SavedModel it was made of, and what was learnt.

        Args:
            exported: The SavedModel; None where `stored` is a `.tflite` already, which stays as it
                came: what is run is a copy of what was understood of it.
            stored: The model as it came.
            summary: What is known so far.
        """
        from optimizer.models.trust import write_canonical_tflite  # noqa: PLC0415 (workers only)

        float_tflite = self.out / FLOAT_TFLITE
        if exported is None:
            write_canonical_tflite(stored, float_tflite)
            return None, summary
        first = convert_first(exported, select_tf_ops=self.options.select_tf_ops)
        write_atomically(float_tflite, first.content)
        return str(first.saved_model.relative_to(self.out)), replace(
            summary,
            one_sample=first.one_sample,
            select_tf_ops=first.select_tf_ops,
            notes=(*summary.notes, *_notes(first.one_sample)),
        )


def model_digest(source: Path, *beside: Path | None) -> str:
    """SHA-256 of a model as it came, and of what came beside it: a description, code."""
    alone = digest(source)
    others = [digest(path) if path else "" for path in beside]
    return text_digest(" ".join([alone, *others])) if any(others) else alone


def look_at_training(
    model: "LoadedModel",
) -> tuple[str | None, tuple[LayerFit, ...], dict[str, str]]:
    """Why the model cannot be trained, or None; what techniques can do with each layer; surveys."""
    from optimizer.techniques.training.layer_support import (  # noqa: PLC0415 (workers only)
        layer_fits,
        surveys,
    )
    from optimizer.techniques.training.take_step import rebuild  # noqa: PLC0415

    try:
        rebuilt, frozen = rebuild(model.keras_model())
    except ModelError as error:
        return str(error).rstrip("."), (), {}
    return None, layer_fits(rebuilt, frozen), surveys(rebuilt)


def _about_loops(is_keras: bool, operators: Mapping[str, int]) -> tuple[str, ...]:
    """What can be done about recurrent layers that run as loops."""
    if LOOP not in operators or not is_keras:
        return ()
    return (
        "Its recurrent layers run as loops, which have no integer form. Opened with unroll=True "
        "(--unroll, or the button here) their steps are plain operators, and int8 can be made.",
    )


def _notes(one_sample: bool) -> tuple[str, ...]:
    if not one_sample:
        return ()
    return ("Its files take one sample at a time: recurrent layers convert no other way.",)
