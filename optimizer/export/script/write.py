"""export/script/: writes a script, or a notebook, that makes a variant again."""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.arrays import Array
from optimizer.data.dataset import DatasetRecord, input_file
from optimizer.data.rows import open_rows
from optimizer.errors import StudyError
from optimizer.export.files import download_name, safe_name
from optimizer.export.script.carry import ENGINE, carry
from optimizer.export.script.inputs import inputs_of, names_of
from optimizer.export.script.lessons import TRAINING, taught
from optimizer.export.script.literals import call, plain, spec, together
from optimizer.export.script.models import opened_by
from optimizer.export.script.places import written_places
from optimizer.files.atomic import write_atomically
from optimizer.files.refusal import said_as
from optimizer.recipes import Recipe, parse
from optimizer.store.records import StudyIndex, Variant
from optimizer.store.study import Study
from optimizer.techniques.technique import Maker

NOTE = """
# ---- carried from Liteweigh, Apache License 2.0 ----------------------------------------------
# Annotations name types that did not come along; Python does not look for them.
""".rstrip()
NOTEBOOK, BESIDE = ".ipynb", ".calibration.npz"
BESIDE_TRAINING = ".training.npz"
NPZ = "NumPy .npz"
STEPS = f"{ENGINE}.export.script.steps"
TENSOR_SPEC = f"{ENGINE}.models.summary:TensorSpec"
LIBRARIES = ("tensorflow", "keras", "tf-keras", "ai-edge-litert", "litert-quantizer", "numpy")
TFMOT, MICRO = "tensorflow-model-optimization", "tflite-micro"


def script_name(index: StudyIndex, variant: Variant) -> str:
    """`make-<model>-<recipe>.py`."""
    name = safe_name(index.model.summary.name, "model")
    return f"make-{name}-{parse(variant.recipe).slug}.py"


def write_script(study: Study, variant: Variant, file: Path) -> tuple[Path, ...]:
    """Writes a script that makes a variant again, and returns what was written.

    Args:
        study: Has the variant.
        variant: Which one.
        file: The script; a notebook where it ends with `.ipynb`. Samples that are not in an
            `.npz` of the user's are written beside it.

    Raises:
        StudyError: no script makes such a variant yet, or the disk refuses.
    """
    made = _made(study, variant, file.stem)
    text = made.notebook() if file.suffix == NOTEBOOK else made.script()
    beside = file.with_name(made.beside_name)
    with said_as(StudyError):
        if made.beside:
            write_atomically(beside, made.beside)
        write_atomically(file, text.encode())
    return (file, beside) if made.beside else (file,)


@dataclass(frozen=True)
class _Calibrated:
    """What is said of the calibration samples.

    Attributes:
        expression: Makes the `Calibration`.
        roots: What that names of the engine.
        beside: The content of the file that has the samples; None where the data have them.
    """

    expression: str = "None"
    roots: tuple[str, ...] = ()
    beside: bytes | None = None


@dataclass(frozen=True)
class _Made:
    """All parts of a script.

    Attributes:
        course: An expression of how the model is trained; empty where it is not.
    """

    variant: Variant
    plan: str
    maker: Maker
    requirements: tuple[str, ...]
    python: str
    needs_data: bool
    roots: tuple[str, ...]
    beside: bytes | None
    beside_name: str
    course: str

    def script(self) -> str:
        """The file."""
        pins = "".join(f'#   "{pin}",\n' for pin in self.requirements)
        data = " DATA" if self.needs_data else ""
        return (
            f'# /// script\n# requires-python = "=={self.python}.*"\n# dependencies = [\n{pins}'
            f'# ]\n# ///\n"""Makes a .tflite again: python {{this file}} MODEL{data}\n\n'
            f'{self._says()}\n"""\n\nfrom __future__ import annotations\n\n{self._code()}'
            f'\n\n\nif __name__ == "__main__":\n    if len(sys.argv) != {3 if data else 2}:\n'
            f'        raise SystemExit(f"Usage: python {{sys.argv[0]}} MODEL{data}")\n'
            f"    make({', '.join(f'sys.argv[{at}]' for at in range(1, 3 if data else 2))})\n"
        )

    def notebook(self) -> str:
        """The same in cells."""
        files = '"model.keras", "data.npz"' if self.needs_data else '"model.keras"'
        cells = [
            _cell("markdown", f"# Makes a .tflite again\n\n{self._says()}"),
            _cell("code", f"%pip install {' '.join(self.requirements)}"),
            _cell("code", f"from __future__ import annotations\n\n{self._code()}"),
            _cell("code", f"make({files})  # your files"),
        ]
        return json.dumps(
            {
                "cells": cells,
                "metadata": {"language_info": {"name": "python"}},
                "nbformat": 4,
                "nbformat_minor": 5,
            },
            indent=1,
        )

    def _says(self) -> str:
        carried = (
            "It needs the libraries named here in these versions, and no Liteweigh. Steps that no "
            "library has\nare carried in it, as Liteweigh has them. "
        )
        if self.course:
            return (
                f"{carried}It trains, and what is trained again may differ in\nits bytes: threads "
                "add numbers up in another order each time, other CPUs and versions round\n"
                "otherwise, and in training that grows. It says at the end how near it came."
            )
        return (
            f"{carried}On the same kind of CPU the file is the same to the last\nbit; other CPUs "
            "and versions may round otherwise. It says at the end which it is."
        )

    def _code(self) -> str:
        make, plan = (TRAINING, "train_and_make") if self.course else (STEPS, "make_again")
        wanted = f"{make}:{plan}"
        carried = carry((wanted, f"{STEPS}:Plan", self.maker.function, *self.roots))
        imports = sorted({*carried.imports, "import sys", "from pathlib import Path"})
        given = "model: str, data: str" if self.needs_data else "model: str"
        data = "Path(data)" if self.needs_data else "None"
        course = f"\nCOURSE = {self.course}" if self.course else ""
        return (
            "\n".join(imports)
            + f"\n\n{NOTE}\n\n{carried.source}\n\nPLAN = {self.plan}{course}\nARGUMENTS = "
            + f"{plain(self.maker.arguments)}\n\n\ndef make({given}) -> Path:\n"
            + '    """Writes the file into the current folder."""\n'
            + f"    return {carried.names[wanted]}(Path(model), {data}, PLAN, "
            + f"{'COURSE, ' if course else ''}{carried.names[self.maker.function]}, ARGUMENTS)\n"
        ).rstrip("\n")


def _cell(kind: str, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": hashlib.sha256(text.encode()).hexdigest()[:8]}
    of_code: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {**cell, "metadata": {}, **of_code, "source": text.splitlines(keepends=True)}


def _made(study: Study, variant: Variant, stem: str) -> _Made:
    index = study.index
    recipe = parse(variant.made_as or variant.recipe)
    opened = opened_by(study)
    if recipe.training and not opened.layers:
        raise StudyError(
            f"No script makes {recipe}: a script trains what came as Keras layers, and this model "
            f"came as {index.model.summary.format}. `liteweigh run` makes the file again."
        )
    maker, packer = _maker(recipe, ready=opened.ready), ""
    if recipe.packing:
        packer = _packer(recipe)
    data = index.dataset
    calibrated, course = _Calibrated(), None
    samples = maker.arguments.get("samples")
    beside = stem + (BESIDE_TRAINING if recipe.training else BESIDE)
    if recipe.training:
        in_data = data is not None and data.kind == NPZ
        course = taught(study, variant, recipe, beside=beside, in_data=in_data)
    elif samples is not None and data is not None:
        calibrated = _calibrated(study, data, int(samples), beside)
    versions = {
        name: variant.environment.versions[key]
        for name in (*LIBRARIES, *((TFMOT,) if recipe.training else ()))
        for key in (name, name.replace("-", "_"))
        if key in variant.environment.versions
    }
    if variant.packed:
        library, _, version = variant.packed.runtime.rpartition(" ")
        versions[MICRO if library == "TFLite Micro" else library] = version
    plan = call(
        "Plan",
        **opened.arguments,
        inputs=together(map(spec, index.model.summary.inputs)),
        one_sample=plain(index.model.summary.one_sample),
        calibration=calibrated.expression,
        file=plain(download_name(index, variant)),
        sha256=plain(variant.sha256),
        pack=packer.partition(":")[2] or "None",
        made_on=plain(variant.environment.cpu),
        versions=plain(versions),
    )
    return _Made(
        variant,
        plan,
        maker,
        tuple(f"{name}=={version}" for name, version in versions.items()),
        ".".join(variant.environment.python.split(".")[:2]),
        course.needs_data if course else samples is not None and calibrated.beside is None,
        (
            TENSOR_SPEC,
            *opened.roots,
            *((packer,) if packer else ()),
            *calibrated.roots,
            *(course.roots if course else ()),
        ),
        course.beside if course else calibrated.beside,
        beside,
        course.expression if course else "",
    )


def _maker(recipe: Recipe, *, ready: bool) -> Maker:
    """What makes the file of a recipe.

    Raises:
        StudyError: no script can.
    """
    maker = recipe.conversion.maker(ready=ready)
    if maker is None:
        raise StudyError(f"No script makes {recipe}: nothing says how it is made.")
    return maker


def _packer(recipe: Recipe) -> str:
    """The function that packs what a recipe makes.

    Raises:
        StudyError: no script can.
    """
    assert recipe.packing is not None  # noqa: S101 (for the type checker)
    if not recipe.packing.packer:
        raise StudyError(
            f"No script makes {recipe}: nothing says how {recipe.packing.name} is done alone. "
            "`liteweigh run` makes the file again."
        )
    return recipe.packing.packer


def _calibrated(study: Study, data: DatasetRecord, most: int, beside: str) -> _Calibrated:
    folder = study.data_folder
    with np.load(folder / "roles.npz") as roles:
        places = roles["calibration"][:most]
    kept = [open_rows(input_file(folder, at)) for at in range(len(data.inputs))]
    rows: list[Array] = [np.ascontiguousarray(one[places]) for one in kept]
    digest = hashlib.sha256()
    for array in rows:
        digest.update(array.tobytes())
    inputs, roots = inputs_of(data, folder)
    in_data = data.kind == NPZ
    content = None
    if not in_data:
        file = io.BytesIO()
        named: dict[str, Any] = {f"x{at}": array for at, array in enumerate(rows)}
        np.savez_compressed(file, **named)
        content = file.getvalue()
    expression = call(
        "Calibration",
        arrays=plain(tuple(names_of(data, at) for at in range(len(data.inputs)))),
        places=written_places(places) if in_data else "''",
        inputs=together(inputs),
        sha256=plain(digest.hexdigest()),
        beside=plain("" if in_data else beside),
    )
    return _Calibrated(expression, (f"{STEPS}:Calibration", f"{STEPS}:Input", *roots), content)
