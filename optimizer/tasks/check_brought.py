"""tasks/: whether a finished `.tflite` that was brought takes and gives what the model does."""

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.errors import ModelError
from optimizer.files.digest import digest
from optimizer.models.summary import ModelSummary, TensorSpec
from optimizer.techniques.brought import Brought
from optimizer.words import counted, listed

if TYPE_CHECKING:
    from optimizer.models.opened.tflite import TfliteFile

PICTURE = 3  # dimensions of one sample
FLOATS = {"float16", "float32", "float64"}


def check_brought(
    file: Path, step: Brought, model: ModelSummary, baseline: Path, made: Path
) -> tuple[str, ...]:
    """Reads a stranger's file and holds it against the model; workers only.

    Args:
        file: The `.tflite`.
        step: What the recipe says of it.
        model: What it stands beside.
        baseline: The model's float32 `.tflite`, which calls its outputs as converters do.
        made: Where a copy of what was understood of the file is written, which alone is run.

    Returns:
        What its user should know, in sentences.

    Raises:
        ModelError: it is damaged, is not the file that was brought, cannot be run here, or takes or
            gives something else than the model.
    """
    from optimizer.models.opened.tflite import TfliteFile  # noqa: PLC0415 (workers only)
    from optimizer.models.trust import write_canonical_tflite  # noqa: PLC0415

    if not digest(file).startswith(step.sha256):
        raise ModelError(
            f"The study's copy of “{step.called}” is not the file that was added: its SHA-256 is "
            "another. Add the file again."
        )
    write_canonical_tflite(file, made)
    opened = TfliteFile(made)
    if opened.select_tf_ops:
        raise ModelError(
            f"“{step.called}” needs operators of TensorFlow that LiteRT does not have: "
            f"{listed(list(opened.select_tf_ops), 3)}. Convert it with built-in operators only."
        )
    _check("input", step.called, opened.inputs, model.inputs, _input_order(opened, model))
    _check("output", step.called, opened.outputs, model.outputs, range(len(opened.outputs)))
    usual = [spec.name for spec in TfliteFile(baseline).outputs]
    notes = []
    if _only_order_tells(opened.inputs) and _names(opened.inputs) != _names(model.inputs):
        notes.append(_by_order("inputs", opened.inputs, model.inputs))
    given = [spec.name for spec in opened.outputs]
    if _only_order_tells(opened.outputs) and given not in (usual, [s.name for s in model.outputs]):
        notes.append(_by_order("outputs", opened.outputs, model.outputs))
    return tuple(notes)


def _check(
    what: str,
    name: str,
    mine: Sequence[TensorSpec],
    theirs: Sequence[TensorSpec],
    order: Sequence[int] | None,
) -> None:
    """Raises unless each of the file's tensors can stand for one of the model's.

    Args:
        what: “input” or “output”.
        name: Of the file.
        mine: The file's.
        theirs: The model's.
        order: For each of the file's the place of the model's; None where no order fits.
    """
    verb = "takes" if what == "input" else "gives"
    if len(mine) != len(theirs):
        raise ModelError(
            f"“{name}” {verb} {counted(len(mine), what)}, and the model {len(theirs)}. Add a file "
            "that was made of this model."
        )
    pairs = [(one, theirs[at]) for one, at in zip(mine, order or (), strict=False)]
    if order is None or not all(_same_shape(one, other) for one, other in pairs):
        advice = "Add a file that was made of this model."
        if any(_channels_first(one, other) for one in mine for other in theirs):
            advice = "Its channels come first; export it with channels last, as the model has them."
        raise ModelError(
            f"“{name}” {verb} {_told(mine)}; the model {verb} {_told(theirs)}. {advice}"
        )
    for one, other in pairs:
        if one.dtype not in FLOATS and other.dtype in FLOATS:
            raise ModelError(
                f"The {what} “{one.name}” of “{name}” is {one.dtype} without a scale and zero "
                f"point, and the model's is {other.dtype}: what its values stand for is not known. "
                "Export it with quantization parameters, or with floats there."
            )


def _input_order(opened: "TfliteFile", model: ModelSummary) -> Sequence[int] | None:
    """As `Runner` feeds it: by name, or else the first order whose shapes fit."""
    mine, theirs = opened.inputs, model.inputs
    if _names(mine) == _names(theirs):
        place = {spec.name: at for at, spec in enumerate(theirs)}
        return [place[spec.name] for spec in mine]
    if len(mine) != len(theirs):
        return None
    for order in permutations(range(len(theirs))):
        if all(_same_shape(one, theirs[at]) for one, at in zip(mine, order, strict=True)):
            return order
    return None


def _names(specs: Sequence[TensorSpec]) -> list[str]:
    return sorted(spec.name for spec in specs)


def _same_shape(mine: TensorSpec, theirs: TensorSpec) -> bool:
    """Of one sample; None fits any size."""
    ours, others = mine.shape[1:], theirs.shape[1:]
    return theirs.any_rank or (
        len(ours) == len(others)
        and all(a == b or a is None or b is None for a, b in zip(ours, others, strict=True))
    )


def _channels_first(mine: TensorSpec, theirs: TensorSpec) -> bool:
    ours, others = mine.shape[1:], theirs.shape[1:]
    return len(ours) == PICTURE == len(others) and ours == (others[-1], *others[:-1])


def _only_order_tells(specs: Sequence[TensorSpec]) -> bool:
    """Whether two tensors of one shape could be taken for each other."""
    return len({spec.shape[1:] for spec in specs}) < len(specs)


def _by_order(what: str, mine: Sequence[TensorSpec], theirs: Sequence[TensorSpec]) -> str:
    pairs = ", ".join(f"“{a.name}” as “{b.name}”" for a, b in zip(mine, theirs, strict=True))
    return (
        f"Its {what} are not called as the model's, so they were taken by their order: {pairs}. "
        "Where that is wrong, so are its numbers."
    )


def _told(specs: Sequence[TensorSpec]) -> str:
    return " and ".join(map(str, specs))
