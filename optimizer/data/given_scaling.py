"""data/: a scaling by mean and deviation that the user gives: as numbers, or in a scaler's file."""

import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Array, Float32s
from optimizer.errors import DataError
from optimizer.words import number, reason, sizes

GIVEN = "given"
"""What the scaling is called where names of scalings stand."""
MOST = 2**16  # numbers
LARGEST_FILE = 8 * 2**20  # bytes, packed and unpacked
SHOWN = 4  # numbers
HOW_TO_WRITE = (
    "Write it with np.savez('scaler.npz', mean_=scaler.mean_, scale_=scaler.scale_), or as JSON "
    "with these names."
)


@dataclass(frozen=True)
class GivenScaling:
    """Each value less a mean, over a deviation.

    Attributes:
        mean, std: One number for all values, one for each channel (the last dimension), or one for
            each value of a sample, in their order; of several inputs one after the other.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def checked(self) -> "GivenScaling":
        """Itself, if it can be applied to anything.

        Raises:
            DataError: they are none, too many, or not finite, or a deviation is not above 0.
        """
        count = max(len(self.mean), len(self.std))
        if not self.mean or not self.std or {len(self.mean), len(self.std)} - {1, count}:
            raise DataError(
                f"There are {len(self.mean):,} means and {len(self.std):,} deviations. Give as "
                "many of one as of the other, or one number for all."
            )
        if count > MOST:
            raise DataError(f"There are {count:,} means; at most {MOST:,} are accepted.")
        if not np.isfinite([*self.mean, *self.std]).all() or min(self.std) <= 0:
            raise DataError(
                "A mean or a deviation is no number, or a deviation is not above 0. A column that "
                "never changes has the deviation 1, as scikit-learn has it."
            )
        return self

    @property
    def of_unit(self) -> bool:
        """Whether the numbers can only be those of pictures that were divided by 255 first."""
        return max(self.std) <= 1 and np.abs(self.mean).max() <= 1

    def times(self, factor: float) -> "GivenScaling":
        """The same for values that are so many times as large."""
        return GivenScaling(
            tuple(factor * one for one in self.mean), tuple(factor * one for one in self.std)
        )

    @property
    def meaning(self) -> str:
        """What it does, in a few words."""
        return f"(x − {_shown(self.mean)}) / {_shown(self.std)}"

    def for_inputs(self, shapes: Sequence[tuple[int, ...]]) -> "tuple[Affine, ...]":
        """What is done to each of the inputs that are scaled.

        Args:
            shapes: Of one sample of each.

        Raises:
            DataError: there are not as many numbers as values, channels, or one.
        """
        self.checked()
        mean, std = (np.asarray(one, np.float64) for one in (self.mean, self.std))
        count = max(len(mean), len(std))
        lengths = [int(np.prod(shape, dtype=int)) for shape in shapes]
        if count == sum(lengths) and len(shapes) > 1:
            ends = np.cumsum(lengths)[:-1]
            means = np.split(np.broadcast_to(mean, count), ends)
            stds = np.split(np.broadcast_to(std, count), ends)
        else:
            means, stds = [mean] * len(shapes), [std] * len(shapes)
        return tuple(
            Affine(_fitted(m, shape), _fitted(s, shape))
            for m, s, shape in zip(means, stds, shapes, strict=True)
        )


@dataclass(frozen=True)
class Affine:
    """Mean and deviation in shapes that broadcast with samples (n, …)."""

    mean: npt.NDArray[np.float64]
    std: npt.NDArray[np.float64]

    def apply(self, x: Array) -> Float32s:
        """Each value less its mean, over its deviation."""
        return np.asarray((np.asarray(x, np.float64) - self.mean) / self.std, np.float32)


def _fitted(numbers: npt.NDArray[np.float64], shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    channels = shape[-1] if shape else 1
    if len(numbers) in {1, channels}:
        return numbers
    if len(numbers) == np.prod(shape, dtype=int):
        return numbers.reshape(shape)
    fitting = dict.fromkeys(["1", f"{channels:,}", f"{np.prod(shape, dtype=int):,}"])
    raise DataError(
        f"There are {len(numbers):,} means or deviations, but a sample has the shape "
        f"{sizes(shape)}. Give {' or '.join(fitting)}."
    )


def _shown(numbers: Sequence[float]) -> str:
    if len(numbers) == 1:
        return number(numbers[0], ".5g")
    more = f", … {len(numbers):,} in all" if len(numbers) > SHOWN else ""
    return f"({', '.join(number(one, '.5g') for one in numbers[:SHOWN])}{more})"


def parse_scaling(mean: str, std: str) -> GivenScaling:
    """Means and deviations as people write them, with commas, semicolons or spaces between.

    >>> parse_scaling("0.1307", "0.3081").meaning
    '(x − 0.1307) / 0.3081'

    Raises:
        DataError: they are no numbers.
    """
    return GivenScaling(_numbers(mean, "mean"), _numbers(std, "deviation")).checked()


def _numbers(text: str, what: str) -> tuple[float, ...]:
    words = [word for word in re.split(r"[\s,;\[\]()]+", text) if word]
    try:
        return tuple(float(word.replace("−", "-")) for word in words)
    except ValueError as error:
        raise DataError(
            f"“{text[:60]}” is no {what}. Give numbers with decimal points and commas between "
            "them, as in 0.485, 0.456, 0.406."
        ) from error


def read_scaler(path: Path) -> GivenScaling:
    """The mean and the deviation in a JSON or an `.npz`, by the names that scikit-learn has.

    `mean` and `std` (or `scale`, `var`) of a StandardScaler, `center` and `scale` of a
    RobustScaler, `min` and `scale` of a MinMaxScaler (which multiplies by its scale), `max_abs` of
    a MaxAbsScaler; with or without `_` at their ends. Nothing of the file is run.

    Raises:
        DataError: it is neither, or a pickle, or it has none of these names.
    """
    if not path.is_file():
        raise DataError(f"There is no file {path.resolve()}. Check the path.")
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise DataError(
            f"{path.name} has {size / 2**20:,.0f} MB, which is more than means and deviations "
            f"take. {HOW_TO_WRITE}"
        )
    content = path.read_bytes()
    if content.startswith(b"PK"):
        found = _of_npz(path)
    elif content.lstrip().startswith(b"{"):
        found = _of_json(content, path.name)
    else:
        pickle = content.startswith(b"\x80")
        what = "a pickle, which is code that would run" if pickle else "neither JSON nor an .npz"
        raise DataError(f"{path.name} is {what}. {HOW_TO_WRITE}")
    return _of_names({name.rstrip("_"): value for name, value in found.items()}, path.name)


def _of_json(content: bytes, title: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{title} is no JSON ({reason(error)}). {HOW_TO_WRITE}") from error
    assert isinstance(found, dict)  # noqa: S101 (it begins with a brace)
    return found


def _of_npz(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as members:
            if sum(one.file_size for one in members.infolist()) > LARGEST_FILE:
                raise ValueError("it unpacks to more than means and deviations take")
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        raise DataError(
            f"{path.name} is no .npz of numbers ({reason(error)}). {HOW_TO_WRITE}"
        ) from error


def _of_names(found: Mapping[str, Any], title: str) -> GivenScaling:
    def numbers(name: str) -> npt.NDArray[np.float64]:
        try:
            return np.atleast_1d(np.asarray(found[name], np.float64)).ravel()
        except (TypeError, ValueError) as error:
            raise DataError(f"“{name}” in {title} is no list of numbers. {HOW_TO_WRITE}") from error

    zero, one = np.zeros(1), np.ones(1)
    if "min" in found and "scale" in found:  # x * scale + min
        scale = numbers("scale")
        if not (scale != 0).all():
            raise DataError(f"“scale” in {title} has a 0. {HOW_TO_WRITE}")
        mean, std = -numbers("min") / scale, 1 / scale
    elif "max_abs" in found:
        mean, std = zero, numbers("max_abs")
    else:
        means = [name for name in ("mean", "center") if found.get(name) is not None]
        spreads = [name for name in ("std", "scale", "var") if found.get(name) is not None]
        if not means and not spreads:
            there = ", ".join(f"“{name[:30]}”" for name in list(found)[:8]) or "nothing"
            raise DataError(f"{title} has no mean and no deviation, but {there}. {HOW_TO_WRITE}")
        mean = numbers(means[0]) if means else zero
        std = numbers(spreads[0]) if spreads else one
        if spreads and spreads[0] == "var":
            std = np.where(std == 0, 1, np.sqrt(np.maximum(std, 0)))
    return GivenScaling(tuple(mean.tolist()), tuple(std.tolist())).checked()
