"""export/script/: what a script does, step by step. `carry` takes this into the script itself."""

import hashlib
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.arrays import Array, Indices
from optimizer.export.script.places import read_places
from optimizer.models.fix_shapes import fix_batch
from optimizer.models.summary import TensorSpec
from optimizer.techniques.converters.tensorflow_converter import convert, converter_for
from optimizer.techniques.technique import Sources


@dataclass(frozen=True)
class Input:
    """How raw values become what the model takes.

    Attributes:
        name: Of the input.
        shape: Of one sample.
        dtype: That the model takes.
        apply: Scales them; None for values that are taken as they are.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    apply: Callable[[Array], Array] | None

    def scaled(self, rows: Array) -> Array:
        """Raw samples as the model takes them."""
        raw = rows.reshape((len(rows), *self.shape))
        given = self.apply(raw) if self.apply else raw
        return given.astype(self.dtype, copy=False)


@dataclass(frozen=True)
class Calibration:
    """On which samples ranges are measured.

    Attributes:
        arrays: For each input how its arrays may be called in the `.npz`, in the order in which
            the samples are counted.
        places: Which samples, counted from 0 over these arrays, see `read_places`.
        inputs: For each input how raw values become the model's.
        sha256: Of the raw values of these samples, input after input.
        beside: The file that has these samples alone; empty where they are taken from the data.
    """

    arrays: tuple[tuple[str, ...], ...]
    places: str
    inputs: tuple[Input, ...]
    sha256: str
    beside: str = ""


@dataclass(frozen=True)
class Plan:
    """What is made of what.

    Attributes:
        graph: Makes the SavedModel of the model's file; None where that is a ready `.tflite`.
        layers: Opens the Keras model that is in the file; None where there is none.
        ready: Gives the float `.tflite` of one that came so; None of all else.
        keras: Which Keras wrote the model's file, 2 or 3; 0 where none did.
        options: What the user decided of the file; None where that plays no part.
        model_sha256: Of the model's file; empty where it may be a folder, or a zip of it.
        inputs: The model's, with the sizes that they were fixed to.
        one_sample: Whether the file takes one sample at a time.
        calibration: None where nothing is calibrated.
        file: The name of what is written.
        sha256: Of the file that the study has.
        pack: Writes the content of a file in fewer bytes; None for a recipe without a packing.
        made_on: On which CPU that was made.
        versions: Of the libraries that made it.
    """

    graph: "Callable[[Path, Plan, Path], Path] | None"
    layers: "Callable[[Path, Plan, Path], Any] | None"
    ready: "Callable[[Path, Plan, Path], Path] | None"
    keras: int
    options: Any
    model_sha256: str
    inputs: tuple[TensorSpec, ...]
    one_sample: bool
    calibration: Calibration | None
    file: str
    sha256: str
    pack: Callable[[bytes], bytes] | None
    made_on: str
    versions: dict[str, str]


@dataclass(frozen=True)
class Taken:
    """Samples as conversions ask for them."""

    inputs: tuple[Input, ...]
    rows: tuple[Array, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the model's inputs."""
        return tuple(one.name for one in self.inputs)

    def __len__(self) -> int:
        return len(self.rows[0])

    def batch(self, start: int, stop: int) -> tuple[Array, ...]:
        """Samples start..stop-1, scaled as the model takes them."""
        return self.at(np.arange(start, min(stop, len(self))))

    def at(self, positions: Any) -> tuple[Array, ...]:
        """The samples at these positions."""
        return tuple(
            one.scaled(rows[positions]) for one, rows in zip(self.inputs, self.rows, strict=True)
        )


def make_again(
    model: Path,
    data: Path | None,
    plan: Plan,
    maker: Callable[..., bytes],
    arguments: dict[str, Any],
) -> Path:
    """Writes the file into the current folder, and says whether it is the study's.

    Args:
        model: The model's file, as it was given to the study.
        data: The data, likewise; None where nothing is calibrated.
        plan: What is made of them.
        maker: Makes the content of the file from `Sources`.
        arguments: What else it is told.
    """
    tell_versions(plan.versions)
    refuse_another(model, plan)
    samples = _calibration(plan.calibration, data) if plan.calibration else None
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        saved_model = plan.graph(model, plan, folder) if plan.graph else None
        ready = plan.ready(model, plan, folder) if plan.ready else None
        content = maker(sources_from(saved_model or ready, plan, samples, folder), **arguments)
    if plan.pack:
        content = plan.pack(content)
    target = Path(plan.file)
    target.write_bytes(content)
    tell_digest(content, plan)
    return target


def refuse_another(model: Path, plan: Plan) -> None:
    """Refuses a file that is not the study's model.

    Raises:
        SystemExit: it is another.
    """
    if not plan.model_sha256:
        return
    if hashlib.sha256(model.read_bytes()).hexdigest() != plan.model_sha256:
        raise SystemExit(
            f"{model} is not the model of the study. Give the file that it was made of; of a zip "
            "the one that is in it."
        )


def sources_from(model: Any, plan: Plan, samples: "Taken | None", work: Path) -> Sources:
    """What a conversion starts from.

    Args:
        model: Its SavedModel, or the `.tflite` that it came as.
        plan: What is made of it.
        samples: On which ranges are measured.
        work: Takes what the conversion makes on its way.
    """
    return Sources(
        saved_model=model if plan.graph else None,
        float_tflite=lambda: _float_tflite(model, work) if plan.graph else model,
        input_names=tuple(spec.name for spec in plan.inputs),
        calibration=samples,
        report=lambda _what, _share: None,
    )


def in_one_sample(saved_model: Path, plan: Plan, work: Path) -> Path:
    """The same model for one sample at a time, where the study had to take it so."""
    if not plan.one_sample:
        return saved_model
    fixed = work / "one_sample"
    fix_batch(saved_model, fixed)
    return fixed


def _float_tflite(saved_model: Path, work: Path) -> Path:
    file = work / "float32.tflite"
    if not file.exists():
        file.write_bytes(convert(converter_for(saved_model)))
    return file


def _calibration(asked: Calibration, data: Path | None) -> Taken:
    """The samples on which the study measured ranges.

    Raises:
        SystemExit: they are not in the data.
    """
    if asked.beside:
        with np.load(beside_script(asked.beside)) as arrays:
            rows = tuple(arrays[f"x{at}"] for at in range(len(asked.inputs)))
    elif data is None:
        raise SystemExit("Ranges are measured on samples of the data. Give the .npz too.")
    else:
        with np.load(data) as arrays:
            places = read_places(asked.places)
            rows = tuple(joined(arrays, names, places) for names in asked.arrays)
    found = hashlib.sha256()
    for array in rows:
        found.update(np.ascontiguousarray(array).tobytes())
    if found.hexdigest() != asked.sha256:
        raise SystemExit(
            "These are not the data of the study: the samples on which ranges were measured are "
            "others. Give the file that the study was made of."
        )
    return Taken(asked.inputs, rows)


def beside_script(name: str) -> Path:
    """A file that lies beside the script; of a notebook in the current folder."""
    return Path(__file__).with_name(name) if "__file__" in globals() else Path(name)


def joined(arrays: Any, names: Sequence[str], places: Indices) -> Array:
    """Samples of arrays, which are counted one after the other.

    Raises:
        SystemExit: there are not so many.
    """
    there = [arrays[name] for name in names if name in arrays]
    if not there or sum(map(len, there)) <= max(places, default=0):
        raise SystemExit(f"The data have too few samples, or no array {names[0]}.")
    taken: Array = np.concatenate(there)[places]
    return taken


def tell_versions(wanted: dict[str, str]) -> None:
    for name, version in wanted.items():
        try:
            there = metadata.version(name)
        except metadata.PackageNotFoundError:
            raise SystemExit(f"{name} is missing. Install {name}=={version}.") from None
        if there != version:
            sys.stderr.write(
                f"{name} is {there}, the study had {version}: the file may be another.\n"
            )


def tell_digest(content: bytes, plan: Plan) -> None:
    """Says whether a file is the one that the study has."""
    same = hashlib.sha256(content).hexdigest() == plan.sha256
    said = (
        "the same file as in the study"
        if same
        else f"another file than in the study, which was made on {plan.made_on}: other CPUs and "
        "versions round otherwise. Measure it before it ships"
    )
    sys.stdout.write(f"{plan.file}: {len(content):,} bytes, {said}.\n")
