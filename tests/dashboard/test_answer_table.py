"""tests of dashboard/: what variants answer, as people read it."""

from typing import Any

import pytest

from dashboard.forms.sample_form import one_row
from dashboard.tables import answer_table
from optimizer.data.labels import Task
from optimizer.tasks.sample_question import Answer, Reply, Sample
from tests.variants import dataset

NAMES = ("shirt", "shoe", "bag")


def reply(*outputs: tuple[float, ...], label: tuple[float, ...] | None = None) -> Reply:
    made = (Answer(f"variant {n}", values, len(values)) for n, values in enumerate(outputs))
    return Reply(Sample(None, (), label), tuple(made))


def rows(given: Reply, task: Task = Task.CLASSIFICATION, **changes: Any) -> list[dict[str, Any]]:
    frame = answer_table.table(given, dataset(task=task, class_names=NAMES, **changes))
    return [{str(title): cell for title, cell in row.items()} for row in frame.to_dict("records")]


def test_classes_come_with_their_names_and_probabilities_and_whether_they_are_right() -> None:
    first, second = rows(reply((0.2, 0.7, 0.1), (0.5, 0.4, 0.1), label=(1,)))
    assert first == {
        "Recipe": "variant 0", "Answer": "shoe", "Probability": pytest.approx(70),
        "Second": "shirt, 20.0 %", "Third": "bag, 10.0 %", "Right": "✓",
    }  # fmt: skip
    assert (second["Answer"], second["Right"]) == ("shirt", "✗")


def test_outputs_that_are_no_probabilities_are_not_called_so() -> None:
    [row] = rows(reply((-3.0, 4.5, 1.0)))
    assert "Probability" not in row
    assert (row["Answer"], row["Output"], row["Second"]) == ("shoe", 4.5, "bag, 1")
    assert "Right" not in row, "nobody said what is right"


@pytest.mark.parametrize(
    ("output", "answer"),
    [(0.9, "shoe"), (0.2, "shirt"), (3.0, "shoe"), (-3.0, "shirt")],
    ids=["yes", "no", "logit yes", "logit no"],
)
def test_a_single_output_decides_between_two_classes(output: float, answer: str) -> None:
    [row] = rows(reply((output,)))
    assert row["Answer"] == answer


def test_decisions_are_named_and_counted() -> None:
    [row] = rows(reply((0.9, 0.2, 0.6), label=(1, 1, 0)), Task.MULTI_LABEL)
    assert row["Answer"] == "shirt, bag"
    assert row["Most likely"] == "shirt 90.0 %, bag 60.0 %, shoe 20.0 %"
    assert row["Right"] == "1 of 3"
    [none] = rows(reply((0.1, 0.2, 0.3)), Task.MULTI_LABEL)
    assert none["Answer"] == "none"


def test_values_come_with_their_error_and_their_distance_from_float32() -> None:
    first, second = rows(reply((1.0, -2.0), (1.5, -2.0), label=(1.0, -1.0)), Task.REGRESSION)
    assert first["Answer"] == "1, −2"
    assert first["Error"] == "0.5"
    assert second["From float32"] == "0.5"


def test_without_labels_outputs_that_look_like_classes_are_classes() -> None:
    assert rows(reply((0.3, 0.7, 0.0)), Task.UNLABELLED)[0]["Answer"] == "shoe"
    assert rows(reply((3.0, -7.0, 0.0)), Task.UNLABELLED)[0]["Answer"] == "3, −7, 0"


def test_a_long_output_is_cut() -> None:
    [row] = rows(reply(tuple(float(n) for n in range(100))), Task.REGRESSION)
    assert row["Answer"] == "0, 1, 2, 3, 4, 5, … (100 values)"


def test_a_variant_that_could_not_be_run_says_why() -> None:
    good = Answer("float32", (0.1, 0.8, 0.1), 3)
    bad = Answer("int8", (), 0, "It broke.")
    first, second = rows(Reply(Sample(None, (), None), (good, bad)))
    assert first["Answer"] == "shoe"
    assert second["Error"] == "It broke."


@pytest.mark.parametrize(
    ("task", "label", "words"),
    [
        (Task.CLASSIFICATION, (2.0,), "bag"),
        (Task.CLASSIFICATION, (7.0,), "class 7"),
        (Task.MULTI_LABEL, (1.0, 0.0, 1.0), "shirt, bag"),
        (Task.REGRESSION, (0.25, -3.0), "0.25, −3"),
        (Task.UNLABELLED, None, None),
    ],
    ids=["class", "no name", "labels", "values", "none"],
)
def test_labels_in_words(task: Task, label: tuple[float, ...] | None, words: str | None) -> None:
    assert answer_table.label(reply(label=label), dataset(task=task, class_names=NAMES)) == words


@pytest.mark.parametrize(
    ("typed", "row"),
    [
        ("5.1, 3.5 1.4", "5.1,3.5,1.4"),
        ("[[0.5 -1e3]\n [2. .5]]", "0.5,-1e3,2.,.5"),
        ("a,b\n1,2", "a,b\n1,2"),
        ("0,5;0,3", "0,5;0,3"),
    ],
    ids=["mixed", "as NumPy prints", "with a header", "decimal commas"],
)
def test_numbers_may_be_typed_in_any_way(typed: str, row: str) -> None:
    assert one_row(typed) == row
