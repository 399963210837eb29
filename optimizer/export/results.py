"""export/: `results.json`, the study in one file that other programs read.

docs/results.md describes every field. One that could not be measured is null; the first variant is
the baseline.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.choose.choice import Choice, choose
from optimizer.choose.choice_in_words import in_words
from optimizer.choose.comparison import Comparison, compare
from optimizer.choose.search_in_words import why_not_smaller
from optimizer.data.dataset import STANDARDIZE, DatasetRecord, read_columns
from optimizer.data.given_scaling import GIVEN, Affine
from optimizer.data.scaling import Columns
from optimizer.devices.boards import boards
from optimizer.devices.measured import DeviceRun
from optimizer.errors import StudyError
from optimizer.export import warnings
from optimizer.export.provenance import provenance
from optimizer.files.atomic import write_atomically
from optimizer.files.refusal import said_as
from optimizer.measure.environment import environment
from optimizer.store.device_runs import found_there
from optimizer.store.estimates import estimate_of, fits_of
from optimizer.store.records import Status, StudyIndex, Variant
from optimizer.store.study import Study
from optimizer.store.tried import Tried

RESULTS_SCHEMA = 2
RESULTS_FILE = "results.json"
STATUS = {Status.FAILED: "failed", Status.CANCELLED: "cancelled", Status.INTERRUPTED: "cancelled"}
LATENCY = (
    "threads", "xnnpack", "median_ms", "p90_ms", "p99_ms", "min_ms", "first_ms", "cpu_median_ms",
    "runs", "preempted", "ratio", "ratio_low", "ratio_high", "stopped_by",
)  # fmt: skip
MEASURED = "measured"
INTERRUPTED = "Interrupted: the program was stopped while it ran. Run it again."


def results(study: Study) -> dict[str, Any]:
    """The content of `results.json`; docs/results.md has its schema."""
    index = study.index
    summary, dataset, report = index.model.summary, index.dataset, index.float_report
    rows = compare(study)
    choice = choose(study, index.limits)
    of_keras = report.keras if report else None
    keras = of_keras if of_keras and of_keras.name == "accuracy" else None
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
            "output": summary.outputs[dataset.output].name if dataset else None,
            "assumed": dataset.assumed or None if dataset else None,
            "threshold": dataset.threshold if dataset else None,
            "false_alarms": dataset.false_alarms if dataset else None,
            "season": dataset.season if dataset else None,
            "naive_errors": list(dataset.naive_errors) if dataset else None,
            "reconstruction": dataset.reconstruction if dataset else None,
            "class_names": list(dataset.class_names) if dataset else None,
            "scaling": dataset.scaling if dataset else None,
            "scaling_values": _scaling_values(study, dataset) if dataset else None,
            "target_scaling": dataset.target_scaling if dataset else None,
            "head": str(dataset.head) if dataset and dataset.head else None,
            "letterbox": dataset.letterbox if dataset else None,
            "training": dataset.training if dataset else None,
            "calibration": dataset.calibration if dataset else None,
            "tuning": dataset.tuning if dataset else None,
            "evaluation": dataset.evaluation if dataset else None,
            "notes": list(dataset.notes) if dataset else None,
        },
        "environment": {
            "cpu": measured_on.cpu,
            "isolation": rows[0].variant.isolation if rows else None,
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
            "why_not_smaller": why_not_smaller(study, choice) or None,
        },
        "devices": [asdict(one) for one in index.devices],
        "device_runs": [_device_run(one) for one in index.device_runs],
        "tried": [_tried(one) for one in index.tried],
        "variants": [
            *(_done(row, index, choice) for row in rows),
            *map(_not_done, not_done(index)),
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


@dataclass(frozen=True)
class NotDone:
    """A recipe of which there is no variant.

    Attributes:
        recipe: The text form.
        status: `failed` or `cancelled`.
        error: Why, in a sentence or two.
    """

    recipe: str
    status: str
    error: str | None


def not_done(index: StudyIndex) -> list[NotDone]:
    """Recipes whose last job failed or was stopped, and of which there is no variant."""
    made = {variant.recipe for variant in index.variants}
    latest = {job.recipe: job for job in index.jobs}
    return [
        NotDone(
            recipe,
            STATUS[job.status],
            INTERRUPTED if job.status is Status.INTERRUPTED else job.error,
        )
        for recipe, job in latest.items()
        if recipe not in made and job.status in STATUS
    ]


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
        "remark": _pick(index.remark(variant.recipe), "pinned", "hidden", "note"),
        "size_bytes": variant.size_bytes,
        "gzip_bytes": variant.gzip_bytes,
        "arena_bytes": variant.contents.arena_bytes,
        "packed": variant.packed and {"how": MEASURED, **asdict(variant.packed)},
        "metric": _pick(metric, "name", "value", "low", "high", "n"),
        "difference": difference
        and {
            "value": difference.value,
            "low": difference.low,
            "high": difference.high,
            "p_value": difference.p_adjusted,
        },
        "fidelity": _pick(fidelity, "agreement", "snr_db", "max_error"),
        "near": [asdict(one) for one in variant.near],
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
        "device": variant.device,
        "devices": list(_on_devices(variant, index)),
        "microcontrollers": _on_chips(variant, index),
        "memory_bytes": variant.memory and variant.memory.peak_bytes,
        "metrics": [_pick(other, "name", "value", "low", "high", "n") for other in variant.others],
        "horizons": [asdict(one) for one in variant.horizons],
        "judged_outputs": [asdict(one) for one in variant.outputs],
        "random_inputs": variant.random_inputs,
        "sparsity": variant.contents.sparsity,
        "unique_weights_max": variant.contents.unique_weights_max,
        "operators": variant.contents.operators,
        "inputs": [asdict(one) for one in variant.contents.inputs],
        "outputs": [asdict(one) for one in variant.contents.outputs],
        "runs_on": variant.runs_on or None,
        "detours": list(variant.detours),
        "warnings": list(variant.warnings),
        "tuning": _pick(variant.tuning, "name", "value", "low", "high", "n"),
        "proofs": [
            asdict(proof) | {"verdict": proof.verdict.value}
            for proof in choice.of(variant.recipe).proofs
        ],
        "provenance": asdict(provenance(index, variant)),
    }


def _on_devices(variant: Variant, index: StudyIndex) -> Iterator[dict[str, Any]]:
    """What each device last measured of a variant's file, the one of `device` first."""
    nothing: dict[str, Any] = {
        "run": None, "error": None, "outputs": [], "differs": "", "throttled": [],
    }  # fmt: skip
    if variant.device and variant.latency:
        memory = variant.memory
        yield {
            "device": variant.device,
            "how": MEASURED,
            "latency": _pick(variant.latency, *LATENCY),
            "memory_bytes": memory and memory.peak_bytes,
            **nothing,
        }
    for device in index.devices:
        there = found_there(index, variant, device.id)
        if there is not None:
            run, file = there
            yield {
                "device": device.id,
                "how": MEASURED,
                "latency": _pick(file.latency, *LATENCY),
                "memory_bytes": file.memory and file.memory.peak_bytes,
                "run": run.id,
                "error": file.error,
                "outputs": [asdict(one) for one in file.outputs],
                "differs": file.differs,
                "throttled": list(run.throttled),
            }


def _on_chips(variant: Variant, index: StudyIndex) -> dict[str, Any] | None:
    """What is known of a variant's file on chips that are not here; None where nobody asked."""
    found = estimate_of(index, variant)
    if found is None:
        return None
    room = fits_of(variant, found, boards())
    return {
        "operators": sorted(variant.contents.operators),
        "missing": list(found.missing),
        "micro": found.micro
        and {"how": MEASURED, **asdict(found.micro), "tail_bytes": found.micro.tail_bytes},
        "boards": [
            {
                "name": one.board.name,
                "how": "rule",
                "fits": one.fits,
                "flash_left": one.flash_left,
                "ram_left": one.ram_left,
            }
            for one in room
        ],
        "vela": found.vela or None,
        "npus": [{"how": "estimated", **asdict(one)} for one in found.npus],
    }


def _device_run(run: DeviceRun) -> dict[str, Any]:
    """When and how a device ran a bundle; what it found is in the variants."""
    return {
        "id": run.id,
        "device": run.device,
        "began": run.began.isoformat(timespec="seconds"),
        "seconds": round(run.seconds, 3),
        "threads": run.threads,
        "os": run.environment.os,
        "versions": {"python": run.environment.python, **run.environment.versions},
        "before": asdict(run.before),
        "after": asdict(run.after),
        "throttled": list(run.throttled),
    }


def _tried(one: Tried) -> dict[str, Any]:
    """What a search learnt of a recipe on the tuning role."""
    weighed = one.weighed
    return {
        "recipe": one.recipe,
        "error": one.error,
        "size_bytes": weighed.size_bytes if weighed else None,
        "gzip_bytes": weighed.gzip_bytes if weighed else None,
        "arena_bytes": weighed.arena_bytes if weighed else None,
        "tuning": _pick(one.tuning, "name", "value", "low", "high", "n"),
        "lost": one.lost.value if one.lost else None,
        "seconds": round(one.seconds, 3),
    }


def _scaling_values(study: Study, dataset: DatasetRecord) -> list[dict[str, Any]] | None:
    """For each input what it loses and what divides it then; None where the scaling's name says it.

    They are what the user gave, or measured on the columns of a table.
    """
    columns = read_columns(study.data_folder) if dataset.scaling == STANDARDIZE else {}
    told: dict[int, Affine | Columns] = dict(columns)
    if dataset.scaling == GIVEN:
        told = {at: one for at, one in enumerate(dataset.affine()) if one is not None}
    values = [
        {
            "input": dataset.inputs[at].name,
            "mean": one.mean.ravel().tolist(),
            "std": np.where(one.std > 0, one.std, 1).ravel().tolist(),
        }
        for at, one in told.items()
    ]
    return values or None


def _pick(measured: object | None, *names: str) -> dict[str, Any] | None:
    return None if measured is None else {name: getattr(measured, name) for name in names}


def _not_done(job: NotDone) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("file", "sha256", "seconds", "size_bytes", "gzip_bytes", "arena_bytes", "metric",
         "difference", "fidelity", "near", "latency", "latencies", "device", "devices",
         "microcontrollers", "packed",
         "memory_bytes", "metrics", "horizons",
         "judged_outputs",
         "random_inputs", "sparsity", "unique_weights_max", "operators", "inputs", "outputs",
         "runs_on", "detours", "warnings", "tuning", "proofs", "provenance", "remark")
    )  # fmt: skip
    return {**asdict(job), **empty}
