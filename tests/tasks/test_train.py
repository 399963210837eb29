"""tests of tasks/: recipes that train, in real workers, killed and cancelled on their way."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from optimizer.data.data_options import DataFiles
from optimizer.data.dataset import Dataset
from optimizer.errors import RecipeError
from optimizer.jobs.scheduler import Scheduler
from optimizer.measure.predict import predict
from optimizer.recipes import parse
from optimizer.store.records import Job, Status, Variant
from optimizer.store.study import Study
from optimizer.store.training_folders import training_folders
from optimizer.techniques.training import history
from tests.conftest import PRUNED
from tests.levels import some
from tests.refused import refused
from tests.tflite_files import read_contents
from tests.tutorial import tutorial_loop
from tests.waiting import until

ROOT = Path(__file__).parents[2]
LONG = "finetune(epochs=1000,patience=0)+float16"


@pytest.fixture(scope="module")
def study(fresh: Callable[[], Study]) -> Study:
    """The tiny model with its images."""
    return fresh()


def folders_of(study: Study, recipe: str) -> list[Path]:
    index = study.index
    assert index.dataset
    return training_folders(parse(recipe), index.model, index.dataset, study.folder)


def job_of(study: Study, recipe: str) -> Job:
    return [job for job in study.index.jobs if job.recipe == recipe][-1]


def make(scheduler: Scheduler, study: Study, *recipes: str) -> list[Variant]:
    scheduler.start(study, [parse(recipe) for recipe in recipes])
    scheduler.wait(study)
    made = []
    for recipe in recipes:
        variant = study.variant(str(parse(recipe)))
        assert variant, job_of(study, str(parse(recipe))).error
        made.append(variant)
    return made


def test_a_pruned_file_has_the_zeros_that_were_asked_for(pruned: Study) -> None:
    variant = pruned.made(PRUNED)
    [record] = variant.training
    assert record.step == "prune"
    assert record.epochs == 2
    weights = read_contents(pruned.folder / variant.file).weights
    kept = [weight for weight in weights if weight.operator != "DEPTHWISE_CONV_2D"]
    assert len(kept) == len(record.layers) == 3
    assert all(weight.zeros >= 0.74 for weight in kept)
    curve = history.read(pruned.folder / record.folder)
    assert curve[-1].epoch == 2
    assert curve[-1].sparsity == pytest.approx(0.75, abs=0.01)
    assert curve[-1].tuning_loss is not None


@pytest.mark.slow
def test_recipes_that_begin_alike_train_that_beginning_once(
    scheduler: Scheduler, study: Study
) -> None:
    begin = "prune(final_sparsity=0.6,epochs=1)"
    first, second = make(scheduler, study, f"{begin}+float16", f"{begin}+weight_only_int8")
    (third,) = make(scheduler, study, f"{begin}+cluster(number_of_clusters=8,epochs=1)+int8")
    assert first.training == second.training
    assert third.training[0] == first.training[0]
    zeros = read_contents(study.folder / third.file).sparsity
    assert zeros
    assert zeros > 0.4


@pytest.mark.slow
def test_trained_files_predict_what_a_plain_loop_does_bit_for_bit(
    scheduler: Scheduler, study: Study
) -> None:
    record = study.index.dataset
    assert record
    samples = Dataset(study.data_folder, record).samples("evaluation")
    (inputs,) = samples.batch(0, len(samples))
    recipes = ("prune(epochs=0)+int8", "cluster(epochs=0)+int8", "qat(epochs=1)+int8(io=uint8)")
    for variant in make(scheduler, study, *recipes):
        file = study.folder / variant.file
        assert predict(file, samples)[0].tobytes() == tutorial_loop(file, inputs).tobytes()


def test_without_epochs_pruning_and_clustering_work_at_once(
    scheduler: Scheduler, study: Study
) -> None:
    [variant] = make(
        scheduler, study, "prune(final_sparsity=0.5,epochs=0)+cluster(epochs=0)+float32"
    )
    assert [record.epochs for record in variant.training] == [0, 0]
    weights = read_contents(study.folder / variant.file).weights
    dense = [weight for weight in weights if weight.operator == "FULLY_CONNECTED"]
    assert len(dense) == 2
    assert all(weight.zeros >= 0.49 and weight.unique <= 16 for weight in dense)


def test_qat_gives_an_integer_file(scheduler: Scheduler, study: Study) -> None:
    [variant] = make(scheduler, study, "qat(epochs=4)+int8(io=uint8)")
    assert variant.contents.input_types == ("UINT8",)
    assert "FLOAT32" not in variant.contents.tensor_types
    assert variant.fidelity
    assert variant.fidelity.agreement
    assert variant.fidelity.agreement > 0.7


@pytest.mark.slow
@pytest.mark.parametrize("format_", some(["keras2_h5", "saved2"], quick=["saved2"]))
def test_a_model_of_keras_2_goes_the_same_way_and_gives_a_file_of_the_same_size(
    scheduler: Scheduler, study: Study, model_files: dict[str, Path], data_file: Path, format_: str
) -> None:
    recipe = "qat(epochs=4)+int8"
    [variant] = make(scheduler, study, recipe)
    other = scheduler.open_model(model_files[format_], "tiny").result()
    assert other.index.model.summary.untrainable is None
    other = scheduler.add_data(other, DataFiles(data_file), "pixels").result()
    [again] = make(scheduler, other, recipe)
    # Names of tensors differ, which flatbuffers pad to whole words.
    assert again.size_bytes == pytest.approx(variant.size_bytes, abs=0.01 * variant.size_bytes)
    assert again.contents.operators == variant.contents.operators


def test_a_saved_model_without_layers_cannot_be_trained_and_says_why(
    scheduler: Scheduler, model_files: dict[str, Path], data_file: Path
) -> None:
    other = scheduler.open_model(model_files["saved3"], "tiny").result()
    other = scheduler.add_data(other, DataFiles(data_file), "pixels").result()
    with refused(RecipeError, "prune cannot be used", "no Keras layers", "Upload the .keras"):
        scheduler.start(other, [parse("prune+int8")])


def test_a_recipe_that_does_not_fit_is_refused_before_anything_starts(
    scheduler: Scheduler, study: Study
) -> None:
    before = study.index.jobs
    with refused(RecipeError, "called “convolution_*”", "There are:", "conv2d", "types: Conv2D"):
        scheduler.start(study, [parse("float16"), parse("prune(layers=convolution_*)+int8")])
    assert study.index.jobs == before


def until_training(scheduler: Scheduler, study: Study, recipe: str, epochs: int) -> None:
    """Waits until so many epochs are done and kept: the next one has begun."""
    job = job_of(study, recipe)
    until(lambda: [moment for moment in scheduler.curve(study, job) if moment.epoch > epochs])


def _epochs(folder: Path) -> int:
    return int(json.loads((folder / "state.json").read_text())["epoch"])


def test_a_cancelled_training_leaves_nothing_half_made(scheduler: Scheduler, study: Study) -> None:
    [job_id] = scheduler.start(study, [parse(LONG)])
    until_training(scheduler, study, LONG, 1)
    progress = scheduler.progress(study, job_of(study, LONG))
    assert progress
    assert "Fine-tune: epoch" in progress.stage
    assert "loss" in progress.stage
    scheduler.cancel(study, [job_id])
    scheduler.wait(study)
    assert job_of(study, LONG).status is Status.CANCELLED
    assert not (study.job_folder(job_id) / "training").exists()
    assert not folders_of(study, LONG)[-1].exists()


@pytest.mark.slow
def test_a_training_whose_worker_was_killed_goes_on_from_its_last_epoch(
    scheduler: Scheduler, study: Study
) -> None:
    recipe = "finetune(epochs=20,patience=0,seed=3)+float16"
    scheduler.start(study, [parse(recipe)])
    until_training(scheduler, study, recipe, 2)
    [slot] = [slot for slot in scheduler.executor._slots if slot.current]  # type: ignore[attr-defined]
    os.kill(slot.process.pid, signal.SIGKILL)
    scheduler.wait(study)
    assert job_of(study, recipe).status is Status.FAILED
    [folder] = folders_of(study, recipe)
    done = _epochs(folder)
    assert done >= 2
    first = (folder / "history.jsonl").read_text().splitlines()[0]
    [variant] = make(scheduler, study, recipe)
    assert variant.training[0].epochs == 20
    lines = (folder / "history.jsonl").read_text().splitlines()
    assert lines[0] == first
    steps = [json.loads(line)["step"] for line in lines]
    assert steps == sorted(set(steps))
    assert not list(folder.glob("last-*"))


@pytest.mark.slow
def test_a_training_that_is_cancelled_goes_on_for_the_job_that_waits_for_it(
    scheduler: Scheduler, study: Study
) -> None:
    begin = "finetune(epochs=20,patience=0,seed=5)"
    first, second = f"{begin}+float16", f"{begin}+weight_only_int8"
    [job_id, _] = scheduler.start(study, [parse(first), parse(second)])
    until_training(scheduler, study, first, 2)
    moment = scheduler.curve(study, job_of(study, first))[0]
    assert job_of(study, second).status is Status.QUEUED
    scheduler.cancel(study, [job_id])
    scheduler.wait(study)
    assert [job_of(study, text).status for text in (first, second)] == [
        Status.CANCELLED, Status.DONE,
    ]  # fmt: skip
    made = study.variant(second)
    assert made
    [record] = made.training
    assert record.epochs == 20
    assert history.read(study.folder / record.folder)[0] == moment


def test_a_job_that_waits_for_a_training_is_cancelled_at_once(
    scheduler: Scheduler, study: Study
) -> None:
    begin = "finetune(epochs=1000,patience=0,seed=6)"
    first, second = f"{begin}+float16", f"{begin}+weight_only_int8"
    ids = scheduler.start(study, [parse(first), parse(second)])
    until_training(scheduler, study, first, 1)
    waits_for = scheduler.progress(study, job_of(study, second))
    assert waits_for
    assert waits_for.stage.startswith("Waiting for another job's training")
    scheduler.cancel(study, ids[1:])
    assert job_of(study, second).status is Status.CANCELLED
    scheduler.cancel(study, ids)
    scheduler.wait(study)
    assert job_of(study, first).status is Status.CANCELLED
    assert not folders_of(study, first)[-1].exists()


def test_a_training_keeps_no_other_file_from_being_timed(
    scheduler: Scheduler, study: Study
) -> None:
    long = LONG.replace("patience=0", "patience=0,seed=7")
    scheduler.start(study, [parse("dynamic_range"), parse(long)])
    until(lambda: not job_of(study, "dynamic_range").status.active)
    training = job_of(study, long)
    assert training.status is Status.RUNNING
    made = study.variant("dynamic_range")
    assert made
    assert made.latency
    assert made.latency.ratio
    until_training(scheduler, study, long, 2)  # it goes on
    scheduler.cancel(study, [training.id])
    scheduler.wait(study)


SERVER = """
import sys, time
from pathlib import Path
from optimizer.data.data_options import DataFiles
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.library import Library
from optimizer.workers.executor import LocalExecutor
model, data, home = map(Path, sys.argv[1:4])
scheduler = Scheduler(LocalExecutor(1, 8 * 2**30, 300), Library(home), 0.05, 600)
study = scheduler.open_both(model, "tiny", DataFiles(data), "pixels").result()
scheduler.start(study, [parse(sys.argv[4])])
[job] = study.index.jobs
while not [moment for moment in scheduler.curve(study, job) if moment.epoch > 2]:
    time.sleep(0.01)
print(study.index.id, flush=True)
time.sleep(300)
"""


@pytest.mark.slow
def test_a_training_whose_server_was_killed_goes_on_from_its_last_epoch(
    scheduler: Scheduler, model_files: dict[str, Path], data_file: Path
) -> None:
    recipe = "finetune(epochs=20,patience=0)+float16"
    home = scheduler.library.home
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, model_files["keras3"], data_file, home, recipe], cwd=ROOT,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout
    name = server.stdout.readline().strip()
    server.kill()
    server.wait()

    reopened = scheduler.library.open(name)
    assert job_of(reopened, recipe).status is Status.INTERRUPTED
    [folder] = folders_of(reopened, recipe)
    assert _epochs(folder) >= 2
    first = (folder / "history.jsonl").read_text().splitlines()[0]
    [variant] = make(scheduler, reopened, recipe)
    assert variant.training[0].epochs == 20
    assert (folder / "history.jsonl").read_text().startswith(first)
