"""tests of jobs/: stands in for workers: leaves at once what they would, made up, in this process.

So a whole study costs milliseconds, and everything that the server does with it is real.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from optimizer.data.dataset import SOURCE, DatasetRecord
from optimizer.errors import ConversionError, LiteweighError
from optimizer.measure.measurements import Memory, Metric, OperatorTime, Profile
from optimizer.models.summary import LayerFit
from optimizer.recipes import BASELINE, Recipe
from optimizer.store.key import variant_key
from optimizer.store.records import FloatReport, Judged, ModelRecord, Timed, TrainingRecord, Variant
from optimizer.store.training_folders import DONE, STEP
from optimizer.store.tried import Lost, Tried, Weighed
from optimizer.tasks.judge_data import DATA, VARIANTS
from optimizer.tasks.make_variant import MakeVariant
from optimizer.tasks.open_model import OpenModel
from optimizer.tasks.read_data import ReadData
from optimizer.tasks.reinterpret_data import ReinterpretData
from optimizer.tasks.study_files import BASELINE_OUTPUTS
from optimizer.tasks.time_variants import TIMES, TimeVariants
from optimizer.tasks.try_recipe import TryRecipe
from optimizer.tasks.weight_histograms import MADE, WeightHistograms
from optimizer.workers.confinement.level import Level
from optimizer.workers.progress import Progress, Reporter
from optimizer.workers.work import Work
from tests.variants import SAMPLES, SUMMARY, accuracy, dataset, latency, variant

UNCONFINED = Level("none")


class StandIn:
    """An executor without workers; see `workers.executor.Executor`."""

    def __init__(
        self,
        around: Callable[[], AbstractContextManager[None]] = nullcontext,
        level: Level = UNCONFINED,
    ) -> None:
        """`around` is entered while a task is done; `level` is what it says of itself."""
        self._around, self.level = around, level

    def submit(self, work: Work[Any], on_start: Callable[[], None], owner: str) -> "Future[Any]":
        """Does it."""
        on_start()
        future: Future[Any] = Future()
        with self._around():
            Reporter(work.out)("Working", 0.5)
            try:
                future.set_result(_do(work))
            except LiteweighError as error:
                future.set_exception(error)
        return future

    def progress(self, work: Work[Any]) -> Progress | None:
        """Nobody can ask in time."""

    def written(self, work: Work[Any], name: PurePath, most: int) -> bytes | None:
        """Nobody can ask in time."""

    def cancel(self, future: "Future[Any]") -> None:
        """Nothing is left to be ended."""

    def close(self) -> None:
        """There are no processes."""


def _do(work: Work[Any]) -> Any:
    if isinstance(work, OpenModel):
        return _open(work.out)
    if isinstance(work, ReadData | ReinterpretData):
        return _judge(work)
    if isinstance(work, MakeVariant):
        for step, folders in zip(work.recipe.training, work.trainings, strict=True):
            if not folders.find(STEP):
                folders.made.mkdir(parents=True, exist_ok=True)
                trained = TrainingRecord(
                    step=step.name, folder=f"training/{folders.made.name}", layers=(), epochs=1,
                    best_epoch=1, fit_seconds=1, seconds=1,
                )  # fmt: skip
                DONE.write(folders.made / STEP, trained)
        return _make(work.recipe, work.files.model.record, work.files.data.record, work.out)
    if isinstance(work, TryRecipe):
        return _try(work.recipe)
    if isinstance(work, TimeVariants):
        (work.out / TIMES).write_bytes(b"times")
        return tuple(_timed() for _ in work.files)
    assert isinstance(work, WeightHistograms)
    (work.out / MADE).write_text("[]")
    return None


def _open(out: Path) -> ModelRecord:
    (out / "model").mkdir()
    for name in ("source.keras", "float32.tflite"):
        (out / "model" / name).write_bytes(b"model")
    fit = LayerFit("dense", "Dense", 12, dict.fromkeys(("prune", "cluster", "qat")))
    summary = replace(SUMMARY, fits=(fit,))
    return ModelRecord(summary=summary, digest="d", file="model/source.keras", saved_model=None)


def _judge(work: ReadData | ReinterpretData) -> Judged:
    for folder in (DATA, VARIANTS):
        (work.out / folder).mkdir()
    if isinstance(work, ReadData):
        np.save(work.out / DATA / "x.npy", np.zeros(3))
        np.savez(work.out / DATA / SOURCE, y=np.zeros(3))
    (work.out / VARIANTS / BASELINE_OUTPUTS).write_bytes(b"outputs")
    scaling = work.options.scaling
    record = dataset(scaling="unit" if scaling == "auto" else scaling)
    return Judged(
        dataset=record,
        report=FloatReport(scalings=(), keras=accuracy(0.9), chance=0.3, seconds_per_sample=0.001),
        baseline=_make(BASELINE, work.model.record, record, work.out / VARIANTS),
    )


def _make(recipe: Recipe, model: ModelRecord, data: DatasetRecord, folder: Path) -> Variant:
    key = variant_key(recipe, model, data)
    name = f"{recipe.slug}-{key[:8]}"
    made = variant(
        str(recipe),
        key=key,
        file=f"variants/{name}.tflite",
        predictions=f"variants/{name}.npz",
        audit=f"variants/{name}.audit.json",
        latency=None,
    )
    for file in made.files:
        (folder / Path(file).name).write_bytes(str(recipe).encode())
    np.savez(folder / f"{name}.npz", scores=np.ones(SAMPLES, bool))
    return made


def _try(recipe: Recipe) -> Tried:
    """One that loses nothing; the longer the recipe the smaller its file. int16x8 cannot be made.

    It says that it is another, as a worker might that is in a stranger's hands.
    """
    if recipe.conversion.name == "int16x8":
        raise ConversionError("The converter refused the model.")
    size = 100_000 - 100 * len(str(recipe))
    return Tried(
        recipe="float32",
        key="another",
        weighed=Weighed(size, size, 100, ("FLOAT32",), {"integer_only": False}),
        tuning=Metric("accuracy", 0.9, None, None, 400),
        lost=Lost(0.0, 0.05, 0.9, 400),
        seconds=0.1,
    )


def _timed() -> Timed:
    return Timed(
        latency=latency(1.0),
        other_latencies=(),
        memory=Memory(2**20, 2**10),
        profile=Profile((OperatorTime("Convolution", None, 0.1, 1.0, True),), 3),
        unprofiled=None,
        timed_on=variant("float32").environment,
    )
