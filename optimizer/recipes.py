"""optimizer/: a recipe, the chain of techniques that makes a variant, and its text form."""

import re
from dataclasses import dataclass

from pydantic import ValidationError

from optimizer.data.dataset import DatasetRecord
from optimizer.errors import RecipeError
from optimizer.models.summary import ModelSummary
from optimizer.techniques.family import Family
from optimizer.techniques.packing import Packing
from optimizer.techniques.properties import Property
from optimizer.techniques.registry import kind_of
from optimizer.techniques.technique import Conversion, Technique
from optimizer.techniques.training_step import TrainingTime

STEP = re.compile(r"\s*(?P<name>[a-z0-9_]+)\s*(?:\((?P<arguments>[^()]*)\))?\s*")
BASELINE_TEXT = "float32"
LONGEST_SLUG = 100  # characters; file systems allow 255 bytes


@dataclass(frozen=True)
class Recipe:
    """Training-time techniques in order, exactly one conversion, and a packing or none.

    `str(recipe)` is its text form, which `parse` reads back to the same recipe. Parameters at
    their default are left out, so equal recipes have equal texts.
    """

    steps: tuple[Technique, ...]

    def __post_init__(self) -> None:
        """Checks the order of the steps.

        Raises:
            RecipeError: there is no conversion, more than one, or it is not the last step; or a
                step would undo one before it.
        """
        kinds = [_is_conversion(step) for step in self.steps]
        if not any(kinds):
            raise RecipeError("A recipe ends with a conversion, such as int8 or float16. Add one.")
        if sum(kinds) > 1:
            names = ", ".join(step.name for step in self.steps if isinstance(step, Conversion))
            raise RecipeError(f"A recipe has exactly one conversion, but this has {names}.")
        self._check_ends()
        if len(self.steps) > 1 and not self.conversion.after_training:
            other = next(step for step in self.steps if step is not self.conversion)
            where = "before" if self.training else "after"
            raise RecipeError(
                f"{self.conversion.name} is a finished file: no step can come {where} it. Leave "
                f"{other.name} out."
            )
        self._check_order()
        for step in self.training:
            step.check_place(self.given_before(step), self.conversion)

    @property
    def training(self) -> tuple[TrainingTime, ...]:
        """The steps before the conversion."""
        return tuple(step for step in self.steps if isinstance(step, TrainingTime))

    def given_before(self, step: TrainingTime) -> frozenset[Property]:
        """What the steps before one of its training steps gave the model."""
        before = self.training[: self.training.index(step)]
        return frozenset(earlier.gives for earlier in before if earlier.gives)

    def _check_ends(self) -> None:
        """Refuses steps behind the conversion, but for one packing."""
        packings = [step.name for step in self.steps if isinstance(step, Packing)]
        if len(packings) > 1:
            raise RecipeError(
                f"A recipe ends with one packing at most, but this has {', '.join(packings)}."
            )
        wanted = sorted(self.steps, key=_place)
        if list(map(_place, wanted)) != list(map(_place, self.steps)):
            last = (
                "The packing comes last, behind the conversion"
                if packings
                else ("The conversion comes last")
            )
            raise RecipeError(f"{last}: {'+'.join(step.name for step in wanted)}.")

    def _check_order(self) -> None:
        """Refuses a training step that stands twice, or undoes what one before it gave."""
        for at, step in enumerate(self.training):
            for before in self.training[:at]:
                if type(before) is type(step):
                    raise RecipeError(f"A recipe has {step.name} at most once. Leave one out.")
                if before.gives and not (before.gives.lasting or before.gives in step.keeps):
                    raise RecipeError(_undone(before, step))

    def check(self, model: ModelSummary, data: DatasetRecord) -> None:
        """Checks each step against the model and the data, before anything runs.

        Raises:
            RecipeError: one sentence that says what does not fit and what would.
        """
        for step in self.steps:
            reason = step.misfit(model, data)
            if reason:
                raise RecipeError(f"{step.name} cannot be used: {reason}.")
            step.check(model, data)

    def refusal(self, model: ModelSummary, data: DatasetRecord) -> str | None:
        """Why it cannot be run on this model and data, as a sentence; None if it can."""
        try:
            self.check(model, data)
        except RecipeError as error:
            return str(error)
        return None

    def foretold(self, model: ModelSummary) -> tuple[str, ...]:
        """What its training steps will do to a model, in sentences, before they start."""
        return tuple(filter(None, (step.foretold(model) for step in self.training)))

    @property
    def conversion(self) -> Conversion:
        """The step that makes a file."""
        return next(step for step in self.steps if isinstance(step, Conversion))

    @property
    def packing(self) -> Packing | None:
        """The step that makes that file smaller; None for none."""
        step = self.steps[-1]
        return step if isinstance(step, Packing) else None

    def converted_by(self, conversion: Conversion) -> "Recipe":
        """The same with another conversion.

        Raises:
            RecipeError: the other steps do not go with it.
        """
        return Recipe(
            tuple(conversion if isinstance(step, Conversion) else step for step in self.steps)
        )

    @property
    def family(self) -> Family:
        """Decides the colour: that of the last step that trains, or else of the conversion."""
        return (self.training or (self.conversion,))[-1].family

    @property
    def slug(self) -> str:
        """The text form made fit for a file name; a long one is cut."""
        return re.sub(r"[^A-Za-z0-9.]+", "-", str(self))[:LONGEST_SLUG].strip("-")

    def __str__(self) -> str:
        return "+".join(map(str, self.steps))


def _is_conversion(step: Technique) -> bool:
    return isinstance(step, Conversion)


def _place(step: Technique) -> int:
    return 2 if isinstance(step, Packing) else int(_is_conversion(step))


def _undone(first: TrainingTime, second: TrainingTime) -> str:
    undone = f"{second.name} after {first.name} would undo it."
    given = second.gives
    if given and not (given.lasting or given in first.keeps):  # nor the other way round
        return f"{undone} Leave one of them out."
    return f"{undone} Write {second.name}+{first.name}, in this order."


def parse(text: str) -> Recipe:
    """Reads a recipe such as `int8(io=uint8,calibration_samples=100)`.

    Raises:
        RecipeError: the text is no recipe; the message says what is wrong and what exists.
    """
    steps = []
    for part in parts(text):
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
    kind = kind_of(name)
    try:
        return kind.model_validate(parameters)
    except ValidationError as error:
        first = error.errors()[0]
        said = str(first["msg"]).removeprefix("Value error, ")
        reason = f"{said[:1].upper()}{said[1:]}"
        if not first["loc"]:  # of several parameters together
            raise RecipeError(f"{name}: {said}.") from error
        key = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            available = ", ".join(kind.declared()) or "none"
            raise RecipeError(
                f"{name} has no parameter “{key}”. Available are: {available}."
            ) from error
        if first["type"] == "missing":
            raise RecipeError(f"{name} needs {key}={kind.model_fields[key].title}.") from error
        raise RecipeError(f"{name}: {key} cannot be “{first['input']}”. {reason}.") from error


def parts(text: str) -> list[str]:
    """The texts of a recipe's steps: it is split at the plus signs outside parentheses."""
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
