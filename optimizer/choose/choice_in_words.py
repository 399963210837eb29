"""choose/: a choice and its proofs in sentences, for pages and terminal alike."""

from collections.abc import Iterator

from optimizer.choose.choice import HELD, OPEN, Choice, Proved, default
from optimizer.choose.decide import confidence_left
from optimizer.choose.loss_unit import headline, unit_of
from optimizer.choose.proofs import (
    IO,
    LATENCY,
    LATENCY_RATIO,
    LOSS,
    MEMORY,
    RUNS_ON,
    SIZE,
    Answer,
    Proof,
)
from optimizer.recipes import parse
from optimizer.store.records import StudyIndex, Variant
from optimizer.techniques.mixed import Mixed
from optimizer.techniques.scheme import Scheme
from optimizer.words import number

ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth")
OTHERS = {
    SIZE: ("a file of", "bytes"),
    MEMORY: ("an arena of", "bytes"),
    LATENCY: ("a latency of", "ms"),
    LATENCY_RATIO: ("a latency of", "times the baseline's"),
}


def in_words(choice: Choice, index: StudyIndex) -> str:
    """The choice in one sentence, with its proof; or what is missing, and what is nearest."""
    baseline = choice.proved[0] if choice.proved else None
    if baseline is None:
        return "Nothing was made yet, so that nothing can be chosen."
    if choice.verdict == HELD:
        chosen = choice.of(choice.recipe or "")
        if chosen is baseline:
            kept = f"{baseline.variant.recipe}, the model as it came"
            if choice.nearest is None:
                return f"{kept}: no other file holds the limits."
            missing = "; ".join(in_the_way(choice.nearest, choice, index))
            return (
                f"{kept}: no other file is proved yet. Nearest is "
                f"{choice.nearest.variant.recipe}: {missing}."
            )
        times = baseline.variant.size_bytes / chosen.variant.size_bytes
        return (
            f"{chosen.variant.recipe}{_of_operators(chosen.variant.recipe, baseline.variant)}: "
            f"{number(times, '.2g')} times smaller, {loss_in_words(chosen.loss, choice, index)}."
        )
    nearest = choice.nearest
    if nearest is None:
        return "No file holds the limits."
    begin = "No file is proved to hold the limits yet"
    if choice.verdict != OPEN:
        begin = "No file holds the limits"
    missing = "; ".join(in_the_way(nearest, choice, index))
    return f"{begin}. Nearest is {nearest.variant.recipe}: {missing}."


def _of_operators(recipe: str, baseline: Variant) -> str:
    """`, int8 with 3 of 42 operators in float`; nothing where a recipe names no operators."""
    step = parse(recipe).conversion
    if not isinstance(step, Mixed):
        return ""
    schemes = list(step.asked.values())
    count = sum(baseline.contents.operators.values())
    told = [
        f"{schemes.count(scheme)} of {count} operators "
        f"{'with' if scheme is Scheme.INT4 else 'in'} {scheme.label}"
        for scheme in dict.fromkeys(schemes)
    ]
    return f", int8 with {' and '.join(told)}" if told else ""


def loss_in_words(loss: Proof, choice: Choice, index: StudyIndex) -> str:
    """`0.2 points lost, with 95 % confidence at most 0.6; 1 point is allowed`."""
    if loss.value is None:
        return "what it loses was not measured"
    confidence = number(100 * choice.limits.confidence, ".4g")
    unit = unit_of(choice.limits.loss or default(index), headline(index))
    at_most = "any amount" if loss.high is None else unit.counted(loss.high)
    said = f"{unit.told(abs(loss.value))} {'lost' if loss.value >= 0 else 'gained'}"
    allowed = unit.told(loss.bound)
    return f"{said}, with {confidence} % confidence at most {at_most}; {allowed} is allowed"


def sets_tried(index: StudyIndex) -> str:
    """That several limits on the loss were tried on the same samples, and what it means."""
    tried = len(index.tried_losses)
    if tried < 2:
        return ""
    ordinal = ORDINALS[tried - 1] if tried <= len(ORDINALS) else f"{tried}th"
    confidence = index.limits.confidence
    each = number(100 * confidence, ".4g")
    left = number(100 * confidence_left(tried, confidence), ".4g")
    return (
        f"{ordinal} limit on the loss that is tried on the same samples: each promise by itself "
        f"holds with {each} % confidence, all of them together with {left} %. "
        "Fresh evaluation data begin anew."
    )


def in_the_way(one: Proved, choice: Choice, index: StudyIndex) -> Iterator[str]:
    """Of each limit that is not held what was found, and what is allowed."""
    for proof in one.proofs:
        if proof.verdict is Answer.HELD:
            continue
        if proof.limit == LOSS:
            yield loss_in_words(proof, choice, index)
            if proof.needed_samples:
                yield f"about {int(float(f'{proof.needed_samples:.2g}')):,} samples would settle it"
        elif proof.limit == IO:
            yield f"its inputs and outputs are not {choice.limits.io}"
        elif proof.limit.startswith(RUNS_ON):
            target = proof.limit.partition(":")[2]
            yield f"it {'may not' if proof.value is None else 'does not'} run on {target}"
        else:
            what, unit = OTHERS[proof.limit]
            found = "it was not measured"
            if proof.value is not None:
                found = f"it has {_plain(proof.value)}"
            yield f"{what} {_plain(proof.bound)} {unit} is allowed, {found}"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else number(value)
