"""tests of export/script/: what is carried of the engine stands alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.data.dataset import STANDARDIZE
from optimizer.data.scaling import SCALINGS
from optimizer.export.script.carry import carry
from optimizer.recipes import parse
from optimizer.techniques.registry import packings, training_steps
from tests.export.script.clean import engine_of
from tests.export.script.loaded import loaded
from tests.store.golden import HERE

RECIPES = (
    "float32", "float16", "float16(quantizer=litert)", "dynamic_range",
    "dynamic_range(quantizer=litert)", "weight_only_int8", "int8", "int8(io=uint8)",
    "int8(quantizer=litert)", "int16x8", "mixed(float=1;2,ranges=entropy,bias_correction=true)",
)  # fmt: skip
UNDEFINED = """
import ast, builtins, sys
tree = ast.parse(open(sys.argv[1]).read())
known = set(dir(builtins)) | {"__file__"}
for node in tree.body:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        known |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        known.add(node.name)
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        known |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
import symtable
def look(table):
    for symbol in table.get_symbols():
        if symbol.is_global() and symbol.is_referenced() and symbol.get_name() not in known:
            print(table.get_name(), symbol.get_name())
    for child in table.get_children():
        look(child)
for node in ast.walk(tree):
    for name in ("annotation", "returns"):
        if getattr(node, name, None) is not None and not isinstance(node, ast.AnnAssign):
            setattr(node, name, None)
    if isinstance(node, ast.AnnAssign):
        node.annotation = ast.Constant(0)
look(symtable.symtable(ast.unparse(tree), "carried", "exec"))
"""


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_makes_a_file_names_nothing_that_did_not_come_along(
    recipe: str, tmp_path: Path
) -> None:
    maker = parse(recipe).conversion.maker(ready=False)
    assert maker is not None
    stands_alone(tmp_path, maker.function, "optimizer.export.script.steps:make_again")


def test_nor_does_what_trains(tmp_path: Path) -> None:
    kinds = [
        f"{kind.__module__}:{kind.__name__}"
        for kind in training_steps()
        if kind.__module__.startswith("optimizer.")  # others are of tests
    ]
    assert len(kinds) >= 6
    source = stands_alone(tmp_path, *kinds, "optimizer.export.script.training:train_and_make")
    assert "def foretold" not in source, "methods that nothing calls stay behind"
    assert "pydantic" not in source


def test_nor_does_what_opens_a_model_or_packs_a_file(tmp_path: Path) -> None:
    openers = ("graph_of_layers", "graph_of_saved_model", "graph_of_frozen", "ready_file",
               "whole_file", "whole_file_unrolled", "described", "described_unrolled")  # fmt: skip
    roots = [f"optimizer.export.script.opening:{name}" for name in openers]
    packers = [kind.packer for kind in packings() if kind.packer]
    assert packers
    stands_alone(tmp_path, *roots, *packers, "optimizer.models.open_options:OpenOptions")


def stands_alone(tmp_path: Path, *roots: str) -> str:
    """What is carried names nothing that is not there, and nothing of the engine."""
    carried = carry(roots)
    file = tmp_path / "carried.py"
    file.write_text("\n".join(carried.imports) + "\n" + carried.source)
    assert not engine_of(file.read_text())
    found = subprocess.run(
        [sys.executable, "-I", "-c", UNDEFINED, str(file)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout == ""
    return file.read_text()


def test_of_two_that_have_a_name_each_finds_its_own(tmp_path: Path) -> None:
    import numpy as np

    carried = carry(["optimizer.data.scaling:SCALINGS", "optimizer.data.given_scaling:Affine"])
    file = tmp_path / "carried.py"
    imports = "\n".join(("from __future__ import annotations", *carried.imports))
    file.write_text(f"{imports}\n{carried.source}")
    scalings = loaded(file).SCALINGS
    x = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3)).astype(np.uint8)
    assert set(scalings) == set(SCALINGS) >= {STANDARDIZE}
    for name, scaling in SCALINGS.items():
        assert np.array_equal(scalings[name].apply(x), scaling.apply(x)), name


def test_a_name_that_is_written_by_its_module_is_never_that_of_a_variable() -> None:
    """`now = working_time.now()` is one line of the training loop."""
    carried = carry(["optimizer.techniques.training.training_loop:fit"])
    assert "now = now_of_working_time()" in carried.source
    assert "def now_of_working_time()" in carried.source


def test_what_the_engine_reads_from_a_file_beside_it_stands_in_the_script(tmp_path: Path) -> None:
    """The tables of the schema, by which a `.tflite` that came so is written anew."""
    from optimizer.models.trust import write_canonical_tflite

    file = next((HERE / "schema-2" / "variants").glob("int8-*.tflite"))
    carried = carry(["optimizer.export.script.opening:ready_file"])
    script = tmp_path / "carried.py"
    imports = "\n".join(("from __future__ import annotations", *carried.imports))
    script.write_text(f"{imports}\n{carried.source}")
    made = loaded(script).ready_file(file, None, tmp_path)
    write_canonical_tflite(file, tmp_path / "ours.tflite")
    assert made.read_bytes() == (tmp_path / "ours.tflite").read_bytes()
