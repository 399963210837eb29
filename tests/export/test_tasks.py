"""tests of export/: everything that leaves is made of a table, of two heads, and of pictures with a
class a pixel too, and opened by what is not ours."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard
from jsonschema import validate

from optimizer.data.data_options import DataFiles
from optimizer.export.card.licences import LICENCES
from optimizer.export.card.write import write_card
from optimizer.export.kits import KITS
from optimizer.export.kits.contents import DOCUMENT, MODEL
from optimizer.export.report.write import write_report
from optimizer.export.results import results
from optimizer.export.script.write import write_script
from optimizer.jobs.scheduler import Scheduler
from optimizer.measure.metrics import METRICS
from optimizer.recipes import parse
from optimizer.store.study import Study
from tests.export import small_tasks
from tests.export.card.documented import documented
from tests.export.kits.test_cpp import build
from tests.export.kits.test_micro import ARM, GXX, compile_all
from tests.export.kits.unpacked import Unpack, unpacked
from tests.export.report.reading import cells, read
from tests.export.script.clean import ran
from tests.export.test_metadata import NODE, read_by_netron
from tests.terminal import Terminal

pytestmark = pytest.mark.slow
RECIPES = ("float32", "int8")
ORIGINALS: dict[str, tuple[Path, Path]] = {}
"""By the id of a study its model and data as the user has them."""
needs_compiler = pytest.mark.skipif(GXX is None, reason="there is no g++")


@pytest.fixture(
    scope="module",
    params=[small_tasks.table, small_tasks.two_heads, small_tasks.pixels],
    ids=lambda make: make.__name__,
)
def study(
    request: pytest.FixtureRequest, scheduler: Scheduler, tmp_path_factory: pytest.TempPathFactory
) -> Study:
    """A study with float32 and int8."""
    make: Callable[[Path], small_tasks.Made] = request.param
    folder = tmp_path_factory.mktemp(make.__name__)
    model, data, options = make(folder)
    model.save(folder / "model.keras")
    made = scheduler.open_model(folder / "model.keras", "model").result()
    made = scheduler.add_data(made, DataFiles(data), "data", options).result()
    ORIGINALS[made.index.id] = folder / "model.keras", data
    scheduler.start(made, [parse("int8")])
    scheduler.wait(made)
    assert [one.recipe for one in made.index.variants] == list(RECIPES)
    return made


@pytest.fixture(scope="module")
def unpack(study: Study, scheduler: Scheduler, tmp_path_factory: pytest.TempPathFactory) -> Unpack:
    """Gives the folder of a kit of that study."""
    return unpacked(study, scheduler, tmp_path_factory.mktemp("kits"))


def test_a_script_makes_the_same_file(study: Study, clean: Path, tmp_path: Path) -> None:
    kept = study.made("int8")
    script, *_ = write_script(study, kept, tmp_path / "make.py")
    model, data = ORIGINALS[study.index.id]
    files = [model, data] if "MODEL DATA" in script.read_text("utf-8") else [model]
    assert "the same file as in the study" in ran(clean, tmp_path, script, *files)
    [made] = tmp_path.glob("*.tflite")
    assert hashlib.sha256(made.read_bytes()).hexdigest() == kept.sha256


@needs_compiler
@pytest.mark.parametrize("recipe", RECIPES)
def test_vectors_hold_in_python_and_cpp(study: Study, unpack: Unpack, recipe: str) -> None:
    python, cpp = unpack(recipe, "python"), unpack(recipe, "cpp")
    build(cpp)
    for folder, command in (
        (python, [sys.executable, "test_vectors.py"]),
        (cpp, ["./test_vectors"]),
    ):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("off by 0\n") == 3 * len(study.index.model.summary.outputs)


@pytest.mark.parametrize("target", list(KITS))
def test_every_kit_has_the_measured_file(study: Study, unpack: Unpack, target: str) -> None:
    folder = unpack("float32", target) / KITS[target].assets
    variant = study.made("float32")
    assert (folder / MODEL).read_bytes() == (study.folder / variant.file).read_bytes()
    document = json.loads((folder / DOCUMENT).read_text("utf-8"))
    assert len(document["vectors"]) == 3
    assert len(document["outputs"]) == len(study.index.model.summary.outputs)


@pytest.mark.parametrize(
    ("compiler", "options"),
    [
        pytest.param(GXX, (), id="g++", marks=needs_compiler),
        pytest.param(
            ARM, ("-mcpu=cortex-m4", "-mthumb"), id="cortex-m4",
            marks=pytest.mark.skipif(ARM is None, reason="there is no arm-none-eabi-g++"),
        ),
    ],
)  # fmt: skip
def test_the_kit_for_microcontrollers_compiles(
    unpack: Unpack, compiler: str, options: tuple[str, ...]
) -> None:
    compile_all(unpack("int8", "tflite_micro"), compiler, *options)


def test_a_report_has_the_numbers_of_results_json(study: Study, tmp_path: Path) -> None:
    page = read(write_report(study, tmp_path / "report.html").read_text("utf-8"))
    told = results(study)["variants"]
    table = cells(page, "files")
    assert len(table) == len(told) == len(RECIPES)
    for row, one in zip(table.values(), told, strict=True):
        assert row["Size"].value == one["size_bytes"]
        assert row["Latency"].value == one["latency"]["median_ms"]
        assert row[METRICS[one["metric"]["name"]].title].value == one["metric"]["value"]
        change = one["difference"]
        assert row["Change against float32"].value == (change and change["value"])
    assert study.index.name in page.text


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_hub_reads_a_cards_numbers(study: Study, tmp_path: Path, recipe: str) -> None:
    [expected] = [one for one in results(study)["variants"] if one["recipe"] == recipe]
    file = write_card(study, study.made(recipe), tmp_path / "README.md", "MIT")
    card: Any = ModelCard.load(file)
    found = {one.metric_type: one.metric_value for one in card.data.eval_results}
    metrics = [expected["metric"], *expected["metrics"]]
    assert found == {one["name"]: one["value"] for one in metrics if one["value"] is not None}
    validate(yaml.safe_load(str(card).split("---\n")[1]), documented(LICENCES))


@pytest.mark.skipif(NODE is None, reason="there is no node")
def test_netron_reads_the_metadata(study: Study, terminal: Terminal, tmp_path: Path) -> None:
    copy = tmp_path / "study"
    shutil.copytree(study.folder, copy)
    file = tmp_path / "described.tflite"
    said = terminal("metadata", copy, "int8", "--out", file)
    assert said.returncode == 0, said.stderr
    [graph] = read_by_netron(file)["subgraph_metadata"]
    summary = study.index.model.summary
    assert [one["name"] for one in graph["input_tensor_metadata"]] == [
        one.name for one in summary.inputs
    ]
    assert len(graph["output_tensor_metadata"]) == len(summary.outputs)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            assert archive.testzip() is None
