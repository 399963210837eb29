"""choose/: which operators to take out of int8, proposed from the noise that each brings alone.

An operator with weights keeps them in int8 and computes in float, which costs hardly a byte; one
without stays in float. Which ones, so that the noise that is left lies under a level at the least
cost, is an integer program (a knapsack); the levels halve, and the proposals are measured then: the
sum of single noises is off by 4 dB.
"""

from collections.abc import Sequence

import numpy as np

from optimizer.choose.mixed_proposals import Schemes
from optimizer.measure.sensitivity import OperatorNoise
from optimizer.techniques.scheme import FloatOperator, Scheme

LEVELS = tuple(0.5**step for step in range(1, 9))  # of the noise of all operators in int8
FOR_TIME = 0.25  # of all costs: what the time of operators in float counts beside bytes
EACH_COSTS = 1e-3  # of all costs, for the conversions around an operator


def rungs(operators: Sequence[FloatOperator], noises: Sequence[OperatorNoise]) -> list[Schemes]:
    """Schemes with ever less noise, each once.

    Args:
        operators: Of the float file, by number.
        noises: Of the same operators, by number.
    """
    found: list[Schemes] = []
    loud = [one for one in noises if one.measured and one.noise > 0]
    total = sum(one.noise for one in loud)
    for level in LEVELS:
        out = _out(loud, [_cost(operators, one.number) for one in loud], level * total)
        schemes = {
            number: _scheme(operators[number])
            for one in out
            for number in operators[one.number].together
        }
        if schemes and schemes not in found:
            found.append(schemes)
    return found


def _scheme(operator: FloatOperator) -> Scheme:
    return Scheme.WEIGHT_ONLY if Scheme.WEIGHT_ONLY in operator.choices else Scheme.FLOAT


def _cost(operators: Sequence[FloatOperator], number: int) -> float:
    """Of taking one out, as a share of taking all out."""
    operator = operators[number]
    macs = sum(one.macs for one in operators) or 1
    weights = sum(one.weight_bytes for one in operators) or 1
    bytes_more = 0.0 if _scheme(operator) is Scheme.WEIGHT_ONLY else operator.weight_bytes / weights
    return bytes_more + FOR_TIME * operator.macs / macs + EACH_COSTS


def _out(
    loud: Sequence[OperatorNoise], costs: Sequence[float], allowed: float
) -> list[OperatorNoise]:
    """The cheapest operators to take out, so that the rest brings no more noise than is allowed."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 (half a second)

    if not loud:
        return []
    noises = np.array([one.noise for one in loud])
    solved = milp(
        np.array(costs),
        constraints=LinearConstraint(noises[None, :], lb=noises.sum() - allowed),
        integrality=np.ones(len(loud), np.int64),
        bounds=Bounds(0, 1),
    )
    if solved.x is None:
        return list(loud)
    return [one for one, chosen in zip(loud, solved.x, strict=True) if chosen > 0.5]
