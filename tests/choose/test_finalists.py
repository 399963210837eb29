"""tests of choose/: which of the recipes that were tried enter the sequence of proofs."""

import math
from itertools import combinations, product

import numpy as np
import pytest

from optimizer.choose.finalists import (
    EACH_COSTS,
    HARDLY,
    Candidate,
    chain,
    chance_to_hold,
    in_sequence,
)
from optimizer.choose.non_inferiority import lost_share_bounds
from optimizer.measure.measurements import Metric
from optimizer.store.limits import Limits, Loss
from optimizer.store.tried import Lost, Tried, Weighed, lost_of

BASELINE = 1000
POINT = Loss(value=0.01)


def expected_of(sequence: list[Candidate]) -> float:
    """The size that is shipped in the mean, over all ways in which the proofs may come out.

    And what each file costs that is made for it, where the testing comes so far.
    """
    total = reached = 0.0
    came = 1.0
    for one in sequence:
        reached += came * EACH_COSTS * BASELINE * (not one.made)
        came *= one.chance
    for held in product([False, True], repeat=len(sequence)):
        chance, size, going = 1.0, BASELINE, True
        for one, holds in zip(sequence, held, strict=True):
            chance *= one.chance if holds else 1 - one.chance
            going = going and holds
            size = one.size if going else size
        total += chance * size
    return total + reached


@pytest.mark.parametrize("seed", range(40))
def test_no_other_chain_leaves_a_smaller_file_to_be_expected(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 7))
    sizes = sorted(rng.choice(np.arange(50, 950), count, replace=False).tolist(), reverse=True)
    candidates = [
        Candidate(f"r{at}", size, float(rng.choice([0.0, rng.random(), 0.99])), rng.random() < 0.3)
        for at, size in enumerate(sizes)
    ]
    must = [one for one in candidates if one.made]
    best = min(
        expected_of([one for one in candidates if one in chosen])
        for count in range(len(candidates) + 1)
        for chosen in combinations(candidates, count)
        if all(one in chosen for one in must)
    )
    found = chain(candidates, BASELINE)
    assert [one for one in found if one.made] == must
    assert best - 1e-6 <= expected_of(found) <= best + HARDLY * BASELINE


def test_what_cannot_be_proved_is_not_made() -> None:
    assert chain([Candidate("int8", 250, 0.0, made=False)], BASELINE) == []


def test_a_bold_file_gets_a_safe_one_before_it() -> None:
    safe, bold = Candidate("a", 500, 0.99, made=False), Candidate("b", 250, 0.5, made=False)
    assert chain([safe, bold], BASELINE) == [safe, bold]


def tried(recipe: str, size: int, lost: float, gzip: int | None = None) -> Tried:
    return Tried(
        recipe=recipe,
        key="k",
        weighed=Weighed(size, gzip or size, 10, ("FLOAT32",), {}),
        tuning=Metric("accuracy", 0.9 - lost, None, None, 400),
        lost=Lost(lost, 0.1, 0.9, 400),
    )


def test_the_sequence_goes_from_the_safest_to_the_boldest_and_always_to_a_smaller_file() -> None:
    those = [
        tried("int8", 100, 0.004),
        tried("float16", 200, 0.0),
        tried("int16x8", 150, 0.02),
        tried("dynamic_range", 120, 0.001),
    ]
    found = in_sequence(those, Limits(), POINT, 1000, {"int8"})
    assert [one.recipe for one in found] == ["float16", "dynamic_range", "int8"]
    assert [one.made for one in found] == [False, False, True]
    assert found[0].chance > found[1].chance > found[2].chance


def test_sizes_are_those_that_the_limit_is_of() -> None:
    those = [tried("float16", 200, 0.0, gzip=50), tried("int8", 100, 0.01, gzip=60)]
    packed = in_sequence(those, Limits(packed=True), POINT, 1000, set())
    assert [(one.recipe, one.size) for one in packed] == [("float16", 50)]


def test_the_chance_is_how_often_a_proof_follows_such_a_tuning_result() -> None:
    """Files of any loss, judged on samples of both roles: of those foretold so many are proved.

    Of a share of 400 or more the standard error is 0.025 at most: a right program fails less than
    once in 10,000 times.
    """
    rng, n = np.random.default_rng(5), 1000
    changed, told, came = 0.06, [], []
    for true_loss in rng.uniform(-0.02, 0.03, 1500):
        gained, lost = (changed - true_loss) / 2, (changed + true_loss) / 2
        tuning, evaluation = rng.multinomial(n, [gained, lost, 1 - gained - lost], 2)
        value = (tuning[1] - tuning[0]) / n
        spread = math.sqrt((tuning[0] + tuning[1]) / n - value**2)
        told.append(chance_to_hold(Lost(value, spread, 0.9, n), POINT, n, 0.95))
        came.append(lost_share_bounds(int(evaluation[0]), int(evaluation[1]), n, 0.95)[1] <= 0.01)
    unsure = np.array(told) > 0.1
    assert unsure.sum() >= 400
    assert np.mean(np.array(told)[unsure]) == pytest.approx(
        np.mean(np.array(came)[unsure]), abs=0.1
    )
    assert np.mean(np.array(came)[~unsure]) < 0.05


def test_what_is_lost_is_counted_in_pairs() -> None:
    before, after = np.array([1, 1, 0, 1], bool), np.array([1, 0, 1, 0], bool)
    found = lost_of(before, after, higher_is_better=True)
    assert found
    assert found.value == 0.25
    assert found.baseline == 0.75
    errors = lost_of(np.array([1.0, 3.0]), np.array([2.0, 5.0]), higher_is_better=False)
    assert errors == Lost(1.5, 0.5, 2.0, 2)
    assert lost_of(np.array([1.0]), np.array([np.nan]), higher_is_better=False) is None


def test_a_relative_limit_is_a_share_of_the_baseline() -> None:
    lost = Lost(0.5, 0.1, 100.0, 10_000)
    assert chance_to_hold(lost, Loss(value=0.01, relative=True), 10_000, 0.95) > 0.99
    assert chance_to_hold(lost, Loss(value=0.004, relative=True), 10_000, 0.95) < 0.01
