"""tests of tasks/: the server knows every task and loads nothing that only workers need."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from optimizer.tasks.open_model import OpenModel
from optimizer.tasks.read_data import ReadData

ROOT = Path(__file__).parents[2]
LIST = """
import importlib, json, pkgutil, sys
from optimizer.workers.work import Work
import optimizer.jobs, optimizer.store, optimizer.workers
for room in (optimizer.jobs, optimizer.store, optimizer.workers):
    for module in pkgutil.iter_modules(room.__path__, room.__name__ + "."):
        importlib.import_module(module.name)
tasks = [kind.__name__ for kind in Work.__subclasses__()]
print(json.dumps([tasks, sorted(name.partition(".")[0] for name in sys.modules)]))
"""
HEAVY = {"tensorflow", "keras", "tf_keras", "tensorflow_model_optimization", "ai_edge_litert",
         "litert_quantizer", "scipy", "h5py", "flatbuffers", "pandas", "pyarrow", "PIL",
         "streamlit", "plotly"}  # fmt: skip
TASKS = {
    "DescribeFile", "EstimateDevices", "GatherBundle", "GatherKit", "ListOperators", "MakeVariant",
    "MeasureSensitivity", "OpenModel", "ReadData", "ReadDeviceResult", "ReinterpretData",
    "RunSample", "TimeVariants", "TryRecipe", "WeightHistograms",
}  # fmt: skip


def test_what_workers_load_while_the_user_chooses_exists() -> None:
    for kind in (OpenModel, ReadData):
        assert kind.needs_tensorflow
        assert kind.preload
        assert all(find_spec(name) for name in kind.preload)


def test_jobs_and_tasks_load_nothing_heavy() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LIST], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tasks, modules = json.loads(run.stdout)
    assert set(tasks) == TASKS, "a task that jobs do not start, or a new one to be named here"
    assert not HEAVY & set(modules)
