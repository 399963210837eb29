"""export/: short names of recipes, where the full text has no room: what tells neighbours apart."""

import re
from collections import defaultdict
from collections.abc import Sequence

from optimizer.techniques.registry import kind_of

LONGEST = 32  # characters; a shorter recipe is its own name
LEFT_OUT = "…"
STEP = re.compile(r"([a-z0-9_]+)(?:\(([^()]*)\))?")  # of a text form, which is read back by `parse`


def short_names(recipes: Sequence[str]) -> dict[str, str]:
    """A name for each recipe, no two alike: of a long one, the parameters that differ.

    Recipes of the same techniques are neighbours. A parameter that all of them share is left out,
    and one in which they differ is there by its value, in the same order in all.

    >>> short_names(["int8", "prune(final_sparsity=0.7,epochs=9)+int8"])
    {'int8': 'int8', 'prune(final_sparsity=0.7,epochs=9)+int8': 'prune(…)+int8'}

    Args:
        recipes: In their text form, no two alike.
    """
    chains: dict[tuple[str, ...], list[str]] = defaultdict(list)
    given = {text: _given(text) for text in recipes}
    for text, steps in given.items():
        chains[tuple(name for name, _ in steps)].append(text)
    names = {}
    for chain, neighbours in chains.items():
        differing = [
            _differing([given[text][place][1] for text in neighbours])
            for place in range(len(chain))
        ]
        for text in neighbours:
            names[text] = text if len(text) <= LONGEST else _short(given[text], differing)
    return {text: names[text] for text in recipes}


def _given(text: str) -> list[tuple[str, dict[str, str]]]:
    """Each step with the parameters that its text gives."""
    return [
        (name, dict(pair.split("=", 1) for pair in arguments.split(",") if pair))
        for name, arguments in STEP.findall(text)
    ]


def _differing(arguments: Sequence[dict[str, str]]) -> list[str]:
    """In which parameters neighbours differ; one that is not given has its default."""
    names = dict.fromkeys(name for given in arguments for name in given)
    return [name for name in names if len({given.get(name) for given in arguments}) > 1]


def _short(steps: Sequence[tuple[str, dict[str, str]]], differing: Sequence[list[str]]) -> str:
    parts = []
    for (step, given), names in zip(steps, differing, strict=True):
        values = [given.get(name) or _default(step, name) for name in names]
        if set(given) - set(names):
            values.append(LEFT_OUT)
        parts.append(f"{step}({','.join(values)})" if values else step)
    return "+".join(parts)


def _default(step: str, name: str) -> str:
    value = kind_of(step).model_fields[name].default
    return str(getattr(value, "value", value)).lower()
