"""export/card/: what programs read of a card: YAML between two lines of dashes.

Its keys are those of the Hub's specification, github.com/huggingface/hub-docs, modelcard.md.
"""

import json
from collections.abc import Iterator
from typing import Any

from optimizer.data.labels import Task
from optimizer.export.files import safe_name
from optimizer.export.kits.inputs import picture_of
from optimizer.export.kits.texts import one_shown_line
from optimizer.measure.metrics import METRICS
from optimizer.store.records import StudyIndex, Variant

LIBRARY = "tflite"
TAGS = ("tflite", "litert", "liteweigh")
OF_PICTURES = {
    Task.CLASSIFICATION: "image-classification",
    Task.MULTI_LABEL: "image-classification",
    Task.PER_POSITION: "image-segmentation",
    Task.DETECTION: "object-detection",
}
"""What the Hub calls tasks; of other data it cannot be told."""


def metadata(index: StudyIndex, variant: Variant, licence: str | None) -> dict[str, Any]:
    """What a card says to programs.

    Args:
        index: Of the study.
        variant: The file that the card is for.
        licence: One of `LICENCES`; None leaves it out, for nobody but the owner can tell.
    """
    task = _task(index)
    results = list(_metrics(variant))
    told: dict[str, Any] = {"license": licence} if licence else {}
    told |= {"library_name": LIBRARY, "tags": list(TAGS)}
    if task:
        told["pipeline_tag"] = task
    if index.dataset is None or not results:
        return told
    named = [str(one["type"]) for one in results]
    name = one_shown_line(index.dataset.name) or "data"
    result = {
        "task": {"type": task or index.dataset.task.value},
        "dataset": {
            "type": safe_name(index.dataset.name, "data").lower(),
            "name": name,
            "split": "evaluation",
        },
        "metrics": results,
    }
    model = one_shown_line(index.name) or "model"
    return {**told, "metrics": named, "model-index": [{"name": model, "results": [result]}]}


def front_matter(told: dict[str, Any]) -> str:
    """The same as YAML. Texts are written as JSON has them, which YAML reads alike."""
    return "---\n" + "".join(_lines(told, "")) + "---\n"


def _task(index: StudyIndex) -> str | None:
    data = index.dataset
    if data is None or len(data.inputs) != 1 or picture_of(data.inputs[0], True) is None:
        return None
    return OF_PICTURES.get(data.task)


def _metrics(variant: Variant) -> Iterator[dict[str, Any]]:
    """As results.json names them; without labels how near the file is to float32."""
    for one in filter(None, (variant.metric, *variant.others)):
        if one.value is not None:
            yield {"type": one.name, "name": METRICS[one.name].title, "value": one.value}
    if variant.metric is not None or variant.fidelity is None:
        return
    near = variant.fidelity
    if near.agreement is not None:
        yield {"type": "agreement", "name": "Agreement with float32", "value": near.agreement}
    elif near.snr_db is not None:
        yield {"type": "snr_db", "name": "Signal to noise beside float32", "value": near.snr_db}


def _lines(told: Any, indent: str) -> Iterator[str]:
    if isinstance(told, dict):
        for key, value in told.items():
            if isinstance(value, dict | list):
                yield f"{indent}{key}:\n"
                yield from _lines(value, indent + "  ")
            else:
                yield f"{indent}{key}: {_scalar(value)}\n"
        return
    for item in told:
        if isinstance(item, dict):
            first, *rest = _lines(item, indent + "  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{indent}- {_scalar(item)}\n"


def _scalar(value: str | float) -> str:
    """YAML 1.1, which most readers speak, takes `1e-05` for a text: it wants the point."""
    written = json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and "e" in written and "." not in written:
        return written.replace("e", ".0e")
    return written
