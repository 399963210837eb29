"""tests of data/: no sample is in two roles, none is lost, and each role has the mix of all."""

import numpy as np
import pytest

from optimizer.data.roles import DEALT, MOST_CALIBRATION, MOST_TUNING, ROLES, Roles, deal

NAMES = ROLES


def split(count: int, classes: np.ndarray | None, test_count: int, seed: int) -> Roles:
    """Deals out samples of which the last `test_count` are the user's own test part."""
    given = np.full(count, DEALT, np.int8)
    given[count - test_count :] = ROLES.index("evaluation")
    return deal(given, classes, seed)


def parts(roles: Roles) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    return [getattr(roles, name) for name in NAMES]


@pytest.mark.parametrize("count", [1, 2, 3, 10, 101, 5_000, 40_000])
@pytest.mark.parametrize("classes", [None, 1, 2, 10], ids=lambda c: f"{c or 'no'} classes")
@pytest.mark.parametrize("share", [0, 0.3], ids=["no test part", "test part"])
def test_each_sample_is_in_exactly_one_role(count: int, classes: int | None, share: float) -> None:
    labels = None if classes is None else np.random.default_rng(0).integers(0, classes, count)
    test_count = min(int(share * count), count - 1)
    roles = split(count, labels, test_count, seed=0)
    assert np.array_equal(np.sort(np.concatenate(parts(roles))), np.arange(count))
    assert all(np.array_equal(part, np.sort(part)) for part in parts(roles))
    assert len(roles.evaluation) > 0
    assert len(roles.calibration) <= MOST_CALIBRATION
    assert len(roles.tuning) <= MOST_TUNING
    if test_count:
        assert np.array_equal(roles.evaluation, np.arange(count - test_count, count))


def test_a_single_sample_is_evaluated() -> None:
    assert split(1, np.array([0]), 0, seed=0).evaluation.tolist() == [0]


def test_of_two_samples_one_is_left_to_calibrate_with() -> None:
    roles = split(2, np.array([0, 1]), 0, seed=0)
    assert (len(roles.evaluation), len(roles.calibration)) == (1, 1)


@pytest.mark.parametrize("sizes", [(500, 500), (900, 90, 10), (40,) * 25], ids=str)
@pytest.mark.parametrize("test_count", [0, 200])
def test_each_role_has_the_mix_of_the_whole(sizes: tuple[int, ...], test_count: int) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    np.random.default_rng(3).shuffle(labels)
    roles = split(1_000, labels, test_count, seed=0)
    dealt = labels[: 1_000 - test_count]
    mix = np.bincount(dealt, minlength=len(sizes)) / len(dealt)
    for name in NAMES[:3] if test_count else NAMES:
        role = getattr(roles, name)
        counts = np.bincount(labels[role], minlength=len(sizes))
        # At most a sample of each class more or less at either end of the role's run.
        assert np.abs(counts - mix * len(role)).max() <= 2, name


def test_sorted_data_are_mixed_even_without_classes() -> None:
    roles = split(1_000, None, 0, seed=0)
    for role in parts(roles):
        assert 300 < role.mean() < 700


def test_the_same_seed_deals_the_same_roles_and_another_does_not() -> None:
    labels = np.arange(300) % 3
    first, again, other = (split(300, labels, 0, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(parts(first), parts(again), strict=True))
    assert not np.array_equal(first.evaluation, other.evaluation)


def test_a_role_that_was_given_is_as_it_was_given_and_nothing_is_dealt_to_it() -> None:
    given = np.full(1_000, DEALT, np.int8)
    for at, role in enumerate(("calibration", "tuning", "evaluation")):
        given[at * 100 : at * 100 + 50] = ROLES.index(role)
    roles = deal(given, None, seed=0)
    assert roles.calibration.tolist() == list(range(50))
    assert roles.tuning.tolist() == list(range(100, 150))
    assert roles.evaluation.tolist() == list(range(200, 250))
    assert len(roles.training) == 850


def test_calibration_and_tuning_are_dealt_from_training_where_there_is_nothing_else() -> None:
    given = np.full(1_000, ROLES.index("training"), np.int8)
    given[600:] = ROLES.index("evaluation")
    roles = deal(given, None, seed=0)
    assert [len(part) for part in parts(roles)] == [420, 60, 120, 400]
    assert roles.evaluation.tolist() == list(range(600, 1_000))


def test_the_users_own_training_samples_stay_training_samples() -> None:
    given = np.full(1_000, DEALT, np.int8)
    given[:300] = ROLES.index("training")
    roles = deal(given, None, seed=0)
    assert set(range(300)) <= set(roles.training.tolist())
    assert len(roles.evaluation) == 350
