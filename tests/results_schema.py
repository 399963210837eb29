"""The schema of `results.json` as docs/results.md describes it, for whatever test writes one."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).parents[1] / "docs" / "results.md"
LINE = re.compile(
    r"^\| `(?P<key>[^`]+)` \| (?P<type>[^|]*) \|[^|]*\|[^|]*\| ?(?P<example>.*?) ?\|$"
)
# Objects whose names are those of libraries, operators, targets, steps or roles.
NAMED = ("versions", "operators", "runs_on", "parameters", "seeds", "samples", "sha256")


@lru_cache(maxsize=1)
def documented() -> dict[str, re.Match[str]]:
    """Every line of the document's tables, by its key."""
    lines = [LINE.match(line) for line in DOCUMENT.read_text().splitlines()]
    found = [line for line in lines if line]
    assert len({line["key"] for line in found}) == len(found), "a key stands there twice"
    return {line["key"]: line for line in found}


def keys_of(place: str) -> set[str]:
    """The keys of an object at a place: "" is the whole, `variants[]` a variant."""
    parts = [key.rpartition(".") for key in documented()]
    return {name for parent, _, name in parts if parent == place}


def keys(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every key within a value with what it holds, as the document writes keys."""
    for inside, item in objects(value, place):
        named = inside.rpartition(".")[2] in NAMED
        for key, held in item.items():
            yield f"{inside}.{'*' if named else key}".lstrip("."), held


def objects(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object within a value, by its place; a step's parameters are looked at no further."""
    if isinstance(value, list):
        for item in value:
            yield from objects(item, f"{place}[]") if isinstance(item, dict) else ()
    elif isinstance(value, dict):
        yield place, value
        named = place.rpartition(".")[2] in NAMED
        for key, item in value.items():
            if not place.endswith("parameters"):
                yield from objects(item, f"{place}.{'*' if named else key}".lstrip("."))


def check_schema(content: Any) -> None:
    """Every object has every key that docs/results.md describes, and no other."""
    for place, held in objects(content):
        if place.rpartition(".")[2] in NAMED:
            assert keys_of(place) <= {"*"}, place
        else:
            assert set(held) == keys_of(place), place or "the whole"
    for made in content["variants"]:
        assert made["status"] in {"done", "failed", "cancelled"}
        assert (made["latencies"] is None) == (made["latency"] is None)
