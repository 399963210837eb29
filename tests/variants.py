"""tests: variants, comparisons and studies made by hand, so that every number is known."""

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.choose.choice import Choice, Proved
from optimizer.choose.comparison import Comparison
from optimizer.choose.proofs import Answer
from optimizer.choose.significance import Difference
from optimizer.data.dataset import DatasetRecord, InputRecord
from optimizer.data.labels import Task
from optimizer.measure.measurements import Environment, Fidelity, Latency, Metric
from optimizer.models.summary import LayerKind, TensorSpec
from optimizer.recipes import parse
from optimizer.store.limits import Limits
from optimizer.store.records import FloatReport, ModelRecord, StudyIndex, Variant
from optimizer.store.study import Study
from optimizer.tflite.facts import Boundary, FileContents
from tests.summaries import summary

SAMPLES = 8
SUMMARY = replace(
    summary(),
    name="tiny",
    version="3.15.1",
    inputs=(TensorSpec("image", (None, 4, 4, 1), "float32"),),
    outputs=(TensorSpec("probabilities", (None, 3), "float32"),),
    layers=(LayerKind("Dense", 2),),
    parameters=1234,
    macs=5678,
    size_bytes=90_000,
)


def accuracy(value: float | None) -> Metric:
    """An accuracy of 100 samples."""
    if value is None:
        return Metric("accuracy", None, None, None, 100)
    return Metric("accuracy", value, value - 0.05, value + 0.05, 100)


def latency(median: float, ratio: float = 1.0) -> Latency:
    """A latency whose ratio to the baseline is known to a hundredth."""
    return Latency(
        median, 1.1 * median, 1.2 * median, 0.9 * median, median, 9.0, 50, 0, 1,
        ratio, ratio - 0.01, ratio + 0.01, "precision",
    )  # fmt: skip


def variant(recipe: str, **changes: Any) -> Variant:
    """A variant of 100 KB, 90 % right, 1 ms."""
    slug = parse(recipe).slug
    fields: dict[str, Any] = {
        "recipe": recipe,
        "key": f"key of {recipe}",
        "file": f"variants/{slug}.tflite",
        "predictions": f"variants/{slug}.npz",
        "sha256": "0" * 64,
        "seconds": 1.23456,
        "size_bytes": 100_000,
        "gzip_bytes": 80_000,
        "contents": FileContents(
            {"CONV_2D": 2},
            10,
            20,
            0.25,
            30,
            {},
            ("FLOAT32",),
            ("FLOAT32",),
            None,
            (),
            (Boundary("image", "FLOAT32", None, None),),
            (Boundary("probabilities", "INT8", 1 / 256, -128),),
        ),
        "metric": accuracy(0.9),
        "fidelity": Fidelity(0.98, 40.0, 0.01),
        "latency": latency(1.0),
        "environment": Environment("A CPU", 2, "Linux", "3.11.7", {"keras": "3.15.1"}),
        "made": datetime(2026, 1, 2, tzinfo=timezone.utc),
    }
    return Variant(**{**fields, **changes})


def difference(value: float | None, p_value: float | None = 0.5) -> Difference:
    """A difference with an interval of ± 1 point."""
    if value is None:
        return Difference(None, None, None, None, None, 100, None)
    return Difference(value, value - 0.01, value + 0.01, p_value, p_value, 100, 0.3)


def row(made: Variant, compared: Difference | None = None) -> Comparison:
    """A variant beside the baseline."""
    return Comparison(made, parse(made.recipe), compared, "A verdict." if compared else "")


def choice(*verdicts: tuple[Variant, Answer]) -> Choice:
    """A choice with these verdicts, whose proofs are left out."""
    proved = tuple(Proved(made, (), verdict) for made, verdict in verdicts)
    return Choice(None, "none", Limits(), proved)


def dataset(**changes: Any) -> DatasetRecord:
    """Data of three classes that fit the model."""
    fields: dict[str, Any] = {
        "name": "pictures",
        "kind": "NumPy .npz",
        "task": Task.CLASSIFICATION,
        "classes": 3,
        "class_names": (),
        "inputs": (InputRecord("image", (4, 4, 1), "uint8", "float32", 0, 255),),
        "output": 0,
        "class_counts": (600, 500, 500),
        "training": 1000,
        "calibration": 100,
        "tuning": 200,
        "evaluation": 300,
        "scaling": "unit",
        "seed": 0,
        "digest": "digest",
    }
    return DatasetRecord(**{**fields, **changes})


def study(
    folder: Path, *variants: Variant, scores: list[npt.NDArray[Any]] | None = None, **changes: Any
) -> Study:
    """A study on disk with data of `SAMPLES` samples and these variants.

    Args:
        folder: Becomes the study; its name is the study's.
        variants: The baseline first.
        scores: Of each variant, one for each sample; by default every sample is right.
        changes: Fields of the index to change.
    """
    (folder / "variants").mkdir(parents=True)
    scores = scores or [np.ones(SAMPLES, bool)] * len(variants)
    for made, right in zip(variants, scores, strict=True):
        (folder / made.file).write_bytes(f"content of {made.recipe}".encode())
        np.savez(folder / made.predictions, scores=right)
    record = dataset(
        name="digits", class_counts=(6, 5, 5), training=4, calibration=1, tuning=3,
        evaluation=SAMPLES,
    )  # fmt: skip
    fields: dict[str, Any] = {
        "id": folder.name,
        "model": ModelRecord(summary=SUMMARY, digest="d", file="model/m", saved_model="model/s"),
        "dataset": record,
        "data_folder": "data/one",
        "float_report": FloatReport(scalings=(), keras=accuracy(0.91), chance=0.375),
        "variants": variants,
    }
    return Study.create(folder, StudyIndex(**{**fields, **changes}))
