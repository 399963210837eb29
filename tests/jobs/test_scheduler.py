"""tests of jobs/: the whole way from a model file to measured variants, in real workers."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.choose.foreign import foreign
from optimizer.choose.why_slower import why_slower
from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.data.dataset import Dataset
from optimizer.errors import DataError, JobError, LiteweighError, ModelError, StudyError
from optimizer.jobs.pending import Pending
from optimizer.jobs.scheduler import Scheduler
from optimizer.measure.environment import environment
from optimizer.measure.measurements import Latency, OperatorTime, Profile
from optimizer.measure.own_process import OwnProcessRun
from optimizer.measure.predict import predict
from optimizer.recipes import BASELINE, STANDARD, parse
from optimizer.store.profile_files import read_profile
from optimizer.store.records import Job, Status, Timed
from optimizer.store.staging import STAGING
from optimizer.store.study import INDEX, Study, read_index
from optimizer.tasks.study_files import StudyData
from optimizer.tasks.time_variants import TIMES, TimeVariants
from tests.levels import some
from tests.refused import refused
from tests.tutorial import tutorial_loop
from tests.waiting import until

ROOT = Path(__file__).parents[2]
CORES = os.cpu_count() or 1
SHORT, LONG = 0.05, 30.0  # seconds of timing for each variant


Fresh = Callable[[], Study]


@pytest.fixture(scope="module")
def finished(scheduler: Scheduler, fresh: Fresh) -> Study:
    """A study in which all conversions were tried."""
    study = fresh()
    scheduler.start(study, STANDARD)
    scheduler.wait(study)
    return study


def start(scheduler: Scheduler, study: Study, *recipes: str) -> list[str]:
    return scheduler.start(study, [parse(recipe) for recipe in recipes])


def job(study: Study, job_id: str) -> Job:
    return next(job for job in study.index.jobs if job.id == job_id)


def stage(scheduler: Scheduler, study: Study, job_id: str) -> str:
    progress = scheduler.progress(study, job(study, job_id))
    return progress.stage if progress else ""


def index_bytes(study: Study) -> bytes:
    return (study.folder / INDEX).read_bytes()


# ---- all conversions -------------------------------------------------------------------------


def test_all_conversions_are_done(finished: Study) -> None:
    assert [(job.recipe, job.status, job.error) for job in finished.index.jobs] == [
        (str(recipe), Status.DONE, None) for recipe in STANDARD
    ]
    recipes = [variant.recipe for variant in finished.index.variants]
    assert recipes[0] == str(BASELINE)
    assert set(recipes) == {str(recipe) for recipe in (BASELINE, *STANDARD)}


def test_each_variant_is_the_file_that_was_measured(finished: Study) -> None:
    for variant in finished.index.variants:
        content = (finished.folder / variant.file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == variant.sha256
        assert len(content) == variant.size_bytes
    assert len({variant.file for variant in finished.index.variants}) == len(STANDARD) + 1


def test_every_variant_predicts_what_a_plain_loop_does_bit_for_bit(finished: Study) -> None:
    record = finished.index.dataset
    assert record
    samples = Dataset(finished.data_folder, record).samples("evaluation")
    (inputs,) = samples.batch(0, len(samples))
    for variant in finished.index.variants:
        file = finished.folder / variant.file
        assert predict(file, samples)[0].tobytes() == tutorial_loop(file, inputs).tobytes()


def test_the_accuracy_shown_is_that_of_the_file_on_the_evaluation_data(finished: Study) -> None:
    record = finished.index.dataset
    assert record
    dataset = Dataset(finished.data_folder, record)
    labels = dataset.labels("evaluation")
    for variant in finished.index.variants:
        outputs = predict(finished.folder / variant.file, dataset.samples("evaluation"))[0]
        assert variant.metric is not None
        assert variant.metric.value == np.mean(outputs.argmax(axis=1) == labels)
        assert variant.metric.n == record.evaluation


def test_every_variant_is_timed_against_the_baseline(finished: Study) -> None:
    for variant in finished.index.variants:
        assert variant.latency is not None
        assert variant.latency.median_ms
        assert variant.latency.ratio
    assert finished.index.variants[0].latency
    assert finished.index.variants[0].latency.ratio == 1


def test_memory_operators_and_all_cores_are_measured_beside_it(finished: Study) -> None:
    for variant in finished.index.variants:
        assert variant.memory
        # Some operators of this model take less than a microsecond, and then one is told so.
        assert (read_profile(finished, variant) is None) == (variant.unprofiled is not None)
        settings = [(other.threads, other.xnnpack) for other in variant.other_latencies]
        assert settings == ([(CORES, True)] if CORES > 1 else [])
        assert all(other.median_ms for other in variant.other_latencies)
        assert variant.timed_on == variant.environment
    assert foreign(finished) is None


def test_where_int16x8_is_slower_it_says_why(finished: Study) -> None:
    int16x8 = finished.variant("int16x8")
    assert int16x8
    assert int16x8.latency
    certain = int16x8.model_copy(update={"latency": replace(int16x8.latency, ratio_low=1.5)})
    fast = Profile((OperatorTime("Convolution (NHWC, F32)", None, 0.001, 1.0, True),), 3)
    said = why_slower(certain, read_profile(finished, int16x8), fast)
    assert said
    assert "no XNNPACK kernel for int16 activations" in said


def timed_here(study: Study, folder: Path, *recipes: str) -> tuple[Timed, ...]:
    """Runs the timing task in this process."""
    made = [study.variant(recipe) for recipe in recipes]
    work = TimeVariants(
        out=folder,
        files=tuple(study.folder / variant.file for variant in made if variant),
        data=StudyData.of(study),
        seconds=SHORT,
        without_xnnpack=False,
    )
    return work.run(ignore)


def ignore(stage: str, share: float) -> None:
    """Progress that nobody looks at."""


def test_a_machine_with_one_core_has_no_times_on_all_cores(
    finished: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.tasks.time_variants.os.cpu_count", lambda: 1)
    for found in timed_here(finished, tmp_path, "float32", "int8"):
        assert found.latency.threads == 1
        assert found.latency.median_ms
        assert found.other_latencies == ()


def test_a_file_that_brings_the_interpreter_down_has_a_reason_and_the_others_numbers(
    finished: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not be run in the process that times the others; that would end, and all with it."""
    int8 = finished.variant("int8")
    assert int8
    crashed = OwnProcessRun(crashed=True, memory=None, profile=None, reason="It crashed (SIGABRT).")

    def alone(file: Path, *samples: object, seconds: float) -> OwnProcessRun:
        return (
            crashed if file.name == Path(int8.file).name else OwnProcessRun(False, None, None, None)
        )

    monkeypatch.setattr("optimizer.tasks.time_variants.measure_in_own_process", alone)
    _, bad, good = timed_here(finished, tmp_path, "float32", "int8", "float16")
    assert bad.latency == Latency.of_failure(1)
    assert (bad.memory, bad.profile, bad.unprofiled) == (None, None, "It crashed (SIGABRT).")
    assert good.latency.ratio


@pytest.mark.slow
def test_all_variants_are_measured_again_together(
    scheduler: Scheduler, finished: Study, tmp_path: Path
) -> None:
    copy = Study(Path(shutil.copytree(finished.folder, tmp_path / "moved")))
    there = replace(environment(), cpu="Another CPU")
    for variant in copy.index.variants:
        copy.put_variant(variant.model_copy(update={"timed_on": there, "profile": None}))
    assert foreign(copy) == there

    assert scheduler.measure_again(copy, without_xnnpack=True).result() is copy
    assert foreign(copy) is None
    for variant in copy.index.variants:
        assert variant.latency
        assert variant.latency.ratio
        assert not variant.other_latencies[-1].xnnpack
        assert variant.other_latencies[-1].median_ms
    int16x8 = copy.variant("int16x8")
    assert int16x8
    assert read_profile(copy, int16x8)
    with np.load(copy.folder / TIMES) as times:
        assert times["wall_ms"].shape[2] == len(copy.index.variants)
        assert "without_xnnpack_wall_ms" in times

    scheduler.measure_again(copy).result()
    assert not copy.index.variants[0].other_latencies[-1].xnnpack, "asked for once, had ever after"
    copy.close()


def test_stopping_to_measure_again_keeps_the_old_numbers(
    scheduler: Scheduler, finished: Study
) -> None:
    before = index_bytes(finished)
    scheduler.timing.seconds = LONG
    operation = scheduler.measure_again(finished)
    scheduler.timing.seconds = SHORT
    until(operation.progress)
    operation.cancel()
    with refused(JobError, "Stopped", "Nothing was changed"):
        operation.result()
    assert index_bytes(finished) == before


def test_the_model_is_judged_under_the_scaling_it_was_trained_with(finished: Study) -> None:
    """Its labels are its own answers to values of 0..1."""
    index = finished.index
    assert index.dataset
    assert index.float_report
    assert index.float_report.keras
    assert index.float_report.keras.value == 1
    best = max(index.float_report.scalings, key=lambda score: score.metric.value or 0)
    assert best.scaling == index.dataset.scaling == "unit"
    assert index.variants[0].metric
    assert index.variants[0].metric.value == 1


def test_what_exists_is_not_computed_again(scheduler: Scheduler, finished: Study) -> None:
    before = index_bytes(finished)
    assert scheduler.start(finished, (BASELINE, *STANDARD)) == []
    assert index_bytes(finished) == before


def test_a_recipe_that_is_queued_already_is_not_queued_twice(
    scheduler: Scheduler, fresh: Fresh
) -> None:
    study = fresh()
    [first] = start(scheduler, study, "float16")
    assert start(scheduler, study, "float16") == []
    scheduler.wait(study)
    assert [job.id for job in study.index.jobs] == [first]


def test_a_study_can_be_moved_and_reopened_with_all_its_results(
    finished: Study, tmp_path: Path
) -> None:
    moved = Study(Path(shutil.copytree(finished.folder, tmp_path / "moved")))
    assert moved.index == finished.index.model_copy(update={"id": "moved"})
    assert all((moved.folder / variant.file).is_file() for variant in moved.index.variants)
    moved.close()


# ---- failing and cancelling ------------------------------------------------------------------


def test_a_job_fails_beside_others_that_end_well(
    scheduler: Scheduler, saved: Callable[..., Path], tmp_path: Path
) -> None:
    import keras

    inputs = keras.Input((8,))
    x = keras.ops.sin(keras.layers.Dense(32)(inputs))
    file = saved(keras.Model(inputs, keras.layers.Dense(3)(x)), ".keras")
    data = tmp_path / "data.npz"
    np.savez(data, x=np.random.default_rng(0).random((60, 8)))
    study = scheduler.open_model(file, "sine").result()
    study = scheduler.add_data(study, DataFiles(data), "numbers").result()
    chosen = "int8(quantizer=converter)", "int16x8(integer_only=true)"
    ids = start(scheduler, study, "float16", chosen[0], "int8", chosen[1])
    scheduler.wait(study)
    jobs = [job(study, job_id) for job_id in ids]
    assert [job.status for job in jobs] == [
        Status.DONE, Status.FAILED, Status.DONE, Status.FAILED,
    ]  # fmt: skip
    for failed in (jobs[1], jobs[3]):
        assert failed.error
        assert "SIN" in failed.error
        assert "\n" not in failed.error
    assert [v.recipe for v in study.index.variants if v.latency] == [
        "float32", "float16", "int8",
    ]  # fmt: skip
    made = study.variant("int8")
    assert made
    [said] = made.detours
    assert "The file was made as int8(integer_only=false) instead, with SIN in float." in said


def test_cancelling_one_job_while_all_are_timed_leaves_the_others_to_be_timed(
    scheduler: Scheduler, fresh: Fresh
) -> None:
    study = fresh()
    scheduler.timing.seconds = LONG
    ids = start(scheduler, study, "float16", "dynamic_range", "weight_only_int8")
    until(lambda: stage(scheduler, study, ids[0]) == "Measuring latency")
    scheduler.timing.seconds = SHORT
    scheduler.cancel(study, [ids[1]])
    scheduler.wait(study)
    assert [job(study, job_id).status for job_id in ids] == [
        Status.DONE, Status.CANCELLED, Status.DONE,
    ]  # fmt: skip
    timed = {variant.recipe for variant in study.index.variants if variant.latency}
    assert timed == {"float32", "float16", "weight_only_int8"}

    # Run again it needs only the timing.
    made = study.variant("dynamic_range")
    assert made
    start(scheduler, study, "dynamic_range")
    scheduler.wait(study)
    again = study.variant("dynamic_range")
    assert again
    assert again.latency
    assert again.made == made.made


def test_cancelling_all_jobs_ends_running_and_waiting_ones(
    scheduler: Scheduler, fresh: Fresh
) -> None:
    study = fresh()
    ids = start(scheduler, study, "int8", "int16x8", "float16")
    until(lambda: job(study, ids[0]).status is Status.RUNNING)
    scheduler.cancel(study, ids)
    scheduler.wait(study)
    assert {job.status for job in study.index.jobs} == {Status.CANCELLED}
    assert {job.error for job in study.index.jobs} == {None}
    assert [variant.recipe for variant in study.index.variants] == ["float32"]
    start(scheduler, study, "float16")
    scheduler.wait(study)
    assert study.index.jobs[-1].status is Status.DONE


def test_jobs_without_data_are_refused(scheduler: Scheduler, model_files: dict[str, Path]) -> None:
    study = scheduler.open_model(model_files["keras2_h5"], "tiny").result()
    with refused(StudyError, "no data yet", "Data page"):
        scheduler.start(study, STANDARD)


# ---- models and data -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", some(["keras2_h5", "saved2", "saved3"], quick=["saved2"]))
def test_other_formats_go_the_same_way(
    scheduler: Scheduler, model_files: dict[str, Path], data_file: Path, name: str
) -> None:
    study = scheduler.open_model(model_files[name], "tiny").result()
    study = scheduler.add_data(study, DataFiles(data_file), "pixels").result()
    start(scheduler, study, "int8(io=uint8)")
    scheduler.wait(study)
    assert [job.error for job in study.index.jobs] == [None]
    assert study.index.float_report
    assert study.index.float_report.keras
    assert study.index.float_report.keras.value == 1
    assert study.index.variants[0].metric
    assert study.index.variants[0].metric.value == 1
    assert study.index.variants[1].contents.input_types == ("UINT8",)


def failure(operation: Pending[Study]) -> LiteweighError:
    with pytest.raises(LiteweighError) as caught:
        operation.result()
    return caught.value


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04 cut"])
def test_a_bad_model_makes_no_study_and_leaves_nothing_behind(
    scheduler: Scheduler, tmp_path: Path, content: bytes
) -> None:
    before = scheduler.library.ids()
    (tmp_path / "bad.keras").write_bytes(content)
    operation = scheduler.open_model(tmp_path / "bad.keras", "bad")
    assert isinstance(failure(operation), ModelError)
    assert "ModelError" in operation.log
    assert scheduler.library.ids() == before
    until(lambda: not list((scheduler.library.home / STAGING).glob("*/*")))


@pytest.mark.parametrize(
    "arrays",
    [{"y": [1]}, {"x": np.zeros((9, 5, 5))}, {"x": np.full((9, 8, 8, 3), np.nan)},
     {"x": np.zeros((0, 8, 8, 3))}, {"x": np.zeros((3, 8, 8, 3)), "y": [0, 1, 7]}],
    ids=["no inputs", "wrong shape", "nan", "no samples", "label range"],
)  # fmt: skip
def test_bad_data_leave_the_study_untouched(
    scheduler: Scheduler, finished: Study, tmp_path: Path, arrays: dict[str, Any]
) -> None:
    np.savez(tmp_path / "bad.npz", **arrays)
    ids, files = scheduler.library.ids(), sorted(finished.folder.rglob("*"))
    before = index_bytes(finished)
    operation = scheduler.add_data(finished, DataFiles(tmp_path / "bad.npz"), "bad")
    assert isinstance(failure(operation), DataError)
    assert scheduler.library.ids() == ids
    assert sorted(finished.folder.rglob("*")) == files
    assert index_bytes(finished) == before


def test_stopping_a_model_that_is_being_opened_changes_nothing(
    scheduler: Scheduler, model_files: dict[str, Path]
) -> None:
    before = scheduler.library.ids()
    operation = scheduler.open_model(model_files["saved3"], "tiny")
    until(operation.progress)
    operation.cancel()
    with refused(JobError, "Stopped", "Nothing was changed"):
        operation.result()
    assert scheduler.library.ids() == before


@pytest.mark.slow
def test_other_data_for_a_study_with_results_make_a_copy(
    scheduler: Scheduler, finished: Study, pixels: npt.NDArray[np.uint8], tmp_path: Path
) -> None:
    before = index_bytes(finished)
    np.savez(tmp_path / "other.npz", x=pixels[:50])
    copy = scheduler.add_data(finished, DataFiles(tmp_path / "other.npz"), "other").result()
    assert copy.index.id != finished.index.id
    assert index_bytes(finished) == before
    assert copy.index.dataset
    assert (copy.index.dataset.name, copy.index.dataset.count) == ("other", 50)
    assert [variant.recipe for variant in copy.index.variants] == ["float32"]
    start(scheduler, copy, "int8")
    scheduler.wait(copy)
    assert copy.index.jobs[-1].status is Status.DONE
    assert index_bytes(finished) == before


def test_another_scaling_for_a_study_with_results_makes_a_copy(
    scheduler: Scheduler, finished: Study
) -> None:
    before = index_bytes(finished)
    outputs = {file: file.read_bytes() for file in finished.data_folder.iterdir()}
    copy = scheduler.judge_again(finished, DataOptions(scaling="none")).result()
    assert copy.index.id != finished.index.id
    assert copy.index.dataset
    assert copy.index.dataset.scaling == "none"
    assert index_bytes(finished) == before
    assert outputs == {file: file.read_bytes() for file in finished.data_folder.iterdir()}


def test_another_scaling_before_any_job_changes_the_study_itself(
    scheduler: Scheduler, fresh: Fresh
) -> None:
    study = fresh()
    assert scheduler.judge_again(study, DataOptions(scaling="tf")).result() is study
    assert study.index.dataset
    assert study.index.dataset.scaling == "tf"
    assert read_index(study.folder) == study.index


# ---- the server ------------------------------------------------------------------------------

SERVER = """
import json, sys
from pathlib import Path
from optimizer.data.data_options import DataFiles
from optimizer.recipes import parse
from optimizer.workers.executor import LocalExecutor
from optimizer.store.library import Library
from optimizer.jobs.scheduler import Scheduler
model, data, home = map(Path, sys.argv[1:])
executor = LocalExecutor(1, 6 * 2**30, 120)
scheduler = Scheduler(executor, Library(home), 0.05, 600)
study = scheduler.add_data(scheduler.open_model(model, "m").result(), DataFiles(data), "d").result()
scheduler.start(study, [parse("float16"), parse("int8(quantizer=litert)")])
scheduler.wait(study)
executor.close()
print(json.dumps([[job.status.value for job in study.index.jobs], sorted(sys.modules)]))
"""
HEAVY = {"tensorflow", "keras", "tf_keras", "ai_edge_litert", "litert_quantizer", "scipy",
         "streamlit", "plotly", "h5py"}  # fmt: skip


@pytest.mark.slow
def test_the_server_process_never_loads_what_workers_need(
    model_files: dict[str, Path], data_file: Path, tmp_path: Path
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", SERVER, str(model_files["keras3"]), str(data_file), str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    statuses, modules = json.loads(run.stdout.splitlines()[-1])
    assert statuses == ["done", "done"]
    assert not HEAVY & set(modules)
