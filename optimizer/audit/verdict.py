"""audit/: an audit in words: what was kept, what was not and why."""

from collections.abc import Iterable

from optimizer.audit.findings import Audit, Finding
from optimizer.techniques.promise import FilePromise
from optimizer.techniques.registry import weight_property
from optimizer.words import counted, listed

MOST_NAMES = 5  # of layers in a sentence


def in_words(made: Audit) -> str:
    """The audit in a sentence or two, lost promises first."""
    kept: list[str] = []
    lost: list[str] = []
    for promise in made.whole:
        (kept if promise.kept else lost).append(_of_file(promise))
    for name in properties_in(made):
        about = [(f, f.given[name]) for f in made.findings if name in f.given]
        layers = {finding.layer for finding, _ in about}
        without = {finding.layer for finding, promise in about if not promise.kept}
        what = weight_property(name)
        if without:
            lost.append(f"{what.lost} in {len(without)} of {counted(len(layers), 'layer')}")
        else:
            together = what.kept([finding.tensor for finding, _ in about])
            kept.append(f"{together} in {counted(len(layers), 'layer')}")
    _say_types(made, kept, lost)
    if made.unfound:
        lost.append(f"not traced in the file: {listed(made.unfound, MOST_NAMES)}")
    if not lost:
        return f"Kept: {'; '.join(kept)}." if kept else "Nothing was promised of these weights."
    rest = f" Kept: {'; '.join(kept)}." if kept else ""
    text = "; ".join(lost)
    return f"{text[:1].upper()}{text[1:]}.{rest}"


def reasons(made: Audit) -> tuple[str, ...]:
    """Why promises are not kept, a sentence each behind the layers that it is about."""
    return _grouped(
        (promise.explanation, finding)
        for finding in made.findings
        for promise in finding.promises
        if not promise.kept
    )


def notes(made: Audit) -> tuple[str, ...]:
    """What looks like a lost promise and is none, likewise."""
    return _grouped(
        (promise.note, finding)
        for finding in made.findings
        for promise in finding.promises
        if promise.note
    )


def properties_in(made: Audit) -> list[str]:
    """The names of all properties that were promised of any tensor, in the order of the steps."""
    # Not all steps touch every layer: that of which most was promised has the order of most.
    longest = max((finding.given for finding in made.findings), key=len, default={})
    return list(dict.fromkeys([*longest, *(n for f in made.findings for n in f.given)]))


def _of_file(promise: FilePromise) -> str:
    """What was promised of a whole file: "1,204 of 2,500 MACs (at most 1,250)"."""
    return (
        f"{promise.found:,} of {promise.before:,} {promise.what} (at most {promise.promised:,} "
        "were promised)"
    )


def _say_types(made: Audit, kept: list[str], lost: list[str]) -> None:
    typed = [(finding.tensor, finding.dtype) for finding in made.findings if finding.dtype]
    if not typed:
        return
    for wanted in dict.fromkeys(str(promise.promised) for _, promise in typed):
        of_it = [(tensor, promise) for tensor, promise in typed if promise.promised == wanted]
        other = [tensor for tensor, promise in of_it if not promise.kept]
        if not other:
            kept.append(f"{wanted.lower()} in {counted(len(of_it), 'weight tensor')}")
            continue
        left, whole = (
            sum(t.size_bytes for t in tensors)
            for tensors in (other, [tensor for tensor, _ in typed])
        )
        operators = listed(sorted({tensor.operator for tensor in other}), MOST_NAMES)
        lost.append(
            f"{len(other)} of {counted(len(of_it), 'weight tensor')} not stored as "
            f"{wanted.lower()} ({operators}: {100 * left / max(whole, 1):.0f} % of the bytes of "
            "all weights)"
        )


def _grouped(said: Iterable[tuple[str, Finding]]) -> tuple[str, ...]:
    """Each sentence once, behind the layers (or else tensors) of which it is said."""
    groups: dict[str, dict[str, None]] = {}
    for sentence, finding in said:
        groups.setdefault(sentence, {})[finding.layer or finding.tensor.name] = None
    return tuple(
        f"{listed(list(names), MOST_NAMES)}: {sentence}" for sentence, names in groups.items()
    )
