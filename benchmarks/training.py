"""benchmarks/: what training-time techniques must reach on the sample, and what a step costs.

Each recipe runs through the engine with its defaults; the file it leaves is read, not the model.
"""

import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.conversion import study_of_the_sample
from benchmarks.made import make, points_lost
from benchmarks.row import Row, at_least, at_most, ratio_at_most
from optimizer.data.dataset import Dataset
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import Recipe, parse
from optimizer.reporting import Report
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.tasks.study_files import StudyFiles
from optimizer.tasks.train import Rebuilt
from optimizer.techniques.properties import Property
from optimizer.tflite.contents import read_contents
from optimizer.tflite.facts import WeightTensor
from optimizer.tflite.flatbuffer import open_flatbuffer
from optimizer.workers.work import Work

PRUNED = "prune(final_sparsity=0.8)+int8"
CLUSTERED = "cluster(number_of_clusters=16)+qat+int8"
BOTH = "prune(final_sparsity=0.5)+cluster(number_of_clusters=16)+qat+int8"
QAT = "qat+int8"
LONGEST = 180.0  # seconds for one recipe
ROUNDS = 3
STEPS = 120  # of a round; the first, which is traced, is no median


def measure() -> list[Row]:
    """The four recipes, then a training step of each technique against a bare tfmot loop."""
    rows = []
    with study_of_the_sample() as (scheduler, study):
        [plain] = make(scheduler, study, "int8")
        made = {text: make(scheduler, study, text)[0] for text in (PRUNED, CLUSTERED, BOTH, QAT)}
        for text, variant in made.items():
            rows += [
                at_most("train", f"points lost: {text}", points_lost(study, variant), 1.0),
                at_most("train", f"seconds: {text}", variant.seconds, LONGEST),
            ]
        rows[-2] = at_most("train", f"points lost: {QAT}", points_lost(study, made[QAT]), 0.3)
        for text, zeros in ((PRUNED, 0.79), (BOTH, 0.49)):
            share = _zeros(study, made[text])
            rows.append(at_least("train", f"zeros in the file: {text}", share, zeros))
            rows.append(
                ratio_at_most(
                    "train", f"gzip bytes against plain int8: {text}",
                    made[text].gzip_bytes, plain.gzip_bytes, 0.55,
                )
            )  # fmt: skip
        for text in (CLUSTERED, BOTH):
            most = _most_unique(study, made[text])
            rows.append(at_most("train", f"unique values per channel: {text}", most, 16))
        rows += _steps(scheduler, study)
    return rows


def _weights(study: Study, variant: Variant) -> list[WeightTensor]:
    """What can be pruned and clustered: tfmot leaves depthwise kernels alone."""
    weights = read_contents(open_flatbuffer(study.folder / variant.file)).weights
    return [weight for weight in weights if weight.operator != "DEPTHWISE_CONV_2D"]


def _zeros(study: Study, variant: Variant) -> float:
    weights = _weights(study, variant)
    sizes = [np.prod(weight.shape) for weight in weights]
    return float(np.average([weight.zeros for weight in weights], weights=sizes))


def _most_unique(study: Study, variant: Variant) -> int:
    return max(weight.unique_per_channel for weight in _weights(study, variant))


# ---- one training step -----------------------------------------------------------------------


def _steps(scheduler: Scheduler, study: Study) -> list[Row]:
    folder = study.job_folder("benchmark")
    folder.mkdir()
    work = TimeSteps(out=folder, files=StudyFiles.of(study))
    times = scheduler.executor.submit(work, lambda: None, "benchmark").result()
    return [
        ratio_at_most("train", f"ms of a training step: {name}", ours, theirs, 1.1)
        for name, (ours, theirs) in times.items()
    ]


@dataclass(frozen=True)
class TimeSteps(Work[dict[str, tuple[float, float]]]):
    """Median milliseconds of a step, ours and bare, in turn."""

    files: StudyFiles

    def run(self, report: Report) -> dict[str, tuple[float, float]]:  # noqa: ARG002
        """See `Work.run`."""
        bare_steps = {"prune": _bare_pruning, "cluster": _bare_clustering, "qat": _bare_qat}
        rebuilt = Rebuilt(self.files)
        dataset = rebuilt.dataset
        pairs: dict[str, tuple[float, float]] = {}
        for text, bare in bare_steps.items():
            recipe = parse(f"{text}+int8")
            rounds = [
                (_our_steps(recipe, rebuilt, dataset), _their_steps(bare, rebuilt, dataset, recipe))
                for _ in range(ROUNDS)
            ]
            pairs[text] = (median(r[0] for r in rounds), median(r[1] for r in rounds))
        return pairs


def _ignore(said: str, done: float) -> None:
    """Nobody looks at the progress."""


def _our_steps(recipe: Recipe, rebuilt: Rebuilt, dataset: Dataset) -> float:
    from optimizer.techniques.training.learn import learn  # noqa: PLC0415
    from optimizer.techniques.training.take_step import start_of  # noqa: PLC0415

    [step] = recipe.training
    clock = _clock()
    with tempfile.TemporaryDirectory() as folder, suppress(_Enough):
        came, given = rebuilt.with_weights_of(None), frozenset[Property]()
        at_hand = rebuilt.at_hand
        start = start_of(step, came, given, at_hand, Path(folder), _ignore, changed=False)
        prepared = step.prepare(start)
        prepared = replace(prepared, callbacks=(*prepared.callbacks, clock))
        model = rebuilt.summary
        learn(step, prepared, rebuilt.model, dataset, model, Path(folder), _ignore)
    return clock.milliseconds()  # type: ignore[no-any-return]


def _their_steps(
    bare: Callable[[Any], tuple[Any, list[Any]]], rebuilt: Rebuilt, dataset: Dataset, recipe: Recipe
) -> float:
    """As tfmot's guides do it: the arrays in memory, compile, fit."""
    [step] = recipe.training
    model, callbacks = bare(rebuilt.with_weights_of(None))
    x = dataset.samples("training").batch(0, dataset.record.training)[0]
    y = dataset.labels("training")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    clock = _clock()
    with suppress(_Enough):
        model.fit(
            x, y, batch_size=step.batch_size, epochs=step.epochs, callbacks=[*callbacks, clock],
            verbose=0,
        )  # fmt: skip
    return clock.milliseconds()  # type: ignore[no-any-return]


def _bare_pruning(model: Any) -> tuple[Any, list[Any]]:
    import tensorflow_model_optimization as tfmot  # noqa: PLC0415

    schedule = tfmot.sparsity.keras.PolynomialDecay(0.0, 0.5, 0, 100, frequency=10)
    wrapped = tfmot.sparsity.keras.prune_low_magnitude(model, schedule)
    return wrapped, [tfmot.sparsity.keras.UpdatePruningStep()]


def _bare_clustering(model: Any) -> tuple[Any, list[Any]]:
    import tensorflow_model_optimization as tfmot  # noqa: PLC0415

    start = tfmot.clustering.keras.CentroidInitialization.KMEANS_PLUS_PLUS
    return tfmot.clustering.keras.cluster_weights(model, 16, start), []


def _bare_qat(model: Any) -> tuple[Any, list[Any]]:
    import tensorflow_model_optimization as tfmot  # noqa: PLC0415

    return tfmot.quantization.keras.quantize_model(model), []


class _Enough(Exception):  # noqa: N818 (no error)
    """Ends a training that is as long as a user's after a few steps."""


def _clock() -> Any:
    import tf_keras  # noqa: PLC0415

    class Clock(tf_keras.callbacks.Callback):  # type: ignore[misc]  # tf_keras has no types
        """The time from the end of each step to the end of the next."""

        def __init__(self) -> None:
            super().__init__()
            self.ends: list[float] = []

        def on_train_batch_end(self, *_: Any, **__: Any) -> None:
            self.ends.append(time.perf_counter())
            if len(self.ends) == STEPS:
                raise _Enough

        def milliseconds(self) -> float:
            return float(1000 * np.median(np.diff(self.ends)))

    return Clock()
