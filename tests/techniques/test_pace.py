"""tests of techniques/training/: what a training says it will still take is what it takes."""

import pytest

from optimizer.techniques.training.pace import Pace

TRACING = 20.0  # seconds of a first step


def walk(
    steps: int, tuning: int, epochs: int, step: float, look: float
) -> list[tuple[float, float]]:
    """The moments of a training with a slow first step, each with what was said to be left."""
    pace, now, told = Pace(steps, tuning, epochs), 0.0, []
    for epoch in range(epochs):
        for one in range(steps):
            now += step + (TRACING if epoch == one == 0 else 0.0)
            pace.step(epoch * steps + one + 1, now)
            left = pace.left()
            if left is not None:
                told.append((now, left))
        now += look
        pace.epoch(now)
    return [(now - moment, left) for moment, left in told]


@pytest.mark.parametrize(
    ("steps", "tuning", "epochs", "step", "look"),
    [
        (100, 30, 5, 0.1, 1.0),
        (7, 3, 400, 0.05, 0.05),
        (1000, 500, 2, 0.05, 8.0),
        (100, 100, 3, 0.1, 5.0),
    ],
    ids=["usual", "short epochs", "long epochs", "slow tuning"],
)
def test_from_a_tenth_on_it_is_within_a_factor_of_two(
    steps: int, tuning: int, epochs: int, step: float, look: float
) -> None:
    told = walk(steps, tuning, epochs, step, look)
    whole = TRACING + epochs * (steps * step + look)
    later = [(really, left) for really, left in told if really <= 0.9 * whole]
    assert len(later) > 0.8 * steps * epochs
    assert all(0.5 * really <= left <= 2 * really for really, left in later)


def test_the_first_step_is_not_taken_for_the_pace() -> None:
    """From the first step alone 100 epochs of 10 s would be said to take nine hours."""
    told = walk(100, 0, 100, 0.1, 0.0)
    assert told[0][1] == pytest.approx(told[0][0], rel=0.01)


def test_nothing_is_said_before_it_is_known() -> None:
    pace = Pace(100, 0, 10)
    assert pace.left() is None
    pace.step(1, 30.0)
    assert pace.left() is None
    pace.step(2, 30.1)
    assert pace.left() is None


def test_a_pause_between_epochs_is_counted_to_no_step() -> None:
    pace = Pace(10, 0, 3)
    for done in range(1, 11):
        pace.step(done, float(done))
    pace.epoch(15.0)
    pace.step(11, 16.0)
    assert pace.left() == pytest.approx(19 * 1.0 + 2 * 5.0)
