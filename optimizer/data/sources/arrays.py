"""data/sources/: NumPy arrays: an `.npz`, a folder or zip of `.npy` files, or one `.npy`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np

from optimizer.arrays import Float64s
from optimizer.data.boxes.box_arrays import ANCHORS, box_name, read_box_arrays, together
from optimizer.data.canvas import canvas_for
from optimizer.data.data_options import DataOptions, Role
from optimizer.data.labels import UNNAMED, Task
from optimizer.data.sources.data_format import DataFormat, data_format
from optimizer.data.sources.npy import EXPECTED, Npy, open_npy
from optimizer.data.sources.source import (
    ROLE_NAMES,
    Content,
    Form,
    Given,
    Part,
    Piece,
    role_of,
    rows_of_a_piece,
)
from optimizer.data.sources.table import LONGEST_TEXT
from optimizer.errors import DataError
from optimizer.files.archive import DATA
from optimizer.files.members import Members, open_members
from optimizer.models.summary import ModelSummary
from optimizer.words import listed

CLASS_NAMES, MOST_NAMES = "class_names", 100_000
SUFFIX, MAGIC = ".npy", b"\x93NUMPY"
UNLABELLED_PARTS = ("calib", "calibration")  # ranges need inputs only


@data_format
class Arrays(DataFormat):
    """NumPy arrays, which say by their names what they are."""

    title = "NumPy arrays"
    accepted = "an .npz or .npy of NumPy arrays"
    rank = 10
    alone = (".npz",)

    def begins(self, head: bytes) -> bool:
        """See `DataFormat.begins`."""
        return head.startswith(MAGIC)

    def fills(self, members: Members) -> bool:
        """See `DataFormat.fills`."""
        return any(name.endswith(SUFFIX) for name in members.names)

    def open(
        self, given: Sequence[Given], summary: ModelSummary, options: DataOptions, work: Path
    ) -> Content:
        """See `Source`."""
        del work
        parts: list[Part] = []
        names: tuple[str, ...] = ()
        boxes: list[list[Float64s] | None] = []
        anchors = None
        strange: list[str] = []
        for one in given:
            arrays = _Arrays(one.path)
            own = _parts(arrays, one, summary)
            parts += own
            strange += _of_no_output(arrays, summary)
            if options.task in {None, Task.DETECTION}:
                boxes += [_boxes(arrays, part, summary) for part in own]
            names = names or _class_names(arrays)
            anchors = _anchors(arrays) if anchors is None else anchors
        labelled = any(part.labels for part in parts) or any(one is not None for one in boxes)
        notes = _about_strange(strange, summary, options, labelled=labelled)
        if any(one is not None for one in boxes):
            if any(part.labels for part in parts):
                notes.append("There are boxes, so y was left out; --task says otherwise.")
            parts = _with_boxes(parts, boxes)
        zipped = all(one.path.is_file() and not _is_lone(one.path) for one in given)
        kind = "NumPy .npz" if zipped else "NumPy .npy"
        return Content(
            kind,
            tuple(parts),
            notes=notes,
            class_names=names,
            boxes=any(one is not None for one in boxes),
            anchors=anchors,
        )


class _Arrays:
    """The arrays of one file or folder, opened when they are used."""

    def __init__(self, path: Path) -> None:
        self.lone = path if path.is_file() and _is_lone(path) else None
        self.where = ".npy" if self.lone else "folder" if path.is_dir() else ".npz"
        if self.lone:
            self.names = ["x"]
            return
        self._members = open_members(path, DATA)
        self._files = {
            PurePosixPath(name).name.removesuffix(SUFFIX): name
            for name in self._members.names
            if name.endswith(SUFFIX)
        }
        # savez keeps a “/” in an array's name, as outputs of SavedModels have it.
        self._files |= {name.removesuffix(SUFFIX): name for name in self._files.values()}
        self.names = list(self._files)

    def array(self, name: str) -> Npy:
        if self.lone:
            path = self.lone
            return open_npy(path.name, ".npy", path.stat().st_size, lambda: path.open("rb"))
        file = self._files[name]
        return open_npy(
            name, self.where, self._members.size(file), partial(self._members.open, file)
        )


def _is_lone(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(6) == b"\x93NUMPY"


def _class_names(arrays: _Arrays) -> tuple[str, ...]:
    """What the classes are called, where an array says so; empty else."""
    if CLASS_NAMES not in arrays.names:
        return ()
    array = arrays.array(CLASS_NAMES)
    if array.dtype.kind != "U" or len(array.shape) != 1 or array.row_bytes > 4 * LONGEST_TEXT:
        raise DataError(
            f"“{CLASS_NAMES}” has to hold a text for each class, in the order of the model's "
            f"outputs; found {array.dtype} of shape {array.shape}."
        )
    return tuple(str(name) for rows in array.rows(MOST_NAMES) for name in rows)[:MOST_NAMES]


def _anchors(arrays: _Arrays) -> Float64s | None:
    """The anchors of a detector's head, flat; None where no array has them."""
    if ANCHORS not in arrays.names:
        return None
    array = arrays.array(ANCHORS)
    if array.dtype.kind not in "iuf" or len(array.shape) < 2:
        raise _wrong_type(array)
    return np.concatenate([np.zeros(0), *(rows.ravel() for rows in array.rows(MOST_NAMES))])


def _boxes(arrays: _Arrays, part: Part, summary: ModelSummary) -> list[Float64s] | None:
    """The boxes of each sample of a part; None where it has none."""
    if box_name(arrays.names, part.title) is None:
        return None
    if len(summary.inputs) > 1:
        raise DataError(
            f"The model takes {len(summary.inputs)} inputs, but boxes lie in one picture. Leave "
            "the boxes out, or cut the model."
        )
    canvas = canvas_for(tuple(size or 1 for size in summary.inputs[0].shape[1:]))
    found = read_box_arrays(arrays.array, arrays.names, part.title, (canvas.width, canvas.height))
    if len(found) != part.count:
        raise DataError(
            f"There are {part.count:,} samples, but boxes for {len(found):,}. Give boxes for each, "
            "with the class -1 where there are none."
        )
    return found


def _with_boxes(parts: list[Part], boxes: list[list[Float64s] | None]) -> list[Part]:
    """The parts with their boxes as labels, all with rows for as many."""
    labelled = [at for at, one in enumerate(boxes) if one is not None]
    filled = together([boxes[at] or [] for at in labelled])
    made = [replace(part, labels=()) for part in parts]
    for at, own in zip(labelled, filled, strict=True):
        made[at] = replace(
            parts[at], labels=(UNNAMED,), pieces=partial(_beside, parts[at].pieces, own)
        )
    return made


def _beside(pieces: Callable[[], Iterator[Piece]], labels: Float64s) -> Iterator[Piece]:
    """What is read, with the boxes in the place of other labels."""
    start = 0
    for piece in pieces():
        stop = start + len(piece.inputs[0])
        yield Piece(piece.inputs, (labels[start:stop],))
        start = stop


def _parts(arrays: _Arrays, given: Given, summary: ModelSummary) -> list[Part]:
    suffixes = ["", *ROLE_NAMES]
    input_names = _input_names(arrays, summary, suffixes)
    label_names = _label_names(arrays, summary, input_names, suffixes)
    found = {
        suffix: [_with(name, suffix) for name in input_names]
        for suffix in suffixes
        if any(_with(name, suffix) in arrays.names for name in input_names)
    }
    labels = {
        suffix: {
            output: _with(name, suffix)
            for name, output in label_names.items()
            if _with(name, suffix) in arrays.names
        }
        for suffix in suffixes
    }
    _check_names(arrays, found, labels, input_names)
    roles = {suffix: role_of(suffix, list(found)) if suffix else None for suffix in found}
    alone = len(set(roles.values())) == 1
    return [
        _part(
            suffix,
            given.role or (None if alone else roles[suffix]),
            [arrays.array(name) for name in names],
            {output: arrays.array(name) for output, name in labels[suffix].items()},
        )
        for suffix, names in found.items()
    ]


def _label_names(
    arrays: _Arrays, summary: ModelSummary, input_names: Sequence[str], suffixes: Sequence[str]
) -> dict[str, str]:
    """What arrays of labels are called: y, or y_ and an output's name, or as the outputs are.

    The last counts only where there is no y of any kind and there are no boxes, whose arrays have
    names of their own.
    """
    usual = {"y": UNNAMED, **{f"y_{spec.name}": spec.name for spec in summary.outputs}}
    there = {_with(name, suffix) for name in usual for suffix in suffixes} & set(arrays.names)
    if there or any(box_name(arrays.names, suffix) for suffix in suffixes):
        return usual
    return usual | {
        spec.name: spec.name
        for spec in summary.outputs
        if spec.name not in {*input_names, CLASS_NAMES, ANCHORS}
    }


def _of_no_output(arrays: _Arrays, summary: ModelSummary) -> list[str]:
    """Arrays that are called as labels are, by the name of an output that there is not."""
    known = ["y", *(f"y_{spec.name}" for spec in summary.outputs)]
    taken = {_with(name, suffix) for name in known for suffix in ("", *ROLE_NAMES)}
    inputs = {_with(spec.name, suffix) for spec in summary.inputs for suffix in ("", *ROLE_NAMES)}
    called = (name for name in arrays.names if name.startswith("y_"))
    return [name for name in called if name not in taken | inputs]


def _about_strange(
    strange: Sequence[str], summary: ModelSummary, options: DataOptions, *, labelled: bool
) -> list[str]:
    """What is said of labels that are for no output; where there are no others it is an error.

    Raises:
        DataError: nothing else is a label, and nobody said that there are none.
    """
    if not strange or options.task is Task.UNLABELLED:
        return []
    outputs = [spec.name for spec in summary.outputs]
    told = f"{listed(sorted(set(strange)))}: the model’s outputs are called {listed(outputs)}"
    if labelled:
        return [f"No output has labels called so, so they were left out: {told}."]
    called = "y" if len(outputs) == 1 else f"y_{outputs[0]} and so on"
    raise DataError(
        f"There are labels for outputs that the model has not, {told}. Call the arrays {called}, "
        "or say that there are no labels (--task label-free)."
    )


def _with(name: str, suffix: str) -> str:
    return f"{name}_{suffix}" if suffix else name


def _input_names(arrays: _Arrays, summary: ModelSummary, suffixes: list[str]) -> list[str]:
    """What the arrays of the model's inputs are called: x, or x0, x1, …, or as the inputs are."""
    inputs = [spec.name for spec in summary.inputs]
    ways = [inputs, [f"x{at}" for at in range(len(inputs))]]
    if len(inputs) == 1:
        ways.insert(0, ["x"])
    for way in ways:
        for suffix in suffixes:
            if all(_with(name, suffix) in arrays.names for name in way):
                return way
    found = listed(sorted(arrays.names)) or "nothing"
    if len(inputs) == 1:
        raise DataError(
            f"The {arrays.where} has no inputs: found {found}, expected x or x_train. {EXPECTED}."
        )
    raise DataError(
        f"The model takes {len(inputs)} inputs ({', '.join(inputs)}), but the {arrays.where} "
        f"holds {found}. Save an array for each, called by the inputs' names, or x0, x1, … in "
        "their order."
    )


def _check_names(
    arrays: _Arrays,
    found: Mapping[str, Sequence[str]],
    labels: Mapping[str, Mapping[str, str]],
    input_names: Sequence[str],
) -> None:
    """Refuses parts that lack an input or their labels, and labels without inputs."""
    for suffix, given in labels.items():
        if given and suffix not in found:
            raise DataError(
                f"The {arrays.where} has labels {', '.join(given.values())} but no inputs "
                f"{_with(input_names[0], suffix)}. Add them."
            )
    for names in found.values():
        absent = [name for name in names if name not in arrays.names]
        if absent:
            there = ", ".join(name for name in names if name not in absent)
            raise DataError(
                f"The {arrays.where} has {there} but no {', '.join(absent)}. Add what is missing: "
                "the model takes an array for each input."
            )
    labelled = {suffix for suffix, given in labels.items() if given}
    bare = [suffix for suffix in found if suffix not in {*labelled, *UNLABELLED_PARTS}]
    if labelled and bare:
        missing = ", ".join(_with("y", suffix) for suffix in sorted(bare))
        raise DataError(f"Some inputs have labels, others do not: {missing} is missing. Add it.")
    x = input_names[0]
    if "" in found and {"train", "test"} & set(found):
        raise DataError(
            f"The {arrays.where} has {x} and also {x}_train or {x}_test. Keep one of the two ways."
        )


def _part(suffix: str, role: Role | None, inputs: list[Npy], labels: dict[str, Npy]) -> Part:
    for array in inputs:
        _check_input(array, inputs[0])
    for array in labels.values():
        _check_labels(array, inputs[0])
    arrays = [*inputs, *labels.values()]

    def pieces() -> Iterator[Piece]:
        step = rows_of_a_piece(*(array.row_bytes for array in arrays))
        for rows in zip(*(array.rows(step) for array in arrays), strict=True):
            yield Piece(rows[: len(inputs)], rows[len(inputs) :])

    return Part(
        title=suffix,
        role=role,
        count=inputs[0].shape[0],
        inputs=tuple(Form(array.name, array.shape[1:], array.dtype) for array in inputs),
        labels=tuple(labels),
        pieces=pieces,
    )


def _check_input(array: Npy, first: Npy) -> None:
    if not array.shape or array.shape[0] == 0:
        raise DataError(f"{array.name} holds no samples (its shape is {array.shape}). Add some.")
    if array.dtype.kind not in "biuf":
        raise _wrong_type(array)
    if array.shape[0] != first.shape[0]:
        raise DataError(
            f"{first.name} has {first.shape[0]:,} samples but {array.name} has "
            f"{array.shape[0]:,}. Each sample needs all of its inputs."
        )


def _check_labels(array: Npy, first: Npy) -> None:
    count = array.shape[0] if array.shape else 0
    if count != first.shape[0]:
        raise DataError(
            f"{first.name} has {first.shape[0]:,} samples but {array.name} has {count:,} "
            "labels. Each sample needs exactly one label."
        )
    text = array.dtype.kind == "U" and len(array.shape) == 1
    if text and array.dtype.itemsize > 4 * LONGEST_TEXT:
        raise DataError(
            f"“{array.name}” holds texts of {array.dtype.itemsize // 4:,} letters, which are no "
            f"names of classes; at most {LONGEST_TEXT:,} are accepted. Number the classes from 0."
        )
    if array.dtype.kind not in "biuf" and not text:
        raise _wrong_type(array)


def _wrong_type(array: Npy) -> DataError:
    return DataError(
        f"“{array.name}” holds values of type {array.dtype}; numbers are expected. Turn texts into "
        "numbers (classes from 0 in the order of the model's outputs) and save it again."
    )
