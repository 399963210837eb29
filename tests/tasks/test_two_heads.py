"""tests of tasks/: of two heads of three classes the wrong one is never judged in silence."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.cli.main import main
from optimizer.data.data_options import DataOptions
from optimizer.data.dataset import Dataset
from optimizer.errors import UndecidedError
from optimizer.face import open_study
from optimizer.store.records import StudyIndex
from optimizer.store.study import INDEX
from tests.two_heads import samples, sizes, two_heads

Printed = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("shared_workers")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_heads(tmp_path_factory.mktemp("heads") / "heads.keras")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The colours, which do not say that they are such."""
    file = tmp_path_factory.mktemp("data") / "plain.npz"
    x, _, colour = samples()
    np.savez(file, x=x, y=colour)
    return file


def right(folder: Path, index: StudyIndex, columns: slice) -> float:
    """Of the evaluated samples the share whose largest of these features is the labelled one."""
    assert index.dataset is not None
    x, _, colour = samples()
    roles = Dataset(folder, index.dataset).roles
    return float((x[:, columns].argmax(axis=1) == colour)[roles.evaluation].mean())


def test_in_python_the_error_has_the_choices_and_one_is_given_back(model: Path, data: Path) -> None:
    with pytest.raises(UndecidedError, match="What are the labels for") as caught:
        open_study(model, data)
    outputs = [choice.settings["output"] for choice in caught.value.choices]
    assert outputs == ["shape", "colour", "size"]
    with open_study(model, data, choice=caught.value.choices[1]) as study:
        metric, kept = study["float32"].metric, study.study
        expected = right(kept.data_folder, kept.index, slice(3, 6))
    assert expected > 0.85
    assert metric is not None
    assert metric.name == "accuracy"
    assert metric.value == pytest.approx(expected)


def test_the_terminal_stops_with_the_choice_to_make(
    model: Path, data: Path, tmp_path: Path, capsys: Printed
) -> None:
    asked = ["run", str(model), "--data", str(data), "--out", str(tmp_path / "study")]
    assert main(asked) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    problem = printed.err[printed.err.index("error: ") :].splitlines()
    assert problem[0].startswith("error: What are the labels for?")
    assert problem[1:] == [
        "  --output shape --task classification: one of 3 classes (output “shape”) "
        "(ends in softmax, as classes do)",
        "  --output colour --task classification: one of 3 classes (output “colour”) "
        "(ends in softmax, as classes do)",
        "  --output size --task regression: a value (output “size”) "
        "(ends in no activation, as values do)",
    ]  # fmt: skip

    assert main([*asked, "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"error", "choices"}
    assert [one["arguments"][1] for one in document["choices"]] == ["shape", "colour", "size"]
    chosen = document["choices"][1]
    assert main([*asked, "--recipe", "float16", "--json", *chosen["arguments"]]) == 0
    results = json.loads(capsys.readouterr().out)
    index = StudyIndex.model_validate_json((tmp_path / "study" / INDEX).read_text())
    assert index.data_folder is not None
    expected = right(tmp_path / "study" / index.data_folder, index, slice(3, 6))
    assert results["variants"][0]["metric"]["value"] == pytest.approx(expected)
    assert (results["dataset"]["output"], results["dataset"]["assumed"]) == ("colour", None)
    assert not any("Nobody said" in warning for warning in results["warnings"])


@pytest.mark.slow
def test_yes_takes_the_likeliest_and_says_so_everywhere(
    model: Path, data: Path, tmp_path: Path, capsys: Printed
) -> None:
    asked = ["run", str(model), "--data", str(data), "--out", str(tmp_path / "study"), "--yes"]
    assert main([*asked, "--recipe", "float16"]) == 0
    printed = capsys.readouterr()
    [line] = [line for line in printed.out.splitlines() if "Nobody said" in line]
    assert line.startswith("warning: Nobody said what the labels are for.")
    assert "one of 3 classes (output “colour”)" in line
    results: Any = json.loads((tmp_path / "study" / "results.json").read_text())
    assert results["dataset"]["output"] == "shape"
    assert line.removeprefix("warning: ") == results["dataset"]["assumed"]
    assert results["dataset"]["assumed"] in results["warnings"]
    index = StudyIndex.model_validate_json((tmp_path / "study" / INDEX).read_text())
    assert index.data_folder is not None
    expected = right(tmp_path / "study" / index.data_folder, index, slice(0, 3))
    assert expected < 0.5
    assert results["variants"][0]["metric"]["value"] == pytest.approx(expected)


# ---- labels for each -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def all_labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Arrays that are called as the outputs are."""
    file = tmp_path_factory.mktemp("data") / "all.npz"
    x, shape, colour = samples()
    np.savez(file, x=x, shape=shape, colour=colour, size=sizes(x))
    return file


def test_each_output_with_labels_is_judged_and_the_headline_is_chosen(
    model: Path, all_labels: Path, tmp_path: Path, capsys: Printed
) -> None:
    arguments = ["run", model, "--data", all_labels, "--out", tmp_path / "study",
                 "--output", "colour", "--recipe", "int8"]  # fmt: skip
    assert main([str(one) for one in arguments]) == 0
    printed = capsys.readouterr().out
    results: Any = json.loads((tmp_path / "study" / "results.json").read_text())
    index = StudyIndex.model_validate_json((tmp_path / "study" / INDEX).read_text())
    assert index.data_folder is not None
    assert index.dataset is not None
    x, shape, colour = samples()
    at = Dataset(tmp_path / "study" / index.data_folder, index.dataset).roles.evaluation
    expected = {
        "colour": ("accuracy", (x[:, 3:6].argmax(axis=1) == colour)[at].mean()),
        "shape": ("accuracy", (x[:, :3].argmax(axis=1) == shape)[at].mean()),
        "size": ("mae", np.abs(x[:, 6] - sizes(x))[at].mean()),
    }
    assert expected["shape"][1] == 1
    baseline, int8 = results["variants"]
    assert baseline["metric"]["value"] == pytest.approx(expected["colour"][1])
    told = {
        one["output"]: (one["metric"]["name"], pytest.approx(one["metric"]["value"], abs=1e-5))
        for one in baseline["judged_outputs"]
    }
    assert list(told) == ["colour", "shape", "size"], "the headline's first"
    assert expected == told
    assert [one.chance for one in index.dataset.further] == [
        pytest.approx(np.bincount(shape).max() / len(shape)), None,
    ]  # fmt: skip
    by_name = {one["output"]: one for one in int8["judged_outputs"]}
    assert 0.9 < by_name["shape"]["fidelity"]["agreement"] < 1
    assert by_name["size"]["fidelity"]["agreement"] is None
    assert 20 < by_name["size"]["fidelity"]["snr_db"] < 60, "8 bits have 50 dB at most"
    mae = by_name["size"]["metric"]
    assert mae["low"] < mae["value"] < mae["high"]
    assert results["dataset"]["output"] == "colour"
    assert results["dataset"]["assumed"] is None
    colours = f"“colour”: accuracy {100 * expected['colour'][1]:.2f} %"
    for line in (colours, "“shape”: accuracy 100.00 %", "“size”: mean absolute error 0."):
        assert line in printed, line


def test_labels_that_do_not_fit_another_output_are_said_and_left_out(
    model: Path, tmp_path: Path
) -> None:
    x, shape, _ = samples()
    np.savez(tmp_path / "odd.npz", x=x, y_shape=shape, y_colour=shape + 7, y_size=sizes(x))
    with open_study(model, tmp_path / "odd.npz") as study:
        record = study.study.index.dataset
        judged = study["float32"].outputs
    assert record is not None
    assert [one.output for one in judged] == ["shape", "size"]
    [note] = [note for note in record.notes if "“colour” is not judged" in note]
    assert "run from 7 to 9" in note


def test_what_another_outputs_labels_are_for_is_said_where_it_was_assumed(
    model: Path, tmp_path: Path
) -> None:
    x, shape, _ = samples()
    np.savez(tmp_path / "yes.npz", x=x, y_shape=shape, y_size=(x[:, 6] > 0).astype(int))
    with open_study(model, tmp_path / "yes.npz") as study:
        record = study.study.index.dataset
    assert record is not None
    assert "a value (output “size”)" in record.assumed
    assert "yes or no (output “size”)" in record.assumed


@pytest.mark.slow
def test_training_learns_from_the_labels_of_every_output(model: Path, tmp_path: Path) -> None:
    """Labels of the number are two more than the model says: with training it says so too."""
    x, shape, colour = samples(1200)
    np.savez(tmp_path / "heads.npz", x=x, shape=shape, colour=colour, size=x[:, 6] + 2)
    recipe = "finetune(epochs=20,learning_rate=0.05,distillation=0,patience=0)+float32"
    decided = DataOptions(output="colour")
    with open_study(model, tmp_path / "heads.npz", data_options=decided) as study:
        study.run(recipe)
        kept = study.study
        by_name = {
            variant.recipe: {one.output: one.metric.value for one in variant.outputs}
            for variant in kept.index.variants
        }
    before, after = by_name["float32"], next(m for r, m in by_name.items() if r != "float32")
    assert before["size"] == pytest.approx(2)
    assert after["size"] is not None
    assert after["size"] < 0.2
