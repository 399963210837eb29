"""tests of choose/: which mixed files a search tries, and in which order."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from optimizer.choose.mixed_proposals import first_rung, mixed, repaired, smaller
from optimizer.choose.rungs import LEVELS, _cost, rungs
from optimizer.measure.sensitivity import OperatorNoise
from optimizer.recipes import Recipe
from optimizer.techniques.scheme import FloatOperator, Scheme

ALL = tuple(Scheme)


def operator(number: int, weights: int, **changes: Any) -> FloatOperator:
    fields: dict[str, Any] = {
        "number": number, "name": "CONV_2D", "location": f"conv{number}", "macs": 100,
        "weight_bytes": weights, "choices": ALL if weights else (Scheme.INT8, Scheme.FLOAT),
        "together": (number,),
    }  # fmt: skip
    return FloatOperator(**{**fields, **changes})


def noise(number: int, share: float) -> OperatorNoise:
    decibels = None if share == 0 else -10 * float(np.log10(share))
    return OperatorNoise(number, "CONV_2D", "", 100, 10, measured=True, alone_db=decibels)


OPERATORS = (operator(0, 50), operator(1, 900), operator(2, 0), operator(3, 300))


def texts(recipes: Any) -> list[str]:
    return [str(recipe) for recipe in recipes]


def test_the_largest_weights_become_int4_first() -> None:
    assert texts(smaller(OPERATORS, {}, "float32", lambda _: None)) == [
        "mixed(int4=1)", "mixed(int4=1;3)", "mixed(int4=0-1;3)",
    ]  # fmt: skip


def test_one_that_does_not_hold_is_left_out_of_all_that_follow() -> None:
    known = {"mixed(int4=1)": False}.get
    found = texts(smaller(OPERATORS, {}, "float32", lambda recipe: known(str(recipe))))
    assert found == ["mixed(int4=3)", "mixed(int4=0;3)"]


def test_operators_that_share_weights_go_together_and_others_are_left_alone() -> None:
    shared = (
        operator(0, 500, together=(0, 2)), operator(1, 500, choices=(Scheme.INT8,)),
        operator(2, 500, together=(0, 2)), operator(3, 9),
    )  # fmt: skip
    assert texts(smaller(shared, {}, "int8", lambda _: None)) == ["mixed(int4=0;2,io=int8)"]


def test_what_was_repaired_stays_repaired() -> None:
    begin = {1: Scheme.WEIGHT_ONLY, 2: Scheme.FLOAT}
    assert texts(smaller(OPERATORS, begin, "float32", lambda _: None)) == [
        "mixed(float=2,weight_only=1,int4=3)", "mixed(float=2,weight_only=1,int4=0;3)",
    ]  # fmt: skip


def test_a_ladder_is_climbed_up_to_the_first_rung_that_holds() -> None:
    ladder = [{0: Scheme.FLOAT}, {0: Scheme.FLOAT, 1: Scheme.FLOAT}, {1: Scheme.FLOAT}]
    known: dict[str, bool] = {}

    def holds(recipe: Recipe) -> bool | None:
        return known.get(str(recipe))

    assert texts(repaired(ladder, "float32", holds))[0] == "mixed(float=0)"
    known["mixed(float=0)"] = False
    assert texts(repaired(ladder, "float32", holds))[0] == "mixed(float=0-1)"
    known["mixed(float=0-1)"] = True
    assert texts(repaired(ladder, "float32", holds)) == []
    assert first_rung(ladder, "float32", holds) == ladder[1]
    assert first_rung(ladder[:1], "float32", holds) is None


def test_a_rung_has_operators_with_weights_keep_them_in_int8() -> None:
    found = rungs(OPERATORS, [noise(0, 0.0), noise(1, 0.5), noise(2, 0.4), noise(3, 0.001)])
    assert found[0] in ({1: Scheme.WEIGHT_ONLY}, {2: Scheme.FLOAT, 1: Scheme.WEIGHT_ONLY})
    assert {1: Scheme.WEIGHT_ONLY, 2: Scheme.FLOAT} in found
    assert all(0 not in rung for rung in found), "it brings no noise"


@pytest.mark.parametrize("seed", range(5))
def test_each_rung_is_the_cheapest_that_leaves_so_little_noise(seed: int) -> None:
    rng = np.random.default_rng(seed)
    operators = [operator(n, int(rng.integers(0, 3)) * 40, macs=int(rng.integers(1, 99)))
                 for n in range(7)]  # fmt: skip
    noises = [noise(n, float(rng.random())) for n in range(7)]
    costs = np.array([_cost(operators, n) for n in range(7)])
    found = rungs(operators, noises)
    total = sum(one.noise for one in noises)
    for level in LEVELS[:3]:
        cheapest = min(
            float(costs @ np.array(out))
            for out in product([0, 1], repeat=7)
            if sum(one.noise for one, gone in zip(noises, out, strict=True) if not gone)
            <= level * total
        )
        assert any(
            sum(costs[number] for number in rung) == pytest.approx(cheapest) for rung in found
        )


def test_a_recipe_names_each_scheme_once() -> None:
    made = mixed({3: Scheme.FLOAT, 4: Scheme.FLOAT, 1: Scheme.INT4, 2: Scheme.INT8}, "float32")
    assert str(made) == "mixed(float=3-4,int4=1)"
