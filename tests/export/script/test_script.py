"""tests of export/script/: a script makes the same file where there is no Liteweigh."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer import sample
from optimizer.data.data_options import DataFiles
from optimizer.errors import StudyError
from optimizer.export.script.write import write_script
from optimizer.jobs.scheduler import Scheduler
from optimizer.models.open_options import OpenOptions
from optimizer.recipes import parse
from optimizer.store.study import Study
from tests.export.script.clean import engine_of, ran
from tests.export.script.loaded import loaded
from tests.store.golden import copy_of
from tests.variants import study, variant
from tests.waiting import PATIENCE, until

RECIPES = (
    "float16", "dynamic_range", "weight_only_int8", "int8", "int8(io=uint8)",
    "int8(quantizer=litert)", "int16x8", "dynamic_range(quantizer=litert)",
    "mixed(float=0;3,ranges=mse,bias_correction=true)",
)  # fmt: skip

CELL_BY_CELL = """
import json, sys
cells = json.load(open(sys.argv[1]))["cells"]
del __file__  # a notebook has none
for cell in cells:
    lines = [line for line in cell["source"] if not line.startswith("%")]
    if cell["cell_type"] == "code":
        exec(compile("".join(lines), "cell", "exec"), globals())
"""


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_script_makes_the_same_file_without_liteweigh(
    recipe: str, made: Study, clean: Path, tmp_path: Path
) -> None:
    kept = made.made(recipe)
    [script] = write_script(made, kept, tmp_path / "make.py")
    assert not engine_of(script.read_text())
    needs = len(script.read_text().split("MODEL DATA")) > 1
    said = ran(clean, tmp_path, script, sample.MODEL, *([sample.DATA] if needs else []))
    assert "the same file as in the study" in said
    [file] = tmp_path.glob("*.tflite")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == kept.sha256


@pytest.mark.slow
def test_a_notebook_makes_the_same_file_from_top_to_bottom(
    made: Study, clean: Path, tmp_path: Path
) -> None:
    """Its cells run in one process, one after the other; the line that installs is left out."""
    kept = made.made("int8")
    [notebook] = write_script(made, kept, tmp_path / "make.ipynb")
    shutil.copyfile(sample.MODEL, tmp_path / "model.keras")
    shutil.copyfile(sample.DATA, tmp_path / "data.npz")
    (tmp_path / "run.py").write_text(CELL_BY_CELL)
    said = ran(clean, tmp_path, "run.py", notebook)
    assert "the same file as in the study" in said
    [file] = tmp_path.glob("*.tflite")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == kept.sha256


@pytest.fixture(scope="module")
def made(scheduler: Scheduler) -> Study:
    """The sample in all recipes."""
    opened = scheduler.open_model(sample.MODEL, "sample").result()
    opened = scheduler.add_data(opened, DataFiles(sample.DATA), "sample").result()
    scheduler.start(opened, [parse(recipe) for recipe in RECIPES])
    until(lambda: not any(job.status.active for job in opened.index.jobs), seconds=PATIENCE)
    return opened


def test_a_notebook_has_the_same_code(tmp_path: Path) -> None:
    kept = Study(copy_of(1, tmp_path))
    int8 = kept.made("int8")
    [script] = write_script(kept, int8, tmp_path / "make.py")
    [notebook] = write_script(kept, int8, tmp_path / "make.ipynb")
    cells = json.loads(notebook.read_text())["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert code[1] in script.read_text()
    assert f"tensorflow=={int8.environment.versions['tensorflow']}" in code[0]


def test_data_of_another_form_lie_beside_the_script(tmp_path: Path) -> None:
    kept = Study(copy_of(1, tmp_path))
    data = kept.index.dataset
    assert data is not None
    kept.update(lambda now: now.model_copy(
        update={"dataset": replace(data, kind="images in folders")}
    ))  # fmt: skip
    script, beside = write_script(kept, kept.made("int8"), tmp_path / "make.py")
    assert "'make.calibration.npz'" in script.read_text()
    with np.load(kept.data_folder / "roles.npz") as roles, np.load(beside) as rows:
        x = np.load(kept.data_folder / "x.npy")
        assert np.array_equal(rows["x0"], x[roles["calibration"][:200]])


def test_other_data_are_refused(tmp_path: Path) -> None:
    kept = Study(copy_of(1, tmp_path))
    [script] = write_script(kept, kept.made("int8"), tmp_path / "make.py")
    np.savez(tmp_path / "other.npz", x=np.zeros((500, 8, 8, 1), np.uint8))
    module = loaded(script)
    with pytest.raises(SystemExit, match="not the data of the study"):
        module._calibration(module.PLAN.calibration, tmp_path / "other.npz")


def test_hostile_names_stay_texts(tmp_path: Path) -> None:
    kept = Study(copy_of(1, tmp_path))
    hostile = "\"\"\"\n'''\nimport os; os.abort() \u202e {x} \\"
    summary = kept.index.model.summary
    inputs = (replace(summary.inputs[0], name=hostile),)
    summary = replace(summary, name=hostile, inputs=inputs)
    model = kept.index.model.model_copy(update={"summary": summary})
    kept.update(lambda now: now.model_copy(update={"model": model}))
    [script] = write_script(kept, kept.made("int8"), tmp_path / "make.py")
    assert loaded(script).PLAN.inputs[0].name == hostile


@pytest.mark.parametrize(
    ("recipe", "change", "said"),
    [
        ("brought(called=a,sha256=0123456789abcdef)", {}, "nothing says how it is made"),
        ("int8", {"options": OpenOptions(trusted=True)}, "Save it without that code"),
        ("int8", {"code": "model/code.py"}, "Python file"),
        ("int8", {"options": OpenOptions(architecture="MobileNet")}, "Save the whole model"),
        ("int8", {"options": OpenOptions(function="predict")}, "serving_default"),
        ("int8", {"select_tf_ops": ("TensorListStack",)}, "own operators"),
        ("int8", {"format": "a cloud"}, "came as a cloud"),
        ("prune+int8", {"format": "SavedModel"}, "came as SavedModel"),
    ],
)
def test_what_no_script_makes_is_refused(
    recipe: str, change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    kept = study(tmp_path / "s", variant("float32"), variant(recipe))
    model = kept.index.model
    of_summary = {name: change[name] for name in ("format", "select_tf_ops") if name in change}
    summary = replace(model.summary, **of_summary)
    changed = {"summary": summary, **{n: v for n, v in change.items() if n not in of_summary}}
    kept.update(lambda now: now.model_copy(
        update={"model": model.model_copy(update=changed)}
    ))  # fmt: skip
    with pytest.raises(StudyError, match=said):
        write_script(kept, kept.made(recipe), tmp_path / "make.py")


def test_another_model_is_refused(tmp_path: Path) -> None:
    kept = Study(copy_of(1, tmp_path))
    [script] = write_script(kept, kept.made("int8"), tmp_path / "make.py")
    module = loaded(script)
    module.refuse_another(kept.folder / kept.index.model.file, module.PLAN)
    (tmp_path / "other.keras").write_bytes(b"another")
    with pytest.raises(SystemExit, match="not the model of the study"):
        module.refuse_another(tmp_path / "other.keras", module.PLAN)
