"""tests of store/: a training lies in one place, the study's or the job's, whatever happens."""

from pathlib import Path

import pytest

from optimizer.store.training_folders import (
    StepFolders,
    hand_over,
    take_back,
)

DONE, HALF, STATE = "aaaa", "bbbb", "state.json"


def put(folder: Path, *names: str) -> Path:
    """A folder with these files, each with the folder's path in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(str(folder))
    return folder


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """With a training that is done, one that is not, and a job that is to go on with both."""
    put(tmp_path / "training" / DONE, "step.json", "weights.npz")
    put(tmp_path / "training" / HALF, STATE, "last-3.index")
    (tmp_path / "jobs" / "one").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def kept(study: Path) -> list[Path]:
    return [study / "training" / DONE, study / "training" / HALF]


@pytest.fixture
def job(study: Path) -> Path:
    return study / "jobs" / "one"


@pytest.fixture
def steps(kept: list[Path], job: Path) -> tuple[StepFolders, ...]:
    """Both, in the job's hands."""
    return hand_over(kept, job)


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_what_is_done_is_read_and_what_is_not_is_moved_to_the_job(
    steps: tuple[StepFolders, ...], kept: list[Path], job: Path
) -> None:
    done, half = steps
    assert done.done == kept[0]
    assert done.find("weights.npz") == kept[0] / "weights.npz"
    assert not done.made.exists()
    assert half == StepFolders(job / "training" / HALF, None)
    assert half.find(STATE) == job / "training" / HALF / STATE
    assert not kept[1].exists()


def test_a_step_of_which_nothing_is_there_is_found_nowhere(study: Path, job: Path) -> None:
    [step] = hand_over([study / "training" / "cccc"], job)
    assert step.done is None
    assert step.find("weights.npz") is None


def test_what_a_job_left_half_made_is_there_for_the_next(
    steps: tuple[StepFolders, ...], kept: list[Path], job: Path
) -> None:
    take_back(job, job.parents[1])
    assert names(kept[1]) == {STATE, "last-3.index"}
    assert names(job) == set()


def test_what_is_discarded_is_gone_unless_it_was_done(
    steps: tuple[StepFolders, ...], kept: list[Path], job: Path
) -> None:
    put(job / "training" / "cccc", "step.json")
    take_back(job, job.parents[1], discard={HALF, "cccc"})
    assert not kept[1].exists()
    assert names(kept[0].with_name("cccc")) == {"step.json"}
    assert names(job) == set()


def test_what_a_conversion_made_of_a_finished_step_is_added_to_it_and_nothing_else(
    steps: tuple[StepFolders, ...], kept: list[Path], job: Path
) -> None:
    made = put(steps[0].made, "float32.tflite", "step.json", "weights.npz", "junk")
    put(made / "saved_model", "saved_model.pb")
    put(made / ".saved_model.new", "half.pb")
    take_back(job, job.parents[1])
    assert names(kept[0]) == {"step.json", "weights.npz", "float32.tflite", "saved_model"}
    assert (kept[0] / "step.json").read_text() == str(kept[0]), "it is as it was"


def test_two_jobs_may_make_the_same_of_a_finished_step(study: Path, kept: list[Path]) -> None:
    for name in ("one", "two"):
        job = put(study / "jobs" / name)
        [step] = hand_over(kept[:1], job)
        put(step.made, "float32.tflite")
        take_back(job, study)
    assert "one" in (kept[0] / "float32.tflite").read_text()
