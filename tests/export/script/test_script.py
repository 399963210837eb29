"""tests of export/script/: a script makes the same file where there is no Liteweigh."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from optimizer import sample
from optimizer.data.data_options import DataFiles
from optimizer.errors import StudyError
from optimizer.export.script.write import write_script
from optimizer.jobs.scheduler import Scheduler
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
    ("recipe", "said"),
    [("int8+lut", "scripts do not pack"), ("brought(called=a,sha256=0123456789abcdef)", "made")],
)
def test_what_no_script_makes_is_refused(recipe: str, said: str, tmp_path: Path) -> None:
    kept = study(tmp_path / "s", variant("float32"), variant(recipe))
    with pytest.raises(StudyError, match=said):
        write_script(kept, kept.made(recipe), tmp_path / "make.py")
