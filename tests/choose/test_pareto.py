"""tests of choose/: the Pareto front, against its definition word by word."""

import math
from typing import Any

import numpy as np
import pytest

from optimizer.choose.pareto import front, on_front
from optimizer.measure.measurements import Fidelity, Metric
from tests.variants import accuracy, row, variant


def by_definition(costs: list[tuple[float, ...]]) -> list[bool]:
    def dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
        pairs = list(zip(one, other, strict=True))
        return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)

    return [not any(dominates(other, one) for other in costs) for one in costs]


@pytest.mark.parametrize("kinds", [1, 2, 3])
@pytest.mark.parametrize("levels", [3, 1000], ids=["many ties", "few ties"])
def test_the_front_is_what_no_other_dominates(kinds: int, levels: int) -> None:
    generator = np.random.default_rng(kinds)
    for count in (1, 2, 30, 60):
        costs = generator.integers(levels, size=(count, kinds)).astype(float)
        assert on_front(costs).tolist() == by_definition([tuple(line) for line in costs.tolist()])


def test_what_was_not_measured_is_neither_on_the_front_nor_in_anothers_way() -> None:
    assert on_front(np.array([[1, math.nan], [2, 2], [3, 3]])).tolist() == [False, True, False]
    assert on_front(np.empty((0, 2))).tolist() == []


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        ([accuracy(0.9), accuracy(0.8), accuracy(0.95)], ["float16", "int8"]),
        (
            [Metric("mae", value, None, None, 9) for value in (0.1, 0.3, 0.2)],
            ["float16", "int8", "float32"],
        ),
        ([accuracy(0.9), accuracy(None), accuracy(0.8)], ["int8", "float32"]),
    ],
    ids=["accuracy", "error", "no numbers"],
)
def test_a_better_metric_is_better_whichever_way_it_counts(
    measured: list[Metric], expected: list[str]
) -> None:
    sizes = {"float32": 400, "float16": 100, "int8": 200}
    rows = [
        row(variant(recipe, size_bytes=size, metric=metric))
        for (recipe, size), metric in zip(sizes.items(), measured, strict=True)
    ]
    assert [one.variant.recipe for one in front(rows)] == expected


@pytest.mark.parametrize(
    "fidelities",
    [
        [Fidelity(1.0, None, 0.0), Fidelity(0.9, 30.0, 0.1), Fidelity(0.95, 20.0, 0.1)],
        [Fidelity(None, None, 0.0), Fidelity(None, 20.0, 0.1), Fidelity(None, 30.0, 0.1)],
    ],
    ids=["agreement", "signal to noise"],
)
def test_without_labels_the_nearer_to_float32_is_better(fidelities: Any) -> None:
    rows = [
        row(variant(recipe, size_bytes=size, metric=None, fidelity=fidelity))
        for recipe, size, fidelity in zip(
            ("float32", "float16", "int8"), (400, 200, 100), fidelities, strict=True
        )
    ]
    assert [one.variant.recipe for one in front(rows)] == ["int8", "float32"]
    assert front([]) == []
