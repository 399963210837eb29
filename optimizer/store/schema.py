"""store/: the number that a study's index carries, and the way from an older index to today's.

Whoever changes what an index holds, by one field or many, raises the number: an earlier version
then says that the study is newer, and does not take it for damaged.

1. `python -m tests.store.golden.make` keeps a study that the code as it is before has written;
2. `SCHEMA` rises by one, and `STEPS` gets the step from the number before, a pure function;
3. `python -m tests.store.golden.stored_form` writes down today's fields.

One number does for all changes between two releases. `tests/store/test_golden.py` holds one to it.
"""

import reprlib
from collections.abc import Callable
from typing import Any

SCHEMA = 3
Index = dict[str, Any]


class NewerSchemaError(ValueError):
    """An index was written by a later version, whose fields this one cannot know."""


def upgraded(content: object) -> Index:
    """What a `study.json` of any schema holds, in today's form.

    The number is read before anything else: only it says what the rest means.

    Args:
        content: The file as `json.loads` gives it; it is not changed.

    Raises:
        NewerSchemaError: its number is higher than today's; the message says both.
        ValueError: it is no index; the message says why, in a phrase.
    """
    if not isinstance(content, dict):
        raise ValueError("it holds no object")
    number = content.get("schema_version")
    if type(number) is not int or number < 1:  # a bool is no number here
        found = reprlib.repr(number) if "schema_version" in content else "nothing"
        raise ValueError(f"schema_version is {found}, expected a whole number from 1")
    if number > SCHEMA:
        raise NewerSchemaError(f"schema {number}; this one reads up to {SCHEMA}")
    index: Index = content
    try:
        for older in range(number, SCHEMA):
            index = STEPS[older](index) | {"schema_version": older + 1}
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"it does not hold what schema {number} has") from error
    return index


def _from_1(index: Index) -> Index:
    """Each technique says which layers it cannot reach; and what nothing ever read is gone.

    That is when a job was queued, and the cosine between a variant's outputs and the baseline's.
    """
    model = index["model"]
    summary = model["summary"]
    fits = [_with_obstacles(fit) for fit in summary["fits"]]
    return index | {
        "jobs": [_without(job, "queued") for job in index["jobs"]],
        "model": model | {"summary": summary | {"fits": fits}},
        "variants": [_without_cosine(variant) for variant in index["variants"]],
    }


def _without_cosine(variant: Index) -> Index:
    fidelity = variant["fidelity"]
    return variant | {"fidelity": fidelity and _without(fidelity, "cosine")}


def _with_obstacles(fit: Index) -> Index:
    """What can be done with a layer, where three techniques had a field of their own."""
    steps = ("prune", "cluster", "qat")
    return _without(fit, *steps) | {"obstacles": {step: fit[step] for step in steps}}


def _without(fields: Index, *names: str) -> Index:
    return {name: value for name, value in fields.items() if name not in names}


def _from_2(index: Index) -> Index:
    """Only what Liteweigh itself had timed was known, of no device that ran a bundle."""
    return index | {"device_runs": [], "estimates": []}


STEPS: dict[int, Callable[[Index], Index]] = {1: _from_1, 2: _from_2}
"""For each older schema the step to the next; it gets an index of that schema and gives a new one.
"""
