"""tests of measure/: the oldest TensorFlow Lite that runs a file."""

import pytest

from optimizer.measure.inside.oldest_runtime import oldest_runtime
from optimizer.tflite.facts import OperatorUse


def needs(version: str | None) -> OperatorUse:
    """An operator that this runtime is the first to have; None: nobody knows which."""
    return OperatorUse(0, "CONV_2D", 1, version, 0, (1, 4), ("INT8",), ("INT8",), "a/layer")


OPERATORS = tuple(map(needs, ("1.5.0", "1.14.0", "2.4.0", None)))


@pytest.mark.parametrize(
    ("written", "operators", "oldest"),
    [
        ("1.6.0", OPERATORS, "2.4.0"),
        ("2.10.0", OPERATORS, "2.10.0"),
        (None, OPERATORS, "2.4.0"),
        ("1.6.0", (), "1.6.0"),
        (None, (), None),
    ],
    ids=["an operator needs more", "the converter knows better", "nothing written", "older study",
         "nothing known"],
)  # fmt: skip
def test_the_oldest_runtime_is_the_newest_that_is_needed(
    written: str | None, operators: tuple[OperatorUse, ...], oldest: str | None
) -> None:
    assert oldest_runtime(operators, written) == oldest
