"""tests of store/: the fields that a study's index has, one a line, as text to compare.

    python -m tests.store.golden.stored_form

writes those of today. It is run when the number of the schema was raised.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from optimizer.store.records import StudyIndex
from optimizer.store.schema import SCHEMA
from tests.store.golden import HERE


def stored_form() -> list[str]:
    """Every field of `study.json` with its types: `variants[].latency.runs: integer`."""
    schema = StudyIndex.model_json_schema()
    return sorted(set(_lines(schema, schema.get("$defs", {}), "")))


def form_file(schema: int) -> Path:
    """Where the fields of a schema are kept."""
    return HERE / f"schema-{schema}.fields.txt"


def _lines(node: dict[str, Any], kinds: dict[str, Any], path: str) -> Iterator[str]:
    if "$ref" in node:
        node = kinds[node["$ref"].rpartition("/")[2]]
    for choice in node.get("anyOf", ()):
        yield from _lines(choice, kinds, path)
    for name, field in node.get("properties", {}).items():
        yield from _lines(field, kinds, f"{path}.{name}" if path else name)
    for inside, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(node.get(inside), dict):
            yield from _lines(node[inside], kinds, path + mark)
    for value in node.get("enum", ()):
        yield f"{path}: {value!r}"
    if "type" in node and not {"properties", "enum"} & set(node):
        yield f"{path}: {node['type']}"


if __name__ == "__main__":
    form_file(SCHEMA).write_text("\n".join(stored_form()) + "\n")
