"""optimizer/: a sweep, one text for several recipes: from one value to another in steps."""

import re
from itertools import product
from math import prod

from optimizer.errors import RecipeError
from optimizer.recipes import STEP, Recipe, parse, parts
from optimizer.techniques.registry import kind_of

MOST = 100  # recipes of one text
DIGITS = 6  # of a float, as recipes write them
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
SWEPT = re.compile(
    rf"(?<=[(,])\s*(?P<name>[a-z0-9_]+)\s*=\s*(?P<low>{NUMBER})\.\.(?P<high>{NUMBER})/(?P<steps>\d+)"
    r"\s*(?=[),])"
)


def expand(text: str) -> tuple[Recipe, ...]:
    """The recipes that a text stands for; of one without a sweep it is that recipe.

    `low..high/steps` in the place of a number is each of so many values, evenly from `low` to
    `high`, both among them; those of whole numbers are rounded. Of several sweeps in a text every
    combination is meant.

    >>> [str(recipe) for recipe in expand("prune(final_sparsity=0.5..0.9/3)+int8")]
    ['prune+int8', 'prune(final_sparsity=0.7)+int8', 'prune(final_sparsity=0.9)+int8']

    Raises:
        RecipeError: the text or one of the recipes cannot be read, or there are too many.
    """
    each = [_each(part) for part in parts(text)]
    count = prod(map(len, each))
    if count > MOST:
        raise RecipeError(
            f"“{text}” stands for {count:,} recipes, and at most {MOST} can be made at once. Take "
            "fewer steps."
        )
    return tuple(dict.fromkeys(parse("+".join(chain)) for chain in product(*each)))


def swept(recipe: Recipe, step: str, parameter: str, low: float, high: float, steps: int) -> str:
    """The text that `expand` reads: a recipe in which one parameter takes several values.

    >>> swept(parse("prune(epochs=3)+int8"), "prune", "final_sparsity", 0.5, 0.9, 5)
    'prune(epochs=3,final_sparsity=0.5..0.9/5)+int8'

    Args:
        recipe: With the values of all other parameters.
        step, parameter: Names of the recipe's technique and of its number.
        low, high, steps: The first value, the last, and how many.
    """
    chain = []
    for one in recipe.steps:
        given = STEP.fullmatch(str(one))
        arguments = ((given and given["arguments"]) or "").split(",")
        if one.name == step:
            kept = [pair for pair in arguments if pair and not pair.startswith(f"{parameter}=")]
            kept.append(f"{parameter}={low:.{DIGITS}g}..{high:.{DIGITS}g}/{steps}")
            chain.append(f"{step}({','.join(kept)})")
        else:
            chain.append(str(one))
    return "+".join(chain)


def _each(part: str) -> list[str]:
    """A step once for each value of its sweeps."""
    match = STEP.fullmatch(part)
    found = list(SWEPT.finditer(part))
    if match is None or not found:
        return [part]
    fields = kind_of(match["name"]).model_fields
    values = []
    for sweep in found:
        field = fields.get(sweep["name"])
        whole = field is not None and field.annotation is int
        values.append([f"{sweep['name']}={value}" for value in _values(sweep, whole=whole)])
    made = []
    for chosen in product(*values):
        text, at = "", 0
        for sweep, value in zip(found, chosen, strict=True):
            text, at = text + part[at : sweep.start()] + value, sweep.end()
        made.append(text + part[at:])
    return made


def _values(sweep: re.Match[str], *, whole: bool) -> list[str]:
    low, high, steps = float(sweep["low"]), float(sweep["high"]), int(sweep["steps"])
    if not 2 <= steps <= MOST:
        raise RecipeError(
            f"{sweep['name']}: a sweep has 2 to {MOST} steps, not {steps:,}. Write "
            f"{sweep['name']}={sweep['low']}..{sweep['high']}/5 for five."
        )
    numbers = [low + (high - low) * place / (steps - 1) for place in range(steps)]
    return [str(round(value)) if whole else f"{value:.{DIGITS}g}" for value in numbers]
