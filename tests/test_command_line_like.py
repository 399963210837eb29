"""tests of the command line: a retrained model is held against the study that it follows."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.choose.succession import succession
from optimizer.data.dataset import Dataset
from optimizer.errors import StudyError
from optimizer.face import open_study
from optimizer.store.study import Study, read_index
from tests.once import Once
from tests.refused import refused
from tests.terminal import Said, Terminal

LOSS = 0.2  # few samples prove no less


@pytest.fixture
def earlier(
    once: Once, terminal: Terminal, model_files: dict[str, Path], data_file: Path, tmp_path: Path
) -> Path:
    """A study of the tiny model with a limit, a float16 file and class names."""

    def fill(folder: Path) -> None:
        said = terminal(
            "run", model_files["keras3"], "--data", data_file, "--recipe", "float16",
            "--max-loss", f"{100 * LOSS:g}", "--class-names", "red,green,blue",
            "--out", folder / "earlier",
        )  # fmt: skip
        assert said.returncode == 0, said.stderr

    kept = once("study to follow", fill) / "earlier"
    shutil.copytree(kept, tmp_path / "earlier")
    return tmp_path / "earlier"


@pytest.fixture
def follow(terminal: Terminal, earlier: Path, tmp_path: Path) -> Callable[..., Said]:
    """Runs a model like the earlier study: follow(model)."""

    def run(model: Any, *arguments: object) -> Said:
        model.save(tmp_path / "new.keras")
        return terminal(
            "run", tmp_path / "new.keras", "--like", earlier, "--out", tmp_path / "new", *arguments
        )

    return run


def turned(tiny3: Any) -> Any:
    """The model with the weights of two of its three classes exchanged: they are taken for each
    other."""
    import keras

    model = keras.models.clone_model(tiny3)
    *others, kernel, bias = tiny3.get_weights()
    order = [1, 0, 2]
    model.set_weights([*others, kernel[:, order], bias[order]])
    return model


def test_the_same_data_limits_and_recipes_serve_a_model_that_is_as_good(
    follow: Callable[..., Said], tiny3: Any, earlier: Path, tmp_path: Path
) -> None:
    said = follow(tiny3)
    assert said.returncode == 0, said.stderr
    assert "may follow" in said.stdout
    mine, theirs = read_index(earlier), read_index(tmp_path / "new")
    assert [v.recipe for v in theirs.variants] == ["float32", "float16"]
    assert theirs.limits == mine.limits
    assert theirs.limits.loss
    assert theirs.limits.loss.value == pytest.approx(LOSS)
    assert theirs.dataset
    assert theirs.dataset.class_names == ("red", "green", "blue")
    assert theirs.dataset == mine.dataset


def test_a_model_that_is_worse_may_not_follow(
    follow: Callable[..., Said],
    tiny3: Any,
    pixels: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    earlier: Path,
    tmp_path: Path,
) -> None:
    worse = turned(tiny3)
    said = follow(worse)
    assert said.returncode == 1
    assert "may not follow" in said.stdout
    assert "worse than before" in said.stdout
    one, other = Study(earlier), Study(tmp_path / "new")
    try:
        [baseline, float16] = succession(one, other)
        assert one.index.dataset
        evaluated = Dataset(one.data_folder, one.index.dataset).roles.evaluation
    finally:
        one.close()
        other.close()
    right = [
        model.predict_on_batch(pixels[evaluated] / np.float32(255)).argmax(1) == labels[evaluated]
        for model in (worse, tiny3)
    ]
    for found in (baseline, float16):
        assert found.worse
        assert found.difference
        assert found.difference.value == pytest.approx(right[0].mean() - right[1].mean())
        assert found.difference.n == len(evaluated)


def test_other_samples_are_not_paired(
    earlier: Path, model_files: dict[str, Path], data_file: Path, tmp_path: Path,
    shared_workers: None,
) -> None:  # fmt: skip
    with np.load(data_file) as data:
        np.savez(tmp_path / "others.npz", x=data["x"][:90], y=data["y"][:90])
    with open_study(
        model_files["keras3"], tmp_path / "others.npz", out=tmp_path / "apart"
    ) as opened:
        [found] = opened.beside(earlier)
        assert found.recipe == "float32"
        assert found.difference is None
        assert "different samples" in found.verdict
        assert not found.worse


def test_a_model_that_takes_something_else_is_refused(
    follow: Callable[..., Said], earlier: Path, tmp_path: Path
) -> None:
    import keras

    inputs = keras.Input((5,), name="row")
    said = follow(keras.Model(inputs, keras.layers.Dense(3)(inputs)))
    assert said.returncode == 2
    assert "takes row (5 float32), but the data are of a study" in said.stderr
    assert read_index(earlier).variants


def test_what_contradicts_it_is_refused(
    terminal: Terminal, earlier: Path, model_files: dict[str, Path], data_file: Path
) -> None:
    model = model_files["keras3"]
    said = terminal("run", model, "--like", earlier, "--data", data_file)
    assert said.returncode == 2
    assert "Leave --data and --role out" in said.stderr
    said = terminal("run", model, "--like", earlier, "--out", earlier)
    assert said.returncode == 2
    assert "Choose another folder" in said.stderr
    said = terminal("run", model, "--like", earlier, "--scaling", "none")
    assert said.returncode == 2
    assert "come with what was decided of them" in said.stderr
    with refused(StudyError, "A study's data serve a model"):
        open_study(None, like=earlier)


def test_it_is_told_as_json_too(follow: Callable[..., Said], tiny3: Any, earlier: Path) -> None:
    said = follow(tiny3, "--json")
    document = json.loads(said.stdout)
    assert document["like"]["may_follow"] is True
    assert [one["recipe"] for one in document["like"]["variants"]] == ["float32", "float16"]
