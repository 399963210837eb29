"""tests of export/: `results.json`, as other programs read it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from optimizer.data.boxes.head import Head, Layout, parse_head
from optimizer.data.given_scaling import GivenScaling
from optimizer.export.results import results, write_results
from optimizer.measure.inside.targets import TARGETS
from optimizer.measure.measurements import Fidelity, Latency, Memory, Metric
from optimizer.store.records import Job, Status
from optimizer.store.study import Study
from tests.results_schema import check_schema, keys_of
from tests.variants import SAMPLES, accuracy, dataset, latency, study, variant


@pytest.fixture
def measured(tmp_path: Path) -> Study:
    """A baseline, an int8 that has one of eight samples wrong, and jobs that ended otherwise."""
    wrong_once = np.ones(SAMPLES, bool)
    wrong_once[3] = False
    jobs = [
        Job(id="a", recipe="int8", status=Status.DONE),
        Job(id="b", recipe="int16x8", status=Status.CANCELLED),
        Job(id="c", recipe="int16x8", status=Status.FAILED, error="It does not fit."),
        Job(id="d", recipe="float16", status=Status.INTERRUPTED),
    ]
    kept = study(
        tmp_path / "measured",
        variant("float32"),
        variant("int8", latency=latency(0.5, 0.5)),
        scores=[np.ones(SAMPLES, bool), wrong_once],
        jobs=jobs,
    )
    kept.add_job(Job(id="e", recipe="dynamic_range", status=Status.RUNNING))
    return kept


def test_the_file_has_the_keys_of_the_schema_and_the_baseline_first(measured: Study) -> None:
    content = json.loads(write_results(measured).read_text())
    check_schema(content)
    assert [made["recipe"] for made in content["variants"]][:2] == ["float32", "int8"]
    assert content["variants"][0]["difference"] is None
    assert content["variants"][0]["latency"]["ratio"] == 1.0


def test_numbers_are_the_measured_ones(measured: Study) -> None:
    content = results(measured)
    int8 = content["variants"][1]
    assert int8["metric"] == vars(accuracy(0.9))
    difference = int8["difference"]
    assert difference["value"] == -1 / SAMPLES
    assert difference["low"] < difference["value"] < difference["high"]
    assert difference["p_value"] == 1.0, "one sample may change by chance"
    assert int8["latency"]["median_ms"] == 0.5
    assert int8["arena_bytes"] == 20
    assert int8["operators"] == {"CONV_2D": 2}
    assert content["model"]["keras_accuracy"] == 0.91
    assert content["dataset"]["evaluation"] == SAMPLES
    assert content["environment"]["versions"] == {"python": "3.11.7", "keras": "3.15.1"}


def test_a_scaling_that_no_name_says_stands_in_numbers(tmp_path: Path) -> None:
    given = dataset(scaling="given", given=GivenScaling((127.5,), (63.75,)))
    kept = study(tmp_path / "given", variant("float32"), dataset=given)
    found = json.loads(write_results(kept).read_text())["dataset"]
    assert found["scaling"] == "given"
    assert found["scaling_values"] == [{"input": "image", "mean": [127.5], "std": [63.75]}]


def test_how_boxes_are_read_stands_as_the_command_line_takes_it(tmp_path: Path) -> None:
    head = Head(Layout.YOLO, (0,), unit="640", nms=0.7)
    kept = study(tmp_path / "boxes", variant("float32"), dataset=dataset(head=head))
    found = json.loads(write_results(kept).read_text())["dataset"]["head"]
    layout, given = parse_head(found)
    assert layout is Layout.YOLO
    assert (given["outputs"], given["unit"], given["nms"]) == ((0,), "640", 0.7)


def test_every_setting_in_which_latency_was_measured_is_listed(tmp_path: Path) -> None:
    all_cores = replace(latency(0.3), threads=4)
    without_xnnpack = replace(latency(2.0), xnnpack=False)
    kept = study(
        tmp_path / "settings",
        variant(
            "float32",
            other_latencies=(all_cores, without_xnnpack),
            memory=Memory(peak_bytes=42_000_000, model_bytes=3_000_000),
        ),
    )
    content = json.loads(write_results(kept).read_text())
    check_schema(content)
    [baseline] = content["variants"]
    settings = [(each["threads"], each["xnnpack"]) for each in baseline["latencies"]]
    assert settings == [(1, True), (4, True), (1, False)]
    assert [each["median_ms"] for each in baseline["latencies"]] == [1.0, 0.3, 2.0]
    assert baseline["memory_bytes"] == 42_000_000


def test_what_did_not_end_well_is_listed_with_its_reason_and_nulls(measured: Study) -> None:
    others = {made["recipe"]: made for made in results(measured)["variants"][2:]}
    assert set(others) == {"int16x8", "float16"}, "a running job is no result"
    assert others["int16x8"]["status"] == "failed", "the last try counts"
    assert others["int16x8"]["error"] == "It does not fit."
    assert others["float16"]["status"] == "cancelled"
    assert "Interrupted" in others["float16"]["error"]
    said = {"recipe", "status", "error"}
    assert all(
        made[key] is None for made in others.values() for key in keys_of("variants[]") - said
    )


def test_what_was_not_measured_is_null_and_never_missing(tmp_path: Path) -> None:
    unmeasured = {"metric": None, "fidelity": None, "latency": None}
    kept = study(
        tmp_path / "bare",
        variant("float32", **unmeasured),
        variant("int8", **{**unmeasured, "latency": Latency.of_failure(1)}),
    )
    content = json.loads(write_results(kept).read_text())
    check_schema(content)
    baseline, int8 = content["variants"]
    assert baseline["metric"] is baseline["fidelity"] is baseline["latency"] is None
    assert baseline["latencies"] is baseline["memory_bytes"] is None
    assert int8["latency"]["median_ms"] is None
    assert content["environment"]["threads"] == 1


def test_where_a_variant_runs_is_told_and_null_where_nobody_looked(tmp_path: Path) -> None:
    runs_on = {**dict.fromkeys(TARGETS, True), "gpu": None}
    kept = study(tmp_path / "targets", variant("float32"), variant("int8", runs_on=runs_on))
    content = json.loads(write_results(kept).read_text())
    check_schema(content)
    assert [made["runs_on"] for made in content["variants"]] == [None, runs_on]


def test_outputs_that_are_not_numbers_leave_valid_json(tmp_path: Path) -> None:
    kept = study(
        tmp_path / "nan",
        variant("float32"),
        variant("int8", metric=accuracy(None), fidelity=Fidelity(None, None, None)),
    )
    content = json.loads(write_results(kept).read_text())
    int8 = content["variants"][1]
    assert int8["metric"]["value"] is None
    assert int8["difference"]["value"] is None


def test_a_study_without_data_has_nulls_for_them(tmp_path: Path) -> None:
    kept = study(tmp_path / "no-data", dataset=None, data_folder=None, float_report=None)
    content = json.loads(write_results(kept).read_text())
    check_schema(content)
    assert set(content["dataset"].values()) == {None}
    assert content["variants"] == []


def test_keras_accuracy_is_null_where_the_metric_is_another(tmp_path: Path) -> None:
    kept = study(tmp_path / "regression", variant("float32", metric=None))
    report = kept.index.float_report
    assert report is not None
    balanced = report.model_copy(update={"keras": Metric("balanced_accuracy", 0.9, 0.8, 1.0, 100)})
    kept.update(lambda index: index.model_copy(update={"float_report": balanced}))
    assert results(kept)["model"]["keras_accuracy"] is None
