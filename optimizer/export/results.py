"""export/: `results.json`, the study in one file that other programs read.

docs/results.md describes every field. One that could not be measured is null; the first variant is
the baseline.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from optimizer.choose.choice import Choice, choose
from optimizer.choose.choice_in_words import in_words
from optimizer.choose.comparison import Comparison, compare
from optimizer.errors import StudyError
from optimizer.export import warnings
from optimizer.export.provenance import provenance
from optimizer.files.atomic import write_atomically
from optimizer.files.refusal import said_as
from optimizer.measure.environment import environment
from optimizer.store.records import Job, Status, StudyIndex
from optimizer.store.study import Study

RESULTS_SCHEMA = 2
RESULTS_FILE = "results.json"
STATUS = {Status.FAILED: "failed", Status.CANCELLED: "cancelled", Status.INTERRUPTED: "cancelled"}
LATENCY = (
    "threads", "xnnpack", "median_ms", "p90_ms", "p99_ms", "min_ms", "first_ms", "cpu_median_ms",
    "runs", "preempted", "ratio", "ratio_low", "ratio_high", "stopped_by",
)  # fmt: skip
INTERRUPTED = "Interrupted: the program was stopped while it ran. Run it again."


def results(study: Study) -> dict[str, Any]:
    """The content of `results.json`; docs/results.md has its schema."""
    index = study.index
    summary, dataset, report = index.model.summary, index.dataset, index.float_report
    rows = compare(study)
    choice = choose(study, index.limits)
    made = {row.variant.recipe for row in rows}
    of_keras = report.keras if report else None
    keras = of_keras if of_keras and of_keras.name == "accuracy" else None
    latest = {job.recipe: job for job in index.jobs}
    measured_on = rows[0].variant.environment if rows else environment()
    threads = [row.variant.latency.threads for row in rows if row.variant.latency]
    return {
        "schema": RESULTS_SCHEMA,
        "model": {
            "name": summary.name,
            "format": summary.format,
            "parameters": summary.parameters,
            "size_bytes": summary.size_bytes,
            "keras_accuracy": keras.value if keras else None,
            "notes": list(summary.notes),
        },
        "dataset": {
            "name": dataset.name if dataset else None,
            "task": dataset.task.value if dataset else None,
            "threshold": dataset.threshold if dataset else None,
            "class_names": list(dataset.class_names) if dataset else None,
            "scaling": dataset.scaling if dataset else None,
            "target_scaling": dataset.target_scaling if dataset else None,
            "training": dataset.training if dataset else None,
            "calibration": dataset.calibration if dataset else None,
            "tuning": dataset.tuning if dataset else None,
            "evaluation": dataset.evaluation if dataset else None,
            "notes": list(dataset.notes) if dataset else None,
        },
        "environment": {
            "cpu": measured_on.cpu,
            "threads": threads[0] if threads else None,
            "versions": {"python": measured_on.python, **measured_on.versions},
        },
        "warnings": list(warnings.of_study(index)),
        "limits": choice.limits.model_dump(),
        "choice": {
            "recipe": choice.recipe,
            "verdict": choice.verdict,
            "reason": in_words(choice, index),
            "losses_tried": len(index.tried_losses),
        },
        "variants": [
            *(_done(row, index, choice) for row in rows),
            *(_not_done(job) for recipe, job in latest.items()
              if recipe not in made and job.status in STATUS),
        ],
    }  # fmt: skip


def write_results(study: Study) -> Path:
    """Writes `results.json` into the study folder and returns its path.

    Raises:
        StudyError: the disk does not take it.
    """
    path = study.folder / RESULTS_FILE
    content = json.dumps(results(study), indent=1, allow_nan=False).encode()
    with said_as(StudyError):
        write_atomically(path, content)
    return path


def _done(row: Comparison, index: StudyIndex, choice: Choice) -> dict[str, Any]:
    variant, difference = row.variant, row.difference
    metric, fidelity, latency = variant.metric, variant.fidelity, variant.latency
    return {
        "recipe": variant.recipe,
        "status": "done",
        "error": None,
        "file": variant.file,
        "sha256": variant.sha256,
        "seconds": round(variant.seconds, 3),
        "size_bytes": variant.size_bytes,
        "gzip_bytes": variant.gzip_bytes,
        "arena_bytes": variant.contents.arena_bytes,
        "metric": _pick(metric, "name", "value", "low", "high", "n"),
        "difference": difference
        and {
            "value": difference.value,
            "low": difference.low,
            "high": difference.high,
            "p_value": difference.p_adjusted,
        },
        "fidelity": _pick(fidelity, "agreement", "snr_db", "max_error"),
        "latency": _pick(
            latency,
            "median_ms",
            "p90_ms",
            "p99_ms",
            "cpu_median_ms",
            "runs",
            "threads",
            "ratio",
            "ratio_low",
            "ratio_high",
        ),
        "latencies": latency
        and [_pick(each, *LATENCY) for each in (latency, *variant.other_latencies)],
        "memory_bytes": variant.memory and variant.memory.peak_bytes,
        "metrics": [_pick(other, "name", "value", "low", "high", "n") for other in variant.others],
        "random_inputs": variant.random_inputs,
        "sparsity": variant.contents.sparsity,
        "unique_weights_max": variant.contents.unique_weights_max,
        "operators": variant.contents.operators,
        "inputs": [asdict(one) for one in variant.contents.inputs],
        "outputs": [asdict(one) for one in variant.contents.outputs],
        "runs_on": variant.runs_on or None,
        "warnings": list(variant.warnings),
        "tuning": _pick(variant.tuning, "name", "value", "low", "high", "n"),
        "proofs": [
            asdict(proof) | {"verdict": proof.verdict.value}
            for proof in choice.of(variant.recipe).proofs
        ],
        "provenance": asdict(provenance(index, variant)),
    }


def _pick(measured: object | None, *names: str) -> dict[str, Any] | None:
    return None if measured is None else {name: getattr(measured, name) for name in names}


def _not_done(job: Job) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("file", "sha256", "seconds", "size_bytes", "gzip_bytes", "arena_bytes", "metric",
         "difference", "fidelity", "latency", "latencies", "memory_bytes", "metrics",
         "random_inputs", "sparsity", "unique_weights_max", "operators", "inputs", "outputs",
         "runs_on", "warnings", "tuning", "proofs", "provenance")
    )  # fmt: skip
    error = INTERRUPTED if job.status is Status.INTERRUPTED else job.error
    return {"recipe": job.recipe, "status": STATUS[job.status], "error": error, **empty}
