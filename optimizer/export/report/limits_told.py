"""export/report/: limits and what was found of them, as people read them."""

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.choose.choice import default
from optimizer.choose.loss_unit import by_noise, headline, unit_of
from optimizer.choose.proofs import IO, LATENCY, LATENCY_RATIO, LOSS, MEMORY, RUNS_ON, SIZE, Proof
from optimizer.export import numbers
from optimizer.export.report.told import Told
from optimizer.words import in_sentence

RUNS = {1.0: "yes", 0.0: "no"}


@dataclass(frozen=True)
class LimitTold:
    """One limit beside what was found.

    Attributes:
        name: What is limited.
        allowed, found, high: The bound, the number and its worst end; a dash where it is unknown,
            and for the worst end of what is exact.
    """

    name: str
    allowed: str
    found: str
    high: str


def limit_told(proof: Proof, told: Told) -> LimitTold:
    """A proof in the words of its limit."""
    limits = told.choice.limits
    if proof.limit == LOSS:
        unit = unit_of(limits.loss or default(told.index), headline(told.index))
        return _told(proof, loss_name(told), unit.told)
    if proof.limit in {SIZE, MEMORY}:
        of_file = "Size after gzip" if limits.packed else "Size of the file"
        return _told(proof, of_file if proof.limit == SIZE else "Arena", numbers.size)
    if proof.limit == LATENCY:
        return _told(proof, f"Latency{_on_device(told)}", numbers.milliseconds)
    if proof.limit == LATENCY_RATIO:
        return _told(proof, f"Latency against float32{_on_device(told)}", times)
    found = "not known" if proof.value is None else RUNS[proof.value]
    if proof.limit == IO:
        return LimitTold("Inputs and outputs", str(limits.io), found, numbers.NONE)
    target = proof.limit.removeprefix(f"{RUNS_ON}:")
    return LimitTold(f"Runs on {target}", "required", found, numbers.NONE)


def loss_name(told: Told) -> str:
    """What a loss is a loss of."""
    kind = headline(told.index)
    if kind:
        return f"Loss in {in_sentence(kind.title)}"
    return "Noise on the outputs" if by_noise(told.index) else "Loss of agreement with float32"


def times(ratio: float) -> str:
    """A latency over the baseline's."""
    return f"{ratio:.3g} ×"


def _on_device(told: Told) -> str:
    wanted = told.choice.limits.device
    name = next((one.name for one in told.index.devices if one.id == wanted), None)
    return f" on {name}" if name else ""


def _told(proof: Proof, name: str, shown: Callable[[float], str]) -> LimitTold:
    exact = proof.low == proof.high == proof.value
    return LimitTold(
        name,
        shown(proof.bound),
        numbers.NONE if proof.value is None else shown(proof.value),
        numbers.NONE if exact or proof.high is None else shown(proof.high),
    )
