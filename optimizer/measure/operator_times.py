"""measure/: what each operator of a file takes, by its number, as far as the profile tells.

XNNPACK names its steps by its own kernels (a 1 × 1 convolution is "Fully Connected") and keeps
their order. Where it has as many steps that multiply as the file has operators that do, and each is
one that the operator can be, they are told apart by that order; so are those of another kind of
which there are as many.
"""

from collections.abc import Sequence

from optimizer.measure.measurements import OperatorTime, Profile

Begins = tuple[str, ...]
MULTIPLYING: dict[str, Begins] = {
    "CONV_2D": ("Convolution (", "Fully Connected ("),
    "DEPTHWISE_CONV_2D": ("Convolution (", "DWConv"),
    "FULLY_CONNECTED": ("Fully Connected (",),
}
"""How the names of XNNPACK's steps begin (xnnpack/src/operator-utils.c, ai-edge-litert 2.3)."""
OTHERS: dict[str, Begins] = {
    "ADD": ("Add (",),
    "MUL": ("Multiply (",),
    "MEAN": ("Mean (",),
    "SOFTMAX": ("Softmax (",),
    "LOGISTIC": ("Sigmoid (",),
    "MAX_POOL_2D": ("Max Pooling (",),
    "AVERAGE_POOL_2D": ("Average Pooling (",),
}


def times_by_number(profile: Profile | None, names: Sequence[str]) -> dict[int, float]:
    """Milliseconds by the operator's number; without those that cannot be told.

    Args:
        profile: Of the float file.
        names: Of its operators, by number.
    """
    if profile is None:
        return {}
    found = {
        step.node: step.milliseconds
        for step in profile.operators
        if step.node is not None and 0 <= step.node < len(names) and step.name == names[step.node]
    }
    steps = [step for step in profile.operators if step.delegated]
    found |= _in_order(MULTIPLYING, steps, names, found)
    for kind, begins in OTHERS.items():
        found |= _in_order({kind: begins}, steps, names, found)
    return found


def _in_order(
    kinds: dict[str, Begins],
    steps: Sequence[OperatorTime],
    names: Sequence[str],
    known: dict[int, float],
) -> dict[int, float]:
    """Steps beside operators, both in order; nothing where one does not fit its operator."""
    every = tuple(begin for begins in kinds.values() for begin in begins)
    numbers = [at for at, name in enumerate(names) if name in kinds and at not in known]
    chosen = [step for step in steps if step.name.startswith(every)]
    if len(numbers) != len(chosen):
        return {}
    pairs = list(zip(numbers, chosen, strict=True))
    if any(not _fits(step.name, names[at], kinds) for at, step in pairs):
        return {}
    return {at: step.milliseconds for at, step in pairs}


def _fits(step: str, operator: str, kinds: dict[str, Begins]) -> bool:
    depthwise = "DWConv" in step
    return step.startswith(kinds[operator]) and depthwise == (operator == "DEPTHWISE_CONV_2D")
