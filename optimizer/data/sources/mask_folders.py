"""data/sources/: pictures in one folder and masks of their classes in another, paired by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary
from optimizer.words import listed

PICTURES = {"image", "images", "img", "imgs", "jpegimages", "input", "inputs", "picture",
            "pictures"}  # fmt: skip
MASKS = {"mask", "masks", "label", "labels", "annotation", "annotations", "segmentation",
         "segmentations", "segmentationclass", "target", "targets", "gt"}  # fmt: skip
ENDINGS = ("_mask", "-mask", "_label", "_labels", "_segmentation", "_gt")
"""Of a mask's name behind its picture's."""


@dataclass(frozen=True)
class Pair:
    """A picture and its mask.

    Attributes:
        picture, mask: Their paths.
        place: The folders that they lie in, without the two that tell them apart.
    """

    picture: str
    mask: str
    place: tuple[str, ...]


def pairs(names: Sequence[str], top: str) -> list[Pair] | None:
    """Pairs pictures with masks; None where the folders are no such two.

    Args:
        names: Paths of all images.
        top: What all of them begin with.

    Raises:
        DataError: pictures lack their masks, or masks their pictures.
    """
    pictures: dict[tuple[str, ...], str] = {}
    masks: dict[tuple[str, ...], str] = {}
    for name in names:
        parts = PurePosixPath(name.removeprefix(top)).parts
        kinds = [at for at, part in enumerate(parts[:-1]) if part.lower() in PICTURES | MASKS]
        if len(kinds) != 1:
            return None
        [at] = kinds
        stem = PurePosixPath(parts[-1]).stem
        if parts[at].lower() in PICTURES:
            pictures[(*parts[:at], *parts[at + 1 : -1], stem)] = name
        else:
            masks[(*parts[:at], *parts[at + 1 : -1], _without_ending(stem))] = name
    if not pictures or not masks:
        return None
    # A mask may be called wholly as its picture, whatever that ends with.
    for key in set(pictures) - set(masks):
        short = (*key[:-1], _without_ending(key[-1]))
        if short not in pictures and short in masks:
            masks[key] = masks.pop(short)
    alone = sorted({*pictures} ^ {*masks})
    if alone:
        which = [pictures[key] if key in pictures else masks[key] for key in alone]
        raise DataError(
            f"There are {len(pictures):,} pictures and {len(masks):,} masks, and "
            f"{len(alone):,} have no partner of the same name: {listed(which)}. Give each picture "
            "a mask that is called as it is, in the other folder."
        )
    return [Pair(pictures[key], masks[key], key[:-1]) for key in sorted(pictures)]


def mask_size(summary: ModelSummary, pictures: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of the output that masks are for; the pictures' own where none has such."""
    for spec in summary.outputs:
        shape = tuple(size or 1 for size in spec.shape[1:])
        if len(shape) == 3:
            last, first = shape[:2], shape[1:]
            return first if first == pictures and last != pictures else last
    return pictures


def _without_ending(stem: str) -> str:
    for ending in ENDINGS:
        if stem.lower().endswith(ending) and len(stem) > len(ending):
            return stem[: -len(ending)]
    return stem
