"""tests of export/card/: what a card's YAML may hold, as the Hub documents it.

From github.com/huggingface/hub-docs: modelcard.md, docs/hub/model-cards.md and
docs/hub/repositories-licenses.md.
"""

from typing import Any

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


METRIC = _object(
    ["type", "value"], type=TEXT, value={"type": "number"}, name=TEXT, config=TEXT,
    args={"type": "object"}, verified={"type": "boolean"},
)  # fmt: skip
DATASET = _object(
    ["type", "name"], type=TEXT, name=TEXT, config=TEXT, split=TEXT, revision=TEXT,
    args={"type": "object"},
)  # fmt: skip
RESULT = _object(
    ["task", "dataset", "metrics"],
    task=_object(["type"], type=TEXT, name=TEXT),
    dataset=DATASET,
    metrics={"type": "array", "items": METRIC, "minItems": 1},
)
PIPELINES = ("image-classification", "image-segmentation", "object-detection")
"""Of the Hub's tasks those that can be told of a study."""


def documented(licences: tuple[str, ...]) -> dict[str, Any]:
    """The schema of the YAML of a card."""
    return _object(
        ["library_name", "tags"],
        language=TEXTS,
        license={"enum": list(licences)},
        license_name=TEXT,
        license_link=TEXT,
        library_name=TEXT,
        tags=TEXTS,
        datasets=TEXTS,
        metrics=TEXTS,
        base_model=TEXT,
        pipeline_tag={"enum": list(PIPELINES)},
        **{
            "model-index": {
                "type": "array",
                "items": _object(
                    ["name", "results"],
                    name=TEXT,
                    results={"type": "array", "items": RESULT, "minItems": 1},
                ),
            }
        },
    )
