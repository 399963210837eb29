"""tasks/: a recipe's conversion, and the ways round it where a quantizer or the runtime refuses."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from optimizer.errors import ConversionError, LiteweighError, MeasurementError, RecipeError
from optimizer.recipes import Recipe
from optimizer.techniques.technique import Sources
from optimizer.words import listed

T = TypeVar("T")
MOST_NAMES = 6


@dataclass(frozen=True)
class MadeFile(Generic[T]):
    """What came of it.

    Attributes:
        recipe: What the file was made as: the recipe that was asked for, or the way round it.
        opened: What `open_it` made of the content.
        detours: What was refused and done otherwise, in sentences; empty where nothing was.
    """

    recipe: Recipe
    opened: T
    detours: tuple[str, ...] = ()


def make_file(recipe: Recipe, sources: Sources, open_it: Callable[[bytes], T]) -> MadeFile[T]:
    """Converts as the recipe says, or else by the first way round it that is not refused.

    Args:
        recipe: What was asked for.
        sources: What the conversion starts from.
        open_it: Shows that the runtime takes a file: called with the content of each.

    Raises:
        ConversionError: every way is refused; the message says why, and what could be tried.
        MeasurementError: there is no way round, and the file cannot be run.
    """
    refusals: list[tuple[Recipe, LiteweighError]] = []
    for way in (recipe, *_ways_round(recipe, ready=sources.saved_model is None)):
        if refusals:
            sources.report(f"Refused, so {way.conversion} is tried", 0.0)
        try:
            content = way.conversion.convert(sources)
            opened = open_it(content)
        except (ConversionError, MeasurementError) as error:
            refusals.append((way, error))
            continue
        return MadeFile(way, opened, _in_words(way, content, refusals))
    raise _all_refused(recipe, refusals)


def _ways_round(recipe: Recipe, *, ready: bool) -> Iterator[Recipe]:
    """Those that its training steps allow: another quantizer may throw away what they gave."""
    for conversion in recipe.conversion.ways_round(ready=ready):
        with suppress(RecipeError):
            yield recipe.converted_by(conversion)


def _in_words(
    way: Recipe, content: bytes, refusals: list[tuple[Recipe, LiteweighError]]
) -> tuple[str, ...]:
    if not refusals:
        return ()
    from optimizer.tflite.float_operators import float_operators  # noqa: PLC0415 (workers only)

    asked, error = refusals[0]
    left = sorted(float_operators(content)) if way.conversion.needs_calibration else []
    float_part = f", with {listed(left, MOST_NAMES)} in float" if left else ""
    return (
        f"{asked.conversion} was refused: {_reason(error)} "
        f"The file was made as {way.conversion} instead{float_part}.",
    )


def _all_refused(recipe: Recipe, refusals: list[tuple[Recipe, LiteweighError]]) -> LiteweighError:
    _, first = refusals[0]
    if len(refusals) == 1:
        hint = recipe.conversion.way_named
        if not hint or hint in str(first):
            return first
        return ConversionError(f"{first} {hint}")
    others = " ".join(
        f"{way.conversion} was tried too: {_reason(error)}" for way, error in refusals[1:]
    )
    return ConversionError(f"{_reason(first)} {others} {recipe.conversion.way_named}".rstrip())


def _reason(error: LiteweighError) -> str:
    """Why, as a sentence and without advice that was followed already."""
    text = str(getattr(error, "what", error))
    return text if text.endswith((".", "!", "?")) else f"{text}."
