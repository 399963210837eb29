"""tests of tasks/: a task needs no path but those that it names, and writes into `out` alone."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.models.open_options import OpenOptions
from optimizer.recipes import parse
from optimizer.store.records import Judged, Variant
from optimizer.store.training_folders import StepFolders, hand_over
from optimizer.tasks.make_variant import MakeVariant
from optimizer.tasks.open_model import OpenModel
from optimizer.tasks.read_data import ReadData
from optimizer.tasks.reinterpret_data import ReinterpretData
from optimizer.tasks.run_sample import RunSample
from optimizer.tasks.sample_question import Question
from optimizer.tasks.study_files import BASELINE_OUTPUTS, StudyData, StudyFiles, StudyModel
from optimizer.tasks.time_variants import TimeVariants
from optimizer.tasks.weight_histograms import WeightHistograms
from optimizer.workers.work import Work


def silent(stage: str, share: float) -> None:
    """Reports to nobody."""


def fingerprint(place: Path) -> Any:
    """What changes with anything that is written, renamed or deleted in a file or folder."""
    files = [place, *sorted(place.rglob("*"))] if place.is_dir() else [place]
    return [(file, file.stat().st_mtime_ns, file.stat().st_ino) for file in files]


@pytest.fixture(scope="module")
def moved(
    model_files: dict[str, Path], pixels: Any, labels: Any, tmp_path_factory: pytest.TempPathFactory
) -> StudyFiles:
    """A study whose files lie far from each other under names that mean nothing."""
    home = tmp_path_factory.mktemp("study")
    opened = OpenModel(
        out=home, source=model_files["keras3"], name="tiny", options=OpenOptions()
    ).run(silent)
    np.savez(home / "data.npz", x=pixels, y=labels)
    out = tmp_path_factory.mktemp("read")
    judged = ReadData(
        out=out,
        files=DataFiles(home / "data.npz"),
        name="pixels",
        options=DataOptions(),
        model=StudyModel.of(opened, home),
    ).run(silent)
    (out / "variants" / BASELINE_OUTPUTS).rename(out / "data" / BASELINE_OUTPUTS)

    def move(path: Path) -> Path:
        return Path(shutil.move(path, tmp_path_factory.mktemp("apart") / f"it{path.suffix}"))

    model = StudyModel.of(opened, home)
    assert model.saved_model
    model = replace(
        model,
        source=move(model.source),
        saved_model=move(model.saved_model),
        float_tflite=move(model.float_tflite),
    )
    files = StudyFiles(model, StudyData(judged.dataset, move(out / "data")))
    shutil.rmtree(home)
    shutil.rmtree(out)
    return files


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def done(work: Work[Any]) -> Any:
    """Does a task and holds it to what it says of itself."""
    before = {path: fingerprint(path) for path in work.reads}
    neighbours = set(work.out.parent.iterdir())
    here = Path.cwd()
    os.chdir(work.out)
    try:
        made = work.run(silent)
    finally:
        os.chdir(here)
    assert {path: fingerprint(path) for path in work.reads} == before
    assert set(work.out.parent.iterdir()) == neighbours
    return made


def making(files: StudyFiles, out: Path, recipe: str, *steps: StepFolders) -> MakeVariant:
    return MakeVariant(out=out, files=files, recipe=parse(recipe), trainings=steps)


def test_a_conversion_names_the_model_and_the_data_and_nothing_else(
    moved: StudyFiles, out: Path
) -> None:
    work = making(moved, out, "int8")
    model, data = moved.model, moved.data
    assert set(work.reads) == {model.source, model.saved_model, model.float_tflite, data.folder}
    variant: Variant = done(work)
    assert variant.metric
    left = {file.name for file in out.iterdir()}
    assert left == {Path(file).name for file in variant.files}


def test_the_baseline_leaves_what_it_says_in_its_own_folder(moved: StudyFiles, out: Path) -> None:
    before = fingerprint(moved.data.folder)
    done(making(moved, out, "float32"))
    assert fingerprint(moved.data.folder) == before
    with (
        np.load(out / BASELINE_OUTPUTS) as mine,
        np.load(moved.data.folder / BASELINE_OUTPUTS) as theirs,
    ):
        assert np.array_equal(mine["arr_0"], theirs["arr_0"])


@pytest.mark.slow
def test_a_training_leaves_its_steps_in_its_own_folder_and_only_reads_those_that_are_done(
    moved: StudyFiles, out: Path, tmp_path: Path
) -> None:
    [step] = hand_over([tmp_path / "training" / "abc"], out)
    done(making(moved, out, "prune(epochs=1)+float16", step))
    assert (out / "training" / "abc" / "step.json").exists()

    apart = tmp_path / "done"
    (out / "training" / "abc").rename(apart)
    shutil.rmtree(apart / "saved_model")  # as if another step had followed
    other = tmp_path / "other"
    other.mkdir()
    again = StepFolders(other / "training" / "abc", done=apart)
    work = making(moved, other, "prune(epochs=1)+float16(quantizer=litert)", again)
    assert apart in work.reads
    done(work)
    made = {file.name for file in again.made.iterdir()}
    assert made == {"saved_model", "float32.tflite"}


def test_data_that_are_judged_again_stay_as_they_were(moved: StudyFiles, out: Path) -> None:
    judged: Judged = done(
        ReinterpretData(
            out=out, data=moved.data, options=DataOptions(scaling="none"), model=moved.model
        )
    )
    assert judged.dataset.scaling == "none"


@pytest.fixture
def tflite(moved: StudyFiles) -> Path:
    return moved.model.float_tflite


def test_what_looks_into_variants_names_their_files(
    moved: StudyFiles, tflite: Path, out: Path
) -> None:
    summary = moved.model.record.summary
    works: list[Work[Any]] = [
        WeightHistograms(out=out, file=tflite, baseline=None, fits=summary.fits),
        TimeVariants(
            out=out, files=(tflite,), data=moved.data, seconds=0.05, without_xnnpack=False
        ),
        RunSample(
            out=out, question=Question(0), data=moved.data, summary=summary,
            files=(("float32", tflite),),
        ),
    ]  # fmt: skip
    for work in works:
        assert tflite in work.reads
        done(work)
