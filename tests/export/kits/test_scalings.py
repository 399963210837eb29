"""tests of export/kits/: C++ and JavaScript scale and quantize as it was done when measured."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.data.given_scaling import GivenScaling
from optimizer.data.scaling import SCALINGS, Columns
from optimizer.export.kits import carried
from optimizer.export.kits.c_tables import facts
from optimizer.export.kits.contents import Contents
from optimizer.export.kits.inputs import _NAMED, KitInput, Steps
from optimizer.export.kits.micro_parts import model_array, vector_arrays
from optimizer.tasks.gather_kit import KitTensor, KitVector
from optimizer.tflite.values import quantize

HERE, CODE = Path(__file__).parent, Path(carried.__file__).parent
GXX, NODE = shutil.which("g++"), shutil.which("node")
RAW = np.random.default_rng(8).integers(0, 256, (1, 4, 5, 3)).astype(np.uint8)
MEAN, STD = (103.3, 0.1, 77.7), (3.7, 55.5, 0.9)
COLUMNS = Columns(np.array([1.1, 120, 3], np.float32), np.array([0.3, 60.1, 1], np.float32))
GIVEN = Steps(subtract=MEAN, divide=STD, in_double=True)
MEASURED = Steps(subtract=tuple(COLUMNS.mean.tolist()), divide=tuple(COLUMNS.std.tolist()))
ITSELF = "standardize"  # the sums of other languages are rounded otherwise
SCALE, ZERO = 0.037, -7
STORED = (("float32", 0.0, 0), ("int8", SCALE, ZERO))


def scaled() -> dict[str, npt.NDArray[Any]]:
    """The sample under each scaling, by the code that measured."""
    [affine] = GivenScaling(MEAN, STD).for_inputs([RAW.shape[1:]])
    named = {name: one.apply(RAW) for name, one in SCALINGS.items()}
    return {**named, "given": affine.apply(RAW), "columns": COLUMNS.apply(RAW)}


def contents() -> Contents:
    """An input of floats and one of int8 for each scaling."""
    steps = {**_NAMED, "given": GIVEN, "columns": MEASURED}
    inputs = [
        KitInput(
            tensor=KitTensor(name, place, place, RAW.shape, *stored),
            called=name, shape=RAW.shape[1:], raw="uint8", takes="float32", steps=steps[name],
            picture=None, low=0, high=255,
        )
        for place, (name, stored) in enumerate(
            (name, stored) for name in scaled() for stored in STORED
        )
    ]  # fmt: skip
    return Contents(
        name="x", slug="x", recipe="int8", sha256="", tflite=b"TFL3", task="", meaning="", says="",
        inputs=tuple(inputs), outputs=(), output_names=(), readings=(), operators=(),
        whole_numbers=True, activations=0, micro=None, unfit_for_micro="",
        vectors=(KitVector(0, ()),), arrays={f"raw-0-{at}": RAW for at in range(len(inputs))},
        made_by="",
    )  # fmt: skip


def check(made: list[bytes]) -> None:
    """Each to the last bit, but for sums: they round otherwise, and an int8 may be the next."""
    for at, (name, expected) in enumerate(scaled().items()):
        floats = np.frombuffer(made[2 * at], "<f4").reshape(RAW.shape)
        whole = np.frombuffer(made[2 * at + 1], np.int8).reshape(RAW.shape)
        stored = quantize(expected, np.int8, SCALE, ZERO)
        if name == ITSELF:
            np.testing.assert_allclose(floats, expected, rtol=1e-5, atol=1e-6)
            assert np.abs(whole.astype(int) - stored).max() <= 1
        else:
            assert floats.tobytes() == expected.astype("<f4").tobytes(), name
            assert whole.tobytes() == stored.tobytes(), name


@pytest.mark.skipif(GXX is None, reason="there is no g++")
def test_cpp_scales_and_quantizes_to_the_last_bit(tmp_path: Path) -> None:
    assert GXX is not None
    made = contents()
    for name, text in {
        "model_facts.cpp": facts(made).replace("[] = {\n}", "[1] = {}"),  # here are no outputs
        "model_data.cpp": model_array(made.tflite),
        "vector_data.cpp": vector_arrays(made).replace("kVectorReal[] = {}", "kVectorReal[1] = {}"),
    }.items():
        (tmp_path / name).write_text(text)
    subprocess.run(
        [GXX, "-std=c++11", "-ffp-contract=off", "-I", CODE / "c_shared", "-I", CODE / "micro",
         *tmp_path.glob("*.cpp"), CODE / "c_shared" / "model_io.cpp", HERE / "dump.cpp",
         "-o", tmp_path / "dump"], check=True,
    )  # fmt: skip
    check(
        [
            subprocess.run(
                [tmp_path / "dump", "fed", "0", str(at)], capture_output=True, check=True
            ).stdout
            for at in range(len(made.inputs))
        ]
    )


@pytest.mark.skipif(NODE is None, reason="there is no node")
def test_javascript_scales_and_quantizes_to_the_last_bit(tmp_path: Path) -> None:
    assert NODE is not None
    made = contents()
    stub = tmp_path / "node_modules" / "@litertjs" / "core"  # nothing of it is called
    stub.mkdir(parents=True)
    (stub / "package.json").write_text('{"type": "module", "main": "index.js"}')
    (stub / "index.js").write_text("export const [loadAndCompile, loadLiteRt, Tensor] = [];")
    shutil.copyfile(CODE / "browser" / "model.js", tmp_path / "model.mjs")
    # The runtime takes uint8; int8 has the same steps with other limits.
    documents = [one.document() for one in made.inputs]
    for one in documents:
        if one["type"] == "int8":
            one.update(type="uint8", zero_point=ZERO + 128)
    (tmp_path / "facts.json").write_text(json.dumps(documents))
    (tmp_path / "raw.bin").write_bytes(RAW.tobytes())
    subprocess.run(
        [NODE, HERE / "prepared.mjs", tmp_path / "model.mjs", tmp_path / "facts.json",
         tmp_path / "raw.bin", tmp_path / "out.bin"], check=True,
    )  # fmt: skip
    content = (tmp_path / "out.bin").read_bytes()
    parts = []
    for one in documents:
        size = RAW.size * np.dtype(one["type"]).itemsize
        part, content = content[:size], content[size:]
        signed = np.frombuffer(part, np.uint8).astype(int) - 128
        parts.append(part if one["type"] == "float32" else signed.astype(np.int8).tobytes())
    check(parts)
