"""optimizer/: a recipe, the chain of techniques that makes a variant, and its text form."""

import re
from dataclasses import dataclass
from enum import Enum

from pydantic import ValidationError

from optimizer.errors import RecipeError
from optimizer.techniques.registry import technique
from optimizer.techniques.technique import Conversion, Family, Technique

STEP = re.compile(r"\s*(?P<name>[a-z0-9_]+)\s*(?:\((?P<arguments>[^()]*)\))?\s*")
BASELINE_TEXT = "float32"


@dataclass(frozen=True)
class Recipe:
    """Training-time techniques in order, then exactly one conversion.

    `str(recipe)` is its text form, which `parse` reads back to the same recipe. Parameters at
    their default are left out, so equal recipes have equal texts.
    """

    steps: tuple[Technique, ...]

    def __post_init__(self) -> None:
        """Checks the order of the steps.

        Raises:
            RecipeError: there is no conversion, more than one, or it is not the last step.
        """
        kinds = [isinstance(step, Conversion) for step in self.steps]
        if not kinds or not kinds[-1]:
            raise RecipeError("A recipe ends with a conversion, such as int8 or float16. Add one.")
        if sum(kinds) > 1:
            names = ", ".join(step.name for step in self.steps if isinstance(step, Conversion))
            raise RecipeError(f"A recipe has exactly one conversion, but this has {names}.")

    @property
    def conversion(self) -> Conversion:
        """The last step."""
        step = self.steps[-1]
        assert isinstance(step, Conversion)  # noqa: S101 (checked in __post_init__)
        return step

    @property
    def family(self) -> Family:
        """Decides the colour."""
        return self.conversion.family

    @property
    def slug(self) -> str:
        """The text form made fit for a file name."""
        return re.sub(r"[^A-Za-z0-9.]+", "-", str(self)).strip("-")

    def __str__(self) -> str:
        return "+".join(_write(step) for step in self.steps)


def _write(step: Technique) -> str:
    changed = step.model_dump(exclude_defaults=True)
    if not changed:
        return step.name
    return f"{step.name}({','.join(f'{key}={_word(value)}' for key, value in changed.items())})"


def _word(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def parse(text: str) -> Recipe:
    """Reads a recipe such as `int8(io=uint8,calibration_samples=100)`.

    Raises:
        RecipeError: the text is no recipe; the message says what is wrong and what exists.
    """
    steps = []
    for part in _split(text):
        match = STEP.fullmatch(part)
        if not match:
            raise RecipeError(
                f"“{part.strip()}” is not a step. Expected a technique, optionally with "
                "parameters: int8(io=uint8)."
            )
        steps.append(build(match["name"], _arguments(match["arguments"] or "")))
    return Recipe(tuple(steps))


def build(name: str, parameters: dict[str, object]) -> Technique:
    """Makes one step from a technique's name and parameters.

    Raises:
        RecipeError: the technique or a parameter does not exist, or a value is not allowed.
    """
    kind = technique(name)
    try:
        return kind.model_validate(parameters)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            available = ", ".join(kind.model_fields) or "none"
            raise RecipeError(
                f"{name} has no parameter “{key}”. Available are: {available}."
            ) from error
        reason = str(first["msg"])
        raise RecipeError(
            f"{name}: {key} cannot be “{first['input']}”. {reason[:1].upper()}{reason[1:]}."
        ) from error


def _split(text: str) -> list[str]:
    """Splits at the plus signs outside parentheses."""
    return re.split(r"\+(?![^(]*\))", text)


def _arguments(text: str) -> dict[str, object]:
    arguments: dict[str, object] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = pair.partition("=")
        if not equals:
            raise RecipeError(f"“{pair}” is not a parameter. Expected name=value.")
        if key.strip() in arguments:
            raise RecipeError(f"“{key.strip()}” is given twice in ({text}). Keep one.")
        arguments[key.strip()] = value.strip()
    return arguments


BASELINE = parse(BASELINE_TEXT)
STANDARD = tuple(
    parse(text) for text in ("float16", "dynamic_range", "weight_only_int8", "int8", "int16x8")
)
"""What is tried beside the baseline when nothing else is said."""
