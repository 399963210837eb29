"""data/: a dataset on disk: inputs, labels, the scaling and the four roles."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from optimizer.data.labels import Labels, Task, understand
from optimizer.data.npz import unpack
from optimizer.data.roles import Indices, Roles, split
from optimizer.data.scaling import SCALINGS
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary

SEED = 0
CHUNK = 4096  # samples looked at or copied at a time

Role = Literal["training", "calibration", "tuning", "evaluation"]


@dataclass(frozen=True)
class DatasetRecord:
    """What is known of a dataset without opening its arrays; kept in the study's index.

    Attributes:
        name: For people.
        task: Classification, regression or label-free.
        classes: The number of classes; None where there are none.
        shape: The shape of one sample as the model takes it.
        dtype: The type of the raw values.
        low, high: The smallest and largest raw value.
        reshaped_from: The shape in the file where it differs from `shape`; else None.
        class_counts: Samples of each class; empty where there are no classes.
        training, calibration, tuning, evaluation: Samples in each role.
        scaling: A name from `SCALINGS`.
        seed: Of the split into roles.
        digest: SHA-256 of inputs, labels and split: part of each variant's key.
    """

    name: str
    task: Task
    classes: int | None
    shape: tuple[int, ...]
    dtype: str
    low: float
    high: float
    reshaped_from: tuple[int, ...] | None
    class_counts: tuple[int, ...]
    training: int
    calibration: int
    tuning: int
    evaluation: int
    scaling: str
    seed: int
    digest: str

    @property
    def count(self) -> int:
        """All samples."""
        return self.training + self.calibration + self.tuning + self.evaluation


@dataclass(frozen=True)
class ScaledSamples:
    """Some samples of a dataset in the model's input scale; see `samples.Samples`."""

    x: npt.NDArray[np.generic]
    indices: Indices
    shape: tuple[int, ...]
    scaling: str
    input_dtype: str

    def __len__(self) -> int:
        return len(self.indices)

    def batch(self, start: int, stop: int) -> tuple[npt.NDArray[np.generic], ...]:
        """Samples start..stop-1 as one array of shape (stop - start, *shape)."""
        return self._scaled(self.indices[start:stop])

    def at(self, positions: Indices) -> tuple[npt.NDArray[np.generic], ...]:
        """The samples at `positions` as one array of shape (len(positions), *shape)."""
        return self._scaled(self.indices[positions])

    def _scaled(self, indices: Indices) -> tuple[npt.NDArray[np.generic], ...]:
        raw = self.x[indices]
        raw = raw.reshape((len(raw), *self.shape))
        return (SCALINGS[self.scaling].apply(raw).astype(self.input_dtype, copy=False),)


class Dataset:
    """An unpacked dataset: memory-mapped inputs and labels and their roles."""

    def __init__(self, folder: Path, record: DatasetRecord, input_dtype: str) -> None:
        """Opens what `read` wrote into `folder`; `input_dtype` is the type the model takes."""
        self.record = record
        self.input_dtype = input_dtype
        self.x = np.load(folder / "x.npy", mmap_mode="r")
        labels = folder / "y.npy"
        self.y = np.load(labels, mmap_mode="r") if labels.exists() else None
        with np.load(folder / "roles.npz") as roles:
            self.roles = Roles(**{name: roles[name] for name in roles})

    def samples(self, role: Role, scaling: str | None = None) -> ScaledSamples:
        """The inputs of a role, under the dataset's scaling or another."""
        return ScaledSamples(
            self.x,
            getattr(self.roles, role),
            self.record.shape,
            scaling or self.record.scaling,
            self.input_dtype,
        )

    def labels(self, role: Role) -> npt.NDArray[np.generic] | None:
        """The labels of a role, or None where the dataset has none."""
        return None if self.y is None else self.y[getattr(self.roles, role)]


def read(path: Path, name: str, folder: Path, summary: ModelSummary, digest: str) -> DatasetRecord:
    """Reads the `.npz` at `path` into `folder`, checked against the model.

    Args:
        path: The user's file.
        name: What to call it.
        folder: An empty folder; `x.npy`, `y.npy` and `roles.npz` are written there.
        summary: The model that the data are for.
        digest: SHA-256 of the file.

    Raises:
        DataError: it cannot be read, or its shape, types, values or labels do not fit the model.
    """
    arrays = unpack(path, folder)
    xs = [arrays[key] for key in ("x", "x_train", "x_test") if key in arrays]
    ys = [arrays[key] for key in ("y", "y_train", "y_test") if key in arrays]
    _check_pairs(arrays)
    test_count = len(arrays["x_test"]) if "x_test" in arrays and len(xs) > 1 else 0
    shape, reshaped_from = _fit_shape(xs, summary)
    low, high = _check_values(xs, summary.inputs[0].dtype)

    count = sum(len(x) for x in xs)
    labels = understand(_join_labels(ys), summary) if ys else None
    x_path = _join(xs, folder)
    for used in folder.glob("[xy]_t*.npy"):
        used.unlink()
    (folder / "y.npy").unlink(missing_ok=True)
    if labels:
        np.save(folder / "y.npy", labels.values)
    classes = labels.values if labels and labels.task is Task.CLASSIFICATION else None
    roles = split(count, classes, test_count, SEED)
    np.savez(folder / "roles.npz", **vars(roles))
    return DatasetRecord(
        name=name,
        task=labels.task if labels else Task.UNLABELLED,
        classes=labels.classes if labels else None,
        shape=shape,
        dtype=str(np.load(x_path, mmap_mode="r").dtype),
        low=low,
        high=high,
        reshaped_from=reshaped_from,
        class_counts=_count_classes(labels),
        training=len(roles.training),
        calibration=len(roles.calibration),
        tuning=len(roles.tuning),
        evaluation=len(roles.evaluation),
        scaling="none",
        seed=SEED,
        digest=digest,
    )


def _check_pairs(arrays: dict[str, npt.NDArray[np.generic]]) -> None:
    """Refuses labels without inputs, inputs without their labels, and unequal lengths."""
    for suffix in ("", "_train", "_test"):
        x, y = arrays.get(f"x{suffix}"), arrays.get(f"y{suffix}")
        if x is None and y is not None:
            raise DataError(f"The .npz has labels y{suffix} but no inputs x{suffix}. Add them.")
        if x is not None and (x.ndim == 0 or len(x) == 0):
            raise DataError(f"x{suffix} holds no samples (its shape is {x.shape}). Add some.")
        if x is not None and y is not None and (y.ndim == 0 or len(x) != len(y)):
            labels = 0 if y.ndim == 0 else len(y)
            raise DataError(
                f"x{suffix} has {len(x):,} samples but y{suffix} has {labels:,} labels. "
                "Each sample needs exactly one label."
            )
    if "x" in arrays and {"x_train", "x_test"} & set(arrays):
        raise DataError("The .npz has x and also x_train or x_test. Keep one of the two ways.")
    labelled = {key.removeprefix("y") for key in arrays if key.startswith("y")}
    given = {key.removeprefix("x") for key in arrays if key.startswith("x")}
    if labelled and labelled != given:
        missing = ", ".join(f"y{suffix}" for suffix in sorted(given - labelled))
        raise DataError(f"Some inputs have labels, others do not: {missing} is missing. Add it.")


def _fit_shape(
    xs: list[npt.NDArray[np.generic]], summary: ModelSummary
) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """The shape of one sample for the model, and the file's own where it differs."""
    if len(summary.inputs) > 1:
        names = ", ".join(spec.name for spec in summary.inputs)
        raise DataError(
            f"The model takes {len(summary.inputs)} inputs ({names}), but an .npz gives one, x. "
            "Models of several inputs cannot be used with data yet."
        )
    wanted = tuple(int(size or 1) for size in summary.inputs[0].shape[1:])
    found = {tuple(x.shape[1:]) for x in xs}
    if len(found) > 1:
        raise DataError(
            f"x_train and x_test differ in shape: {' and '.join(map(_shape, sorted(found)))} a "
            "sample. Both must be as the model takes them."
        )
    (own,) = found
    if own == wanted:
        return wanted, None
    if _reshapes(own, wanted):
        return wanted, own
    raise DataError(
        f"A sample has the shape {_shape(own)}, but the model takes {_shape(wanted)}. "
        "Resize, crop or transpose the samples to that and save them again."
    )


def _reshapes(own: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether the values stand in the order that the model takes: flat, or but for sizes of 1.

    Other shapes of as many values (channels first, say) would be read as noise.
    """
    long_own, long_wanted = ([size for size in shape if size != 1] for shape in (own, wanted))
    flat = min(len(long_own), len(long_wanted)) <= 1
    return long_own == long_wanted or (flat and np.prod(own) == np.prod(wanted))


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(str(size) for size in shape) or "one value"


def _chunks(x: npt.NDArray[np.generic]) -> Iterator[npt.NDArray[np.generic]]:
    return (x[start : start + CHUNK] for start in range(0, len(x), CHUNK))


def _check_values(xs: list[npt.NDArray[np.generic]], input_dtype: str) -> tuple[float, float]:
    """The range of the raw values, read in pieces; refuses what `input_dtype` cannot hold."""
    whole = np.dtype(input_dtype).kind in "iu"
    low, high, bad, broken = np.inf, -np.inf, 0, False
    for x in xs:
        for chunk in _chunks(x):
            if chunk.dtype.kind == "f":
                bad += int(np.count_nonzero(~np.isfinite(chunk)))
                broken = broken or (whole and bool((chunk != np.rint(chunk)).any()))
            low, high = min(low, float(np.min(chunk))), max(high, float(np.max(chunk)))
    if bad:
        raise DataError(
            f"The inputs hold {bad:,} values that are NaN or infinite. Remove or replace them."
        )
    if whole:
        limits = np.iinfo(input_dtype)
        if broken or low < limits.min or high > limits.max:
            raise DataError(
                f"The inputs run from {low:g} to {high:g}{' with fractions' if broken else ''}, "
                f"but the model takes whole numbers ({input_dtype}, {limits.min:,} to "
                f"{limits.max:,}). Give the numbers that the model was trained on."
            )
    return low, high


def _join_labels(ys: list[npt.NDArray[np.generic]]) -> npt.NDArray[np.generic]:
    """All labels in one array, training part first."""
    found = {tuple(y.shape[1:]) for y in ys}
    if len(found) > 1:
        raise DataError(
            f"y_train and y_test differ in shape: {' and '.join(map(_shape, sorted(found)))} a "
            "sample. Give both in the same form."
        )
    return np.concatenate(ys)


def _join(xs: list[npt.NDArray[np.generic]], folder: Path) -> Path:
    """Writes all inputs into `x.npy`, training part first, without holding them in memory."""
    path = folder / "x.npy"
    if len(xs) == 1 and path.exists():
        return path
    dtype = np.result_type(*xs)
    shape = (sum(len(x) for x in xs), *xs[0].shape[1:])
    joined = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    start = 0
    for x in xs:
        for chunk in _chunks(x):
            joined[start : start + len(chunk)] = chunk
            start += len(chunk)
    joined.flush()
    return path


def _count_classes(labels: Labels | None) -> tuple[int, ...]:
    if labels is None or labels.task is not Task.CLASSIFICATION:
        return ()
    counts = np.bincount(labels.values.astype(np.int64), minlength=labels.classes or 0)
    return tuple(int(count) for count in counts)
