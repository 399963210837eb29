"""data/: a dataset on disk: inputs, labels, the scaling and the four roles.

x.npy, x1.npy, …   the samples of each model input, raw
y.npy              labels in the form of the metrics; absent without labels
y-1.npy, …         the same of further outputs, by their positions
roles.npz          the indices of each role
columns.npz        mean and deviation of the columns of tables, by the input's position
source.npz         labels as they came, and roles that the user gave; see `reading.reinterpret`
anchors.npy        of a detector's head, flat; absent where it needs none
"""

import os
import shutil
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from optimizer.arrays import Array, Float64s, Indices
from optimizer.data.anomaly_labels import NORMAL
from optimizer.data.boxes.anchors import ANCHORS, arranged
from optimizer.data.boxes.head import Head
from optimizer.data.data_options import Role
from optimizer.data.further_outputs import FurtherOutput
from optimizer.data.given_scaling import GIVEN, Affine, GivenScaling
from optimizer.data.labels import HEADLINE, Task
from optimizer.data.roles import Roles
from optimizer.data.rows import Rows, open_rows
from optimizer.data.scaling import SCALINGS, Columns, is_scaled

LABELS, ROLE_INDICES, COLUMNS = "y.npy", "roles.npz", "columns.npz"
SOURCE, KEPT_LABELS = "source.npz", "y"
STANDARDIZE = "standardize"


@dataclass(frozen=True)
class InputRecord:
    """What is known of the samples of one model input.

    Attributes:
        name: The input's.
        shape: The shape of one sample as the model takes it.
        dtype: The type of the raw values.
        input_dtype: The type that the model takes.
        low, high: The smallest and largest raw value.
        reshaped_from: The shape in the file where it differs from `shape`; else None.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    input_dtype: str
    low: float
    high: float
    reshaped_from: tuple[int, ...] | None = None


@dataclass(frozen=True)
class DatasetRecord:
    """What is known of a dataset without opening its arrays; kept in the study's index.

    Attributes:
        name: For people.
        kind: What the user brought, in words, e.g. "CSV table".
        task: What the labels are for.
        classes: The number of classes or labels; None where there are none.
        class_names: Their names; empty where they are not known.
        inputs: One for each input of the model, in its order.
        output: The position of the model's output that the labels are for.
        class_counts: Samples, or positions, of each class, or samples with each label; empty where
            there are none.
        training, calibration, tuning, evaluation: Samples in each role.
        scaling: A name from `SCALINGS`, or `GIVEN`.
        seed: Of the split into roles.
        digest: SHA-256 of the files that the user gave: part of each variant's key.
        notes: Sentences that say what was done to the data and what they are too few for.
        synthetic: Whether the inputs are random: good for latency and size only.
        label: The label column of a table; None where there is none.
        headline: The metric that is reported first where it is not the task's usual one, a name
            in `measure.metrics`; else None.
        threshold: Above which an output says yes where one value decides, told once from the float
            model: 0.5 of probabilities, 0 of logits; of anomalies the error of reconstruction above
            which a sample is one. None where none does, or nobody can tell.
        head: How a detector's outputs are read as boxes; None for other tasks.
        target_scaling: How labels that are pictures become what the model gives, a name from
            `SCALINGS`; errors are in that unit. Of anomalies how an input becomes what it should
            be rebuilt as.
        false_alarms: Of anomalies the share of normal samples that the threshold lets pass for
            one, 0..1; else None.
        reconstruction: Of anomalies how the error of a sample is reckoned, "mse" or "mae"; else
            None.
        season: Of forecasts the steps after which the naive forecast repeats a series; else None.
        naive_errors: What that forecast is off by, for each target, see `forecast_scale`.
        given: Mean and deviation of the raw values that the user gave; None where there are none.
        assumed: What task and output were taken for, where several readings of the labels fit and
            the user let the likeliest be taken; empty where nothing was assumed.
        further: Outputs with labels of their own, beside `output`, which is the headline's.
        letterbox: Whether pictures kept their proportions when they were read, see `canvas`.
    """

    name: str
    kind: str
    task: Task
    classes: int | None
    class_names: tuple[str, ...]
    inputs: tuple[InputRecord, ...]
    output: int
    class_counts: tuple[int, ...]
    training: int
    calibration: int
    tuning: int
    evaluation: int
    scaling: str
    seed: int
    digest: str
    notes: tuple[str, ...] = ()
    synthetic: bool = False
    label: str | None = None
    headline: str | None = None
    threshold: float | None = None
    target_scaling: str = "none"
    given: GivenScaling | None = None
    head: Head | None = None
    false_alarms: float | None = None
    reconstruction: str | None = None
    season: int | None = None
    naive_errors: tuple[float, ...] = ()
    assumed: str = ""
    further: tuple[FurtherOutput, ...] = ()
    letterbox: bool = False

    def of_further(self, one: FurtherOutput) -> "DatasetRecord":
        """The same with a further output in the place of the headline's."""
        return replace(
            self,
            task=one.task,
            classes=one.classes,
            class_names=one.class_names,
            output=one.output,
            threshold=one.threshold,
            class_counts=(),
            headline=None,
            head=None,
            target_scaling="none",
            further=(),
        )

    @property
    def first_metric(self) -> str | None:
        """The name of the metric that is reported first; None without labels."""
        return self.headline or HEADLINE.get(self.task)

    @property
    def count(self) -> int:
        """All samples."""
        return self.training + self.calibration + self.tuning + self.evaluation

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one sample of the first input."""
        return self.inputs[0].shape

    @property
    def dtype(self) -> str:
        """Of the first input's raw values."""
        return self.inputs[0].dtype

    @property
    def low(self) -> float:
        """The first input's smallest raw value."""
        return self.inputs[0].low

    @property
    def high(self) -> float:
        """The first input's largest raw value."""
        return self.inputs[0].high

    @property
    def reshaped_from(self) -> tuple[int, ...] | None:
        """The shape of the first input in the file where it differs from the model's."""
        return self.inputs[0].reshaped_from

    @property
    def scaled(self) -> tuple[bool, ...]:
        """Which inputs the scaling applies to."""
        shapes = [record.shape for record in self.inputs]
        return is_scaled(shapes, [record.input_dtype for record in self.inputs])

    def meaning(self, scaling: str | None = None) -> str:
        """What a scaling does to the raw values, in a few words; None stands for the data's own."""
        name = scaling or self.scaling
        return self.given.meaning if name == GIVEN and self.given else SCALINGS[name].meaning

    def affine(self) -> tuple[Affine | None, ...]:
        """What the given mean and deviation do to each input; None where they do nothing.

        Raises:
            DataError: they do not fit the shapes.
        """
        shapes = [one.shape for one, scaled in zip(self.inputs, self.scaled, strict=True) if scaled]
        if self.given is None:
            return (None,) * len(self.inputs)
        following = iter(self.given.for_inputs(shapes))
        return tuple(next(following) if scaled else None for scaled in self.scaled)


@dataclass(frozen=True)
class _Input:
    """The raw samples of one input, and how they become the model's."""

    record: InputRecord
    rows: Rows | Array
    scaled: bool
    columns: Columns | None
    given: Affine | None

    def take(self, indices: Indices, scaling: str) -> Array:
        raw = self.rows[indices].reshape((len(indices), *self.record.shape))
        if not self.scaled:
            return raw.astype(self.record.input_dtype, copy=False)
        if scaling == GIVEN and self.given:
            return self.given.apply(raw).astype(self.record.input_dtype, copy=False)
        by_column = scaling == STANDARDIZE and self.columns is not None
        apply = self.columns.apply if self.columns and by_column else SCALINGS[scaling].apply
        return apply(raw).astype(self.record.input_dtype, copy=False)


@dataclass(frozen=True)
class ScaledSamples:
    """Some samples of a dataset in the model's input scale; see `samples.Samples`."""

    inputs: tuple[_Input, ...]
    indices: Indices
    scaling: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the model's inputs."""
        return tuple(one.record.name for one in self.inputs)

    def __len__(self) -> int:
        return len(self.indices)

    def batch(self, start: int, stop: int) -> tuple[Array, ...]:
        """Samples start..stop-1: for each input an array of shape (stop - start, *shape)."""
        return self._taken(self.indices[start:stop])

    def at(self, positions: Indices) -> tuple[Array, ...]:
        """The samples at `positions`: for each input an array of shape (len(positions), *shape)."""
        return self._taken(self.indices[positions])

    def _taken(self, indices: Indices) -> tuple[Array, ...]:
        return tuple(one.take(indices, self.scaling) for one in self.inputs)


class Dataset:
    """An unpacked dataset: inputs and labels, which stay on disk, and their roles."""

    def __init__(self, folder: Path, record: DatasetRecord, inputs: Path | None = None) -> None:
        """Opens what `reading.read` wrote into `folder`; the samples may lie in `inputs`."""
        self.record, self._folder = record, folder
        columns = read_columns(folder)
        self._inputs = tuple(
            _Input(
                input_, open_rows(input_file(inputs or folder, at)), scaled, columns.get(at), given
            )
            for at, (input_, scaled, given) in enumerate(
                zip(record.inputs, record.scaled, record.affine(), strict=True)
            )
        )
        labels = folder / LABELS
        self.y = np.load(labels, mmap_mode="r") if labels.exists() else None
        self._anchors = folder / ANCHORS
        with np.load(folder / ROLE_INDICES) as roles:
            self.roles = Roles(**{name: roles[name] for name in roles})

    def further(self) -> "tuple[Dataset, ...]":
        """The same samples with the labels of each further output."""
        return tuple(self._of(one) for one in self.record.further)

    def _of(self, one: FurtherOutput) -> "Dataset":
        other = copy(self)
        other.record = self.record.of_further(one)
        other.y = np.load(further_labels(self._folder, one.output), mmap_mode="r")
        return other

    @property
    def x(self) -> Rows | Array:
        """The raw samples of the first input, by slice or by indices."""
        return self._inputs[0].rows

    def samples(self, role: Role, scaling: str | None = None) -> ScaledSamples:
        """The inputs of a role, under the dataset's scaling or another."""
        return self.samples_at(getattr(self.roles, role), scaling)

    def samples_at(self, indices: Indices, scaling: str | None = None) -> ScaledSamples:
        """The inputs at these places in the dataset."""
        return ScaledSamples(self._inputs, indices, scaling or self.record.scaling)

    def labels(self, role: Role) -> Array | None:
        """The labels of a role; None where it has none."""
        if self.y is None or not self._is_labelled(role):
            return None
        labels: Array = self.y[getattr(self.roles, role)]
        wanted = self.record.target_scaling
        pictures = self.record.task is Task.REGRESSION and wanted != "none"
        return labels if not pictures else SCALINGS[wanted].apply(labels)

    def normal(self, role: Role) -> Indices:
        """The samples of a role that are no anomalies: all of them, but where some are labelled."""
        indices: Indices = getattr(self.roles, role)
        return self._normal_among(indices)

    def normal_not_evaluated(self) -> Indices:
        """The samples of all other roles that are no anomalies."""
        return self._normal_among(self.not_evaluated(self.record.count))

    def _normal_among(self, indices: Indices) -> Indices:
        if self.record.task is not Task.ANOMALY or self.y is None:
            return indices
        normal: Indices = indices[self.y[indices] == NORMAL]
        return normal

    def anchors_for(self, head: Head) -> Float64s | None:
        """The anchors of a detector's head, as its layout has them; None where it has none."""
        return arranged(np.load(self._anchors), head.layout) if head.anchors else None

    def not_evaluated(self, most: int) -> Indices:
        """Some labelled samples: of tuning, and of the others where that is small."""
        others: tuple[Role, ...] = ("tuning", "training", "calibration")
        labelled = [getattr(self.roles, role) for role in others if self._is_labelled(role)]
        indices: Indices = np.concatenate([np.zeros(0, np.int64), *labelled])
        return indices[:most]

    def _is_labelled(self, role: Role) -> bool:
        """Calibration may come without labels; its samples are the last ones then."""
        indices = getattr(self.roles, role)
        return self.y is not None and not (len(indices) and indices[-1] >= len(self.y))


def input_file(folder: Path, position: int) -> Path:
    """Where the samples of an input lie."""
    return folder / f"x{position or ''}.npy"


def further_labels(folder: Path, output: int) -> Path:
    """Where the labels of a further output lie."""
    return folder / f"y-{output}.npy"


def has_labels(folder: Path) -> bool:
    """Whether labels came with a dataset, also where they are laid aside."""
    with np.load(folder / SOURCE) as kept:
        return any(name.startswith(KEPT_LABELS) for name in kept.files)


def share_samples(before: Path, folder: Path) -> None:
    """Gives a dataset that `reading.reinterpret` made the samples that it was made from.

    They are links where that can be: nothing is ever written into a file of a dataset.

    Raises:
        OSError: the disk does not take it.
    """
    for file in (*before.glob("x*.npy"), before / SOURCE):
        _share(file, folder / file.name)


def _share(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:  # what is of another study may lie on another disk
        shutil.copyfile(file, target)


def write_columns(folder: Path, columns: dict[int, Columns]) -> None:
    """Keeps the statistics of tables, by the input's position."""
    arrays = {f"{kind}{at}": getattr(one, kind) for at, one in columns.items() for kind in _KINDS}
    np.savez(folder / COLUMNS, **arrays)


def read_columns(folder: Path) -> dict[int, Columns]:
    """What `write_columns` kept; empty where there are no tables."""
    path = folder / COLUMNS
    if not path.exists():
        return {}
    with np.load(path) as kept:
        places = [int(name.removeprefix("mean")) for name in kept if name.startswith("mean")]
        return {at: Columns(kept[f"mean{at}"], kept[f"std{at}"]) for at in places}


_KINDS = ("mean", "std")
