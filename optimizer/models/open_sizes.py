"""models/: inputs that leave their size open, and what the user wants them to be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from optimizer.errors import ModelError
from optimizer.models.open_options import ModelQuestion, UndecidedModelError
from optimizer.models.summary import TensorSpec

IMAGE_SIDES = (224, 96, 128, 160, 192, 256, 299, 512)
LENGTHS = (128, 16, 32, 64, 256, 512)
MOST_CHANNELS = 4


def is_open(spec: TensorSpec) -> bool:
    """Whether an input has no fixed size; an open batch does not count."""
    return spec.any_rank or None in spec.shape[1:]


def suggested_sizes(spec: TensorSpec) -> tuple[tuple[int, ...], ...]:
    """Sizes of one sample that are usual for an open input, the likeliest first.

    Square images where two sides of an image are open, lengths of a sequence otherwise; each fits
    the dimensions that are fixed.
    """
    shape = (None, None, 3) if spec.any_rank else spec.shape[1:]
    image = len(shape) == 3 and (shape[2] is None or shape[2] <= MOST_CHANNELS)
    return tuple(
        tuple(
            (3 if image and place == 2 else side) if size is None else size
            for place, size in enumerate(shape)
        )
        for side in (IMAGE_SIDES if image else LENGTHS)
    )


def fix_sizes(
    inputs: Sequence[TensorSpec], sizes: Mapping[str, tuple[int, ...]]
) -> tuple[TensorSpec, ...]:
    """The inputs with the sizes that the user gave; the batch stays as it is.

    Args:
        inputs: As the model has them.
        sizes: By name of the input: the shape of one sample.

    Raises:
        UndecidedModelError: an input of open size has none.
        ModelError: a size is for no input, or does not fit it.
    """
    names = [spec.name for spec in inputs]
    for name in sizes:
        if name not in names:
            raise ModelError(
                f"A size was given for “{name}”, but the model's inputs are {', '.join(names)}. "
                "Give it for one of these."
            )
    undecided = tuple(spec for spec in inputs if is_open(spec) and spec.name not in sizes)
    if undecided:
        raise UndecidedModelError(_ask(undecided), ModelQuestion(open_inputs=undecided))
    return tuple(_fixed(spec, sizes[spec.name]) if spec.name in sizes else spec for spec in inputs)


def written(size: Sequence[int]) -> str:
    """A size as the command line takes it: "224x224x3"."""
    return "x".join(str(side) for side in size)


def _ask(undecided: Sequence[TensorSpec]) -> str:
    inputs = " and ".join(f"“{spec.name}” ({_sizes(spec)})" for spec in undecided)
    flags = " ".join(
        f"--size {spec.name}={written(suggested_sizes(spec)[0])}" for spec in undecided
    )
    many = len(undecided) > 1
    return (
        f"The input{'s' if many else ''} {inputs} leave{'' if many else 's'} "
        f"{'their sizes' if many else 'its size'} open, but a .tflite has fixed ones. "
        f"Choose the size of one sample, e.g. {flags}."
    )


def _sizes(spec: TensorSpec) -> str:
    """ "any × any × 3", without name and type."""
    return str(spec).removeprefix(f"{spec.name}: ").removesuffix(f", {spec.dtype}")


def _fixed(spec: TensorSpec, size: tuple[int, ...]) -> TensorSpec:
    declared = spec.shape[1:]
    fits = spec.any_rank or (
        len(size) == len(declared)
        and all(wanted in (None, side) for side, wanted in zip(size, declared, strict=True))
    )
    if not fits or min(size, default=1) < 1:
        raise ModelError(
            f"The size {written(size)} does not fit the input “{spec.name}” ({_sizes(spec)}). "
            f"Give one such as {written(suggested_sizes(spec)[0])}."
        )
    return replace(spec, shape=(spec.shape[0], *size), any_rank=False)
