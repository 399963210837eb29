"""tests of store/: makes the golden study of the present schema, before the number is raised.

    python -m tests.store.golden.make

Five variants with all that can be measured of them, one by a way round, and a job that was
cancelled, under names that are not ASCII. What tells of the machine, or is never read again, is
taken out.
"""

import json
import re
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from optimizer.data.data_options import DataFiles
from optimizer.export.results import results
from optimizer.files.atomic import write_atomically
from optimizer.jobs.scheduler import Scheduler
from optimizer.measure.measurements import Environment
from optimizer.recipes import parse
from optimizer.store.library import Library
from optimizer.store.records import Status, StudyIndex, Variant
from optimizer.store.schema import SCHEMA
from optimizer.store.study import Study
from optimizer.workers.executor import LocalExecutor
from tests.store.golden import HERE, exported

NAME, DATA_NAME = "Größenmaß 数", "Bilder — links/rechts"
# TensorFlow's converter has no 16-bit form of HARD_SWISH; before schema 2 this failed.
DETOUR = "int16x8"
DONE = (DETOUR, "weight_only_int8", "int8", "prune(epochs=4,smallest=10)+int8")
CANCELLED = "finetune(epochs=1000)+int8"
SAMPLES, BRIGHTER = 120, 0.9
SECRETS = re.compile(r"(/[\w.+-]+)+/(?=site-packages/|optimizer/|training/|model/)")
LARGE = ("training/*/saved_model", "training/*/tensorboard", "jobs/*/latency-times.npz")
LOCKS = (".lock", "training/*.lock")


def main() -> None:
    """Makes the study in a folder of its own, and copies what is kept of it."""
    with tempfile.TemporaryDirectory() as home:
        files = _model_and_data(Path(home))
        executor = LocalExecutor(1, 8 * 2**30, 3600)
        library = Library(Path(home) / "studies")
        study = _study(Scheduler(executor, library, 1.0, 600), *files)
        study.update(_anywhere)
        exported(SCHEMA).write_text(json.dumps(results(study), indent=1) + "\n")
        executor.close()
        library.close()
        target = HERE / study.folder.name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(study.folder, target)
    for pattern in (*LARGE, *LOCKS):
        for found in target.glob(pattern):
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    for log in target.glob("jobs/*/log.txt"):
        write_atomically(log, SECRETS.sub("", log.read_text()).encode())


def _model_and_data(folder: Path) -> tuple[Path, Path]:
    """A network that tells which half of an image is brighter, a little better than by chance."""
    import keras

    rng = np.random.default_rng(5)
    x = rng.integers(0, 256, (SAMPLES, 8, 8, 1)).astype(np.uint8)
    y = np.repeat([0, 1], SAMPLES // 2)
    x[y == 0, :, :4] = x[y == 0, :, :4] * BRIGHTER
    x[y == 1, :, 4:] = x[y == 1, :, 4:] * BRIGHTER
    keras.utils.set_random_seed(7)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="bild"),
            layers.Conv2D(4, 3, name="conv"),
            layers.Activation("hard_silu", name="act"),
            layers.Flatten(name="flatten"),
            layers.Dense(16, activation="relu", name="dense"),
            layers.Dense(2, activation="softmax", name="links_rechts"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(x / np.float32(255), y, epochs=6, batch_size=20, verbose=0)
    model.save(folder / "model.keras", include_optimizer=False)
    order = rng.permutation(SAMPLES)
    np.savez(folder / "data.npz", x=x[order], y=y[order])
    return folder / "model.keras", folder / "data.npz"


def _study(scheduler: Scheduler, model: Path, data: Path) -> Study:
    study = scheduler.open_model(model, NAME, study_id=f"schema-{SCHEMA}").result()
    study = scheduler.add_data(study, DataFiles(data), DATA_NAME).result()
    scheduler.start(study, [parse(text) for text in DONE])
    scheduler.wait(study)
    [last] = scheduler.start(study, [parse(CANCELLED)])
    while "epoch" not in _stage(scheduler, study):
        time.sleep(0.1)
    scheduler.cancel(study, [last])
    scheduler.wait(study)
    ended = [job.status for job in study.index.jobs]
    assert ended == [*[Status.DONE] * len(DONE), Status.CANCELLED]
    return study


def _stage(scheduler: Scheduler, study: Study) -> str:
    progress = scheduler.progress(study, study.index.jobs[-1])
    return progress.stage if progress else ""


def _anywhere(index: StudyIndex) -> StudyIndex:
    """Without the machine, of which only the number of cores and the versions stay."""

    def elsewhere(environment: Environment) -> Environment:
        return replace(environment, cpu="A CPU", os="Linux-6.1.0-x86_64-with-glibc2.36")

    def moved(variant: Variant) -> Variant:
        assert variant.timed_on
        machines = {
            "environment": elsewhere(variant.environment),
            "timed_on": elsewhere(variant.timed_on),
            "key": f"of schema {SCHEMA}: {variant.recipe}",  # later code makes it anew
        }
        return variant.model_copy(update=machines)

    return index.model_copy(update={"variants": tuple(map(moved, index.variants))})


if __name__ == "__main__":
    main()
