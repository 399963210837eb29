"""tests of tasks/: pictures as targets get the scale in which the model gives them."""

import numpy as np
import pytest

from optimizer.data.labels import RawLabels, Task
from optimizer.data.scaling import SCALINGS
from optimizer.data.understand_labels import understand
from optimizer.tasks.target_scaling import best_target
from tests.summaries import summary

RNG = np.random.default_rng(2)
PICTURES = RNG.integers(0, 256, (60, 12, 12, 3)).astype(np.float32)


@pytest.mark.parametrize("target", ["none", "unit", "tf", "torch"])
def test_the_scale_that_the_outputs_are_in_is_found(target: str) -> None:
    outputs = SCALINGS[target].apply(PICTURES)
    noisy = outputs + RNG.normal(0, 0.1 * outputs.std(), outputs.shape).astype(np.float32)
    found, explained = best_target(noisy, PICTURES, target)
    assert found == target
    assert explained.value == pytest.approx(0.99, abs=0.01)


def test_inputs_in_one_scale_and_outputs_as_they_are() -> None:
    found, _ = best_target(PICTURES + 3, PICTURES, "unit")
    assert found == "none"


def test_a_sigmoid_may_give_pictures_of_8_bits() -> None:
    labels = {"": RawLabels(PICTURES)}
    _, told = understand(labels, summary((12, 12, 3), (12, 12, 3), activation="sigmoid"))
    assert told.task is Task.REGRESSION
