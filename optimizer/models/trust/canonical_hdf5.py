"""models/trust/: an HDF5 file of weights as it was understood, which alone Keras gets to read.

Keras needs groups, arrays of numbers, and a few attributes that name these. They are copied into a
new file, which is written by this process from its first byte; whatever else a file has is not in
it: other attributes and types, filters, unused space, what the optimizer kept.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5g, h5l, h5o, h5z

from optimizer.arrays import Array
from optimizer.errors import ModelError
from optimizer.models.hdf5_links import SAVE_AGAIN, UNREADABLE
from optimizer.words import one_line, reason

SLAB = 2**24  # bytes that are in memory at a time
NUMBERS = "biuf"  # kinds of NumPy
BFLOAT16 = "bfloat16"  # h5py has no type for it: two bytes, and the name as an attribute
# Names of layers and weights; a list that is too long for HDF5 goes on under numbered names.
NAMES = re.compile(r"(layer_names|weight_names)\d*")
TEXTS = ("backend", "keras_version")
KNOWN_FILTERS = {h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32, h5z.FILTER_LZF}
UNUSED = {"optimizer", "optimizer_weights"}  # nobody opens a model to go on with its training
BACKSLASH = "\\"


def write_canonical(source: Path, target: Path, config: str | None = None) -> None:
    """Writes what is understood of an HDF5 file into a new one.

    Memory stays flat: values are copied in parts.

    Args:
        source: The file, after `check_hdf5`.
        target: The new one.
        config: For a file of a whole model: the description that it gets.

    Raises:
        ModelError: it is damaged, or its weights are in no form that is understood.
    """
    try:
        with h5py.File(source, "r") as given, h5py.File(target, "w") as made:
            _copy_groups(given, made)
            if config is not None:
                made.attrs["model_config"] = config
    except UNREADABLE as error:
        raise ModelError(
            f"The HDF5 file is damaged or incomplete ({reason(error)}). "
            "Save or upload the model again."
        ) from error


def _copy_groups(given: Any, made: Any) -> None:
    seen = {_address(given.id)}
    waiting = [(given, made)]
    while waiting:
        group, copy = waiting.pop()
        _copy_attributes(group, copy)
        # Keras 2 on Windows joined names by backslashes in `.keras` files, where others look for
        # slashes. In the older layout names are listed, and stay as they are.
        joined = group == given and "layer_names" not in copy.attrs
        for name, thing in _things(group, seen):
            if group == given and name in UNUSED:
                continue
            if isinstance(thing, h5g.GroupID):
                inner = copy.require_group(name.replace(BACKSLASH, "/") if joined else name)
                waiting.append((h5py.Group(thing), inner))
            elif isinstance(thing, h5d.DatasetID):
                _copy_values(h5py.Dataset(thing), copy, name)


def _things(group: Any, seen: set[Any]) -> Iterator[tuple[str, Any]]:
    """What lies in a group, each under its only name.

    Raises:
        ModelError: something is a link, or has two names.
    """
    for raw in group.id:
        name = raw.decode("utf-8", "replace")
        if group.id.links.get_info(raw).type != h5l.TYPE_HARD:
            raise ModelError(
                f"“{one_line(name)}” in the HDF5 file is a link, which is not followed here. "
                f"{SAVE_AGAIN}"
            )
        thing = h5o.open(group.id, raw)
        address = _address(thing)
        if address in seen:
            raise ModelError(
                f"“{one_line(name)}” in the HDF5 file has another name too, so that it is not said "
                f"where it belongs. {SAVE_AGAIN}"
            )
        seen.add(address)
        yield name, thing


def _address(thing: Any) -> Any:
    return h5o.get_info(thing).addr


def _copy_attributes(group: Any, copy: Any) -> None:
    for name in group.attrs:
        if name in TEXTS:
            text = group.attrs[name]
            if isinstance(text, str | bytes):
                copy.attrs[name] = text
        elif NAMES.fullmatch(name):
            names = _names(group.attrs[name])
            if names is not None:
                # References take 16 bytes each, whatever the names take.
                copy.attrs.create(name, names, dtype=h5py.string_dtype())


def _names(value: object) -> list[str] | None:
    """A list of names, in any form that HDF5 has for texts; None for anything else."""
    if not isinstance(value, np.ndarray) or value.ndim != 1:
        return None
    texts = value.tolist()
    if not all(isinstance(text, str | bytes) for text in texts):
        return None
    return [text.decode() if isinstance(text, bytes) else text for text in texts]


def _copy_values(values: Any, copy: Any, name: str) -> None:
    """Copies an array of numbers; another is left out, and missed by whoever needs it."""
    shape, dtype = values.shape, values.dtype
    named = values.attrs.get("dtype") if dtype == np.dtype("V2") else None
    if shape is None or not (dtype.kind in NUMBERS or named == BFLOAT16):
        return
    stored = values.id.get_create_plist()
    filters = {stored.get_filter(at)[0] for at in range(stored.get_nfilters())}
    if not filters <= KNOWN_FILTERS:
        raise ModelError(
            f"“{one_line(values.name)}” in the HDF5 file is packed in a way that is not known here "
            f"(filter {min(filters - KNOWN_FILTERS)}). {SAVE_AGAIN}"
        )
    target = copy.create_dataset(name, shape, dtype)
    if named:
        target.attrs["dtype"] = BFLOAT16
    for part in _parts(shape, values.chunks or (1,) * len(shape), dtype.itemsize):
        value: Array = values[part]
        target[part] = value


def _parts(
    shape: tuple[int, ...], chunks: tuple[int, ...], size: int
) -> Iterator[tuple[slice, ...]]:
    """Cuts an array into parts of `SLAB` bytes, or of a chunk, which HDF5 has in memory anyway.

    Args:
        shape: Of the array.
        chunks: Of what is stored together.
        size: Bytes of a value.
    """
    if 0 in shape:
        return
    if not shape:
        yield ()
        return
    row = size * int(np.prod(shape[1:], dtype=np.int64)) * chunks[0]
    rows = max(1, SLAB // row) * chunks[0]
    for start in range(0, shape[0], rows):
        part = slice(start, min(start + rows, shape[0]))
        if row <= SLAB:
            yield (part, *(slice(None) for _ in shape[1:]))
        else:
            inner = size * min(chunks[0], shape[0])
            yield from ((part, *rest) for rest in _parts(shape[1:], chunks[1:], inner))
