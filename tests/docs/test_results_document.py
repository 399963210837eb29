"""tests of docs/: docs/results.md describes `results.json` as it is written."""

import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import numpy as np
import pytest

from optimizer.data.labels import Task
from optimizer.devices.device import Device
from optimizer.devices.estimates import Estimate, MicroArena, NpuEstimate
from optimizer.devices.measured import DeviceRun, DeviceState, FileThere, OutputThere
from optimizer.export.provenance import ROLES
from optimizer.export.results import RESULTS_SCHEMA, write_results
from optimizer.measure.inside.targets import TARGETS
from optimizer.measure.measurements import (
    Component,
    Environment,
    Fidelity,
    Horizon,
    Memory,
    Nearness,
    OutputJudged,
)
from optimizer.measure.metrics import METRICS
from optimizer.store.records import Job, Status
from optimizer.store.tried import Lost, Tried, Weighed
from optimizer.techniques.packing import Packed
from tests.results_schema import DOCUMENT, documented, keys
from tests.variants import SAMPLES, accuracy, latency, study, variant

TYPES = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None),
    "object": dict, "list": list,
}  # fmt: skip


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`results.json` of a study in which everything was measured, and something failed."""
    elsewhere = Environment("Another CPU", 8, "Linux", "3.12.1", {"keras": "3.15.1"})
    quiet = DeviceState("ondemand", 1500.0, 2400.0, 50.0, 0, 0, 0, 0.1)
    measured: dict[str, Any] = {
        "others": (replace(accuracy(0.8), name="macro_f1"),),
        "horizons": (Horizon(1, replace(accuracy(0.8), name="mae"), accuracy(0.9)),),
        "tuning": accuracy(0.9),
        "near": (Nearness("pose", 38.2, 0.4, (Component(2, 1.71, 0.62, 12.1),)),),
        "outputs": (
            OutputJudged(
                "colour",
                "classification",
                accuracy(0.9),
                (replace(accuracy(0.8), name="macro_f1"),),
                Fidelity(0.99, 42.0, 0.01),
            ),
        ),
        "other_latencies": (replace(latency(0.3), threads=2, cpu_median_ms=None),),
        "memory": Memory(peak_bytes=42_000_000, model_bytes=3_000_000),
        "runs_on": {"integer_only": True, "gpu": None},
        "timed_on": elsewhere,
        "timed": datetime(2026, 1, 3, tzinfo=timezone.utc),
    }
    packed = Packed("tflite_micro", "TFLite Micro 1", 3, 400, 98_528, 53_712, 50_176, 40_176)
    kept = study(
        tmp_path_factory.mktemp("studies") / "whole",
        variant("float32", **measured),
        variant("prune+int8", **measured, packed=packed),
        scores=[np.ones(SAMPLES, bool), np.arange(SAMPLES) > 0],
        tried=[
            Tried(
                recipe="dynamic_range",
                key="k",
                weighed=Weighed(90_000, 80_000, 100, ("FLOAT32",), {}),
                tuning=accuracy(0.9),
                lost=Lost(0.001, 0.1, 0.9, 400),
                seconds=0.5,
            )
        ],
        devices=[Device("3f0c2a9b71de", "A CPU, 2 cores", "A CPU", 2, "Linux")],
        device_runs=[
            DeviceRun(
                id="9c1185a5c5e9fc54",
                device="3f0c2a9b71de",
                began=datetime(2026, 1, 4, tzinfo=timezone.utc),
                seconds=3.0,
                threads=1,
                environment=elsewhere,
                before=quiet,
                after=quiet,
                throttled=("It was hot.",),
                files=(
                    FileThere(
                        recipe="prune+int8",
                        sha256="0" * 64,
                        latency=latency(0.5),
                        memory=Memory(2, 1),
                        error=None,
                        outputs=(OutputThere(16, 0.01, 1.0, 0.0, 16),),
                        differs="",
                    ),
                ),
            )
        ],
        estimates=[
            Estimate(
                recipe="prune+int8",
                sha256="0" * 64,
                missing=(),
                micro=MicroArena("0.1", 2000, 1500, None),
                vela="5.2.0",
                npus=(NpuEstimate("ethos-u55-128", 500.0, 9, 0.1, 1, 2, 3, ("SOFTMAX",), None),),
            )
        ],
        jobs=[Job(id="a", recipe="int16x8", status=Status.FAILED, error="It does not fit.")],
    )
    return json.loads(write_results(kept).read_text())


def test_every_key_of_results_json_is_described_and_no_other(content: Any) -> None:
    written = {key for key, _ in keys(content)}
    assert written - set(documented()) == set(), "not described"
    assert set(documented()) - written == set(), "described, but not written"


def test_every_value_has_the_type_that_is_described(content: Any) -> None:
    lines = documented()
    done = {**content, "variants": [v for v in content["variants"] if v["status"] == "done"]}
    for key, value in keys(done):
        words = lines[key]["type"].split(" or ")
        allowed = [TYPES[word.partition(" of ")[0]] for word in words]
        fitting = [kind for kind in allowed if isinstance(value, kind)]  # type: ignore[arg-type]
        assert fitting, f"{key} is {value!r}, described as {lines[key]['type']}"
        assert not (isinstance(value, bool) and "boolean" not in words), key


def test_examples_are_json_of_the_type_beside_them() -> None:
    for key, line in documented().items():
        if not line["example"]:
            assert line["type"].partition(" ")[0] in {"object", "list", "string", "number"}, key
            continue
        value = json.loads(line["example"].strip("`"))
        words = [word.partition(" of ")[0] for word in line["type"].split(" or ")]
        assert any(isinstance(value, TYPES[word]) for word in words), key  # type: ignore[arg-type]


def test_the_document_says_which_schema_it_is() -> None:
    assert f"**schema {RESULTS_SCHEMA}**" in DOCUMENT.read_text()
    assert json.loads(documented()["schema"]["example"].strip("`")) == RESULTS_SCHEMA


def test_the_words_that_stand_for_tasks_metrics_roles_and_targets_are_all_there() -> None:
    text = DOCUMENT.read_text()
    words = [*(task.value for task in Task), *METRICS, *ROLES, *TARGETS]
    assert [word for word in words if f"`{word}`" not in text] == []
