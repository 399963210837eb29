"""export/script/: what a script says of the model's inputs: names in the `.npz`, and scaling."""

from pathlib import Path

from optimizer.arrays import Array
from optimizer.data.dataset import STANDARDIZE, DatasetRecord, read_columns
from optimizer.data.given_scaling import GIVEN
from optimizer.data.scaling import SCALINGS
from optimizer.data.sources.source import ROLE_NAMES
from optimizer.export.script.carry import ENGINE
from optimizer.export.script.literals import plain

SCALING = f"{ENGINE}.data.scaling"
AFFINE = f"{ENGINE}.data.given_scaling:Affine"


def names_of(data: DatasetRecord, at: int) -> tuple[str, ...]:
    """How the arrays of an input may be called, see `data.sources.arrays`."""
    own = data.inputs[at].name
    bases = ("x", own) if len(data.inputs) == 1 else (own, f"x{at}")
    suffixes = ("", *(f"_{name}" for name in ROLE_NAMES))
    return tuple(f"{base}{suffix}" for base in dict.fromkeys(bases) for suffix in suffixes)


def inputs_of(data: DatasetRecord, folder: Path) -> tuple[list[str], list[str]]:
    """An expression for each input, and what these name of the engine."""
    columns, affine = read_columns(folder), data.affine()
    told, roots = [], []
    for at, (one, scaled) in enumerate(zip(data.inputs, data.scaled, strict=True)):
        apply = "None"
        if scaled and data.scaling == GIVEN and affine[at] is not None:
            given = affine[at]
            apply = f"Affine({_array(given.mean)}, {_array(given.std)}).apply"  # type: ignore[union-attr]
            roots.append(AFFINE)
        elif scaled and data.scaling == STANDARDIZE and at in columns:
            apply = f"Columns({_array(columns[at].mean)}, {_array(columns[at].std)}).apply"
            roots.append(f"{SCALING}:Columns")
        elif scaled:
            apply = SCALINGS[data.scaling].apply.__name__
            roots.append(f"{SCALING}:{apply}")
        told.append(
            f"Input({plain(one.name)}, {plain(one.shape)}, {plain(one.input_dtype)}, {apply})"
        )
    return told, roots


def _array(values: Array) -> str:
    return f"np.array({values.tolist()!r}, np.{values.dtype})"
