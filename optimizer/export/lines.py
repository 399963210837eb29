"""export/: a variant in one line, for a terminal."""

from optimizer.choose.comparison import Comparison
from optimizer.export import numbers
from optimizer.measure.measurements import Fidelity
from optimizer.measure.metrics import METRICS
from optimizer.store.records import Variant
from optimizer.words import MINUS, in_sentence

RECIPE_WIDTH = 28


def line(row: Comparison) -> str:
    """Its recipe, size, metric with the change from the baseline, latency and their ratio.

    Without labels agreement with the baseline and SNR stand in the metric's place.
    """
    variant = row.variant
    median = variant.latency.median_ms if variant.latency else None
    quality, change = numbers.metric(variant.metric), ""
    if variant.metric:
        change = numbers.change(variant.metric.name, row.difference)
    elif variant.fidelity:  # there are no labels: how near it is to float32 is all that is known
        quality = numbers.share(variant.fidelity.agreement)
        change = numbers.decibels(variant.fidelity.snr_db)
    return (
        f"{named(variant.recipe)} {numbers.size(variant.size_bytes):>8}  "
        f"{quality:>8} {change:>9}  "
        f"{numbers.milliseconds(median):>9} {numbers.ratio(variant.latency)}"
        f"{' (random inputs)' if variant.random_inputs else ''}"
    )


def after_training(variant: Variant, promises: str) -> tuple[str, ...]:
    """What is in a file whose recipe trained: zipped size, zeros, different weights, the audit.

    Args:
        variant: The variant; of one without training steps nothing is said.
        promises: The audit in words; empty where that is said elsewhere.
    """
    if not variant.training:
        return ()
    contents = variant.contents
    told = [f"{numbers.size(variant.gzip_bytes)} zipped"]
    if contents.sparsity is not None:
        told.append(f"{numbers.share(contents.sparsity)} zeros")
    if contents.unique_weights_max is not None:
        told.append(f"at most {contents.unique_weights_max:,} different weights in a tensor")
    return (f"{', '.join(told)}.{' ' if promises else ''}{promises}",)


def packed_in_words(variant: Variant) -> tuple[str, ...]:
    """What a packing did to a file, and what its numbers are of; empty of one without."""
    made = variant.packed
    if made is None:
        return ()
    arena = ""
    if made.arena_bytes is not None and made.unpacked_arena_bytes is not None:
        arena = (
            f" Its arena there is {numbers.size(made.arena_bytes)}, that of the unpacked file "
            f"{numbers.size(made.unpacked_arena_bytes)} (measured, on 64 bits)."
        )
    return (
        f"Packed from {numbers.size(made.unpacked_bytes)} to {numbers.size(variant.size_bytes)}. "
        f"In {made.runtime} it says the same as the unpacked file, bit for bit, on all "
        f"{made.samples:,} evaluation samples.{arena} The quality shown is the unpacked file’s, in "
        "LiteRT; there is no latency here, for LiteRT does not run it.",
    )


def by_output(variant: Variant) -> tuple[str, ...]:
    """What it reaches at each output, where several have labels of their own."""
    return tuple(
        f"“{one.output}”: {in_sentence(METRICS[one.metric.name].title)} "
        f"{numbers.metric(one.metric)} ({numbers.interval(one.metric)}){_near(one.fidelity)}"
        for one in variant.outputs
    )


def _near(near: Fidelity) -> str:
    """How near an output is to float32's; nothing where it is the same."""
    if near.agreement is not None and near.agreement < 1:
        return f", agrees with float32 on {numbers.share(near.agreement)}"
    return "" if near.snr_db is None else f", {numbers.decibels(near.snr_db)} beside float32"


def feeding(variant: Variant) -> tuple[str, ...]:
    """How to feed and read a file that takes or gives integers; empty for one of floats."""
    contents = variant.contents
    return (
        *(
            f"feed “{one.name}” as {one.dtype.lower()}: round(x / {one.scale:.6g})"
            f"{_added(one.zero_point)}, cut to the type"
            for one in contents.inputs
            if one.scale and one.zero_point is not None
        ),
        *(
            f"read “{one.name}”: (q{_added(-one.zero_point)}) × {one.scale:.6g}"
            for one in contents.outputs
            if one.scale and one.zero_point is not None
        ),
    )


def named(recipe: object) -> str:
    """A recipe at the beginning of a line, so that what follows stands below each other."""
    return f"{recipe!s:<{RECIPE_WIDTH}}"


def _added(number: int) -> str:
    """` + 3`, ` − 128`, or nothing for 0."""
    return f" {'+' if number > 0 else MINUS} {abs(number)}" if number else ""
