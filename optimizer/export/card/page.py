"""export/card/: what people read of a card."""

from collections.abc import Iterator

from optimizer.choose.choice import Choice
from optimizer.choose.choice_in_words import in_the_way, in_words, loss_in_words
from optimizer.choose.comparison import Comparison
from optimizer.choose.foreign import timed_on
from optimizer.choose.proofs import Answer
from optimizer.export import numbers, warnings
from optimizer.export.card.markdown import plain, row
from optimizer.export.files import download_name
from optimizer.export.kits.texts import code_span
from optimizer.export.limits_in_words import limits_in_words
from optimizer.export.lines import feeding
from optimizer.export.provenance import moment, provenance
from optimizer.measure.metrics import METRICS
from optimizer.store.records import StudyIndex, Variant
from optimizer.words import listed

MOST_NAMES = 40  # classes
USE = """```python
import numpy as np
from ai_edge_litert.interpreter import Interpreter

interpreter = Interpreter("{file}")
interpreter.allocate_tensors()
for place in interpreter.get_input_details():
    interpreter.set_tensor(place["index"], np.zeros(place["shape"], place["dtype"]))  # your values
interpreter.invoke()
answers = [interpreter.get_tensor(place["index"]) for place in interpreter.get_output_details()]
```"""


def page(index: StudyIndex, row_of: Comparison, first: Comparison, choice: Choice) -> str:
    """Markdown about one file of a study.

    Args:
        index: Of the study.
        row_of: The file.
        first: The baseline.
        choice: Under the study's limits.
    """
    variant = row_of.variant
    parts = [
        f"# {plain(index.name)}, {code_span(variant.recipe)}",
        _about(index, variant),
        *(f"**Warning:** {plain(one)}" for one in (*warnings.of_study(index), *variant.warnings)),
        "## How good it is",
        _table(row_of, first),
        _proof(index, variant, choice),
        "## How to use it",
        USE.format(file=download_name(index, variant)),
        "\n".join(_inputs(index, variant)),
        "## What it was judged on",
        _data(index),
        "## What is not known",
        "How it does on data of another kind than these, and on other devices than the one named. "
        "Whom it may harm, and where it should not be used, only those who know its purpose can "
        "say: add it here.",
        "## Where the numbers come from",
        "\n".join(_origin(index, variant)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _about(index: StudyIndex, variant: Variant) -> str:
    summary = index.model.summary
    trained = ", after further training," if variant.training else ""
    return (
        f"A `.tflite` of {numbers.size(variant.size_bytes)} for LiteRT (TensorFlow Lite), made of "
        f"{plain(summary.name)} ({plain(summary.format)}, {numbers.size(summary.size_bytes)})"
        f"{trained} by Liteweigh with the recipe {code_span(variant.recipe)}."
    )


def _table(made: Comparison, first: Comparison) -> str:
    lines = [row("", "this file", "95 % interval", "float32, as it came"), "|---|---|---|---|"]
    this, before = made.variant, first.variant
    others = {one.name: one for one in before.others}
    for one, other in (
        (this.metric, before.metric),
        *((one, others.get(one.name)) for one in this.others),
    ):
        if one is not None and one.value is not None:
            lines.append(
                row(
                    f"{plain(METRICS[one.name].title)}, {one.n:,} samples",
                    numbers.metric(one),
                    numbers.interval(one),
                    numbers.metric(other),
                )
            )
    medians = [each.latency.median_ms if each.latency else None for each in (this, before)]
    lines += [
        row("Size", numbers.size(this.size_bytes), numbers.NONE, numbers.size(before.size_bytes)),
        row(
            "Size after gzip", numbers.size(this.gzip_bytes), numbers.NONE,
            numbers.size(before.gzip_bytes),
        ),
        row(
            "Arena", numbers.size(this.contents.arena_bytes), numbers.NONE,
            numbers.size(before.contents.arena_bytes),
        ),
        row(
            f"Latency, one thread of {plain(timed_on(this).cpu)}", numbers.milliseconds(medians[0]),
            numbers.NONE, numbers.milliseconds(medians[1]),
        ),
    ]  # fmt: skip
    return "\n".join(lines)


def _proof(index: StudyIndex, variant: Variant, choice: Choice) -> str:
    """What is proved of this file under the limits."""
    proved = choice.of(variant.recipe)
    limits = f"The limits: {plain(limits_in_words(index))}."
    if choice.recipe == variant.recipe:
        return f"{limits} It is the choice. {plain(in_words(choice, index))}"
    if proved.verdict is Answer.HELD:
        return f"{limits} It holds them: {plain(loss_in_words(proved.loss, choice, index))}."
    said = "; ".join(in_the_way(proved, choice, index))
    if proved.waits_for:
        said = f"its turn in the testing comes after {proved.waits_for}"
    what = "breaks them" if proved.verdict is Answer.BROKEN else "is not proved to hold them"
    return f"{limits} It {what}: {plain(said)}."


def _inputs(index: StudyIndex, variant: Variant) -> Iterator[str]:
    data = index.dataset
    for one in variant.contents.inputs:
        yield f"- input {code_span(one.name)}: {one.dtype.lower()}"
    for one in variant.contents.outputs:
        yield f"- output {code_span(one.name)}: {one.dtype.lower()}"
    for line in feeding(variant):
        yield f"- {plain(line)}"
    if data is not None and not data.synthetic and any(data.scaled):
        yield f"- It expects inputs scaled so: {plain(data.meaning())}."
    if data is not None and data.class_names:
        yield f"- Classes, in their order: {plain(listed(data.class_names, MOST_NAMES))}"


def _data(index: StudyIndex) -> str:
    data = index.dataset
    if data is None or data.synthetic:
        return "There were no data: size and latency are all that is known."
    return (
        f"{data.evaluation:,} evaluation samples of {plain(data.name)} that nothing else looked "
        f"at. Further training had {data.training:,}, the ranges of integers {data.calibration:,}, "
        f"and the choice of recipes {data.tuning:,} samples. What the model itself was trained on "
        "is not known here: add it."
    )


def _origin(index: StudyIndex, variant: Variant) -> Iterator[str]:
    found = provenance(index, variant)
    versions = {"Python": found.made_on.python, **found.made_on.versions}
    yield f"- Made {moment(found.made)} on {plain(found.made_on.cpu)}"
    yield f"- Seeds: {', '.join(f'{name} {seed}' for name, seed in found.seeds.items())}"
    yield f"- Versions: {', '.join(f'{plain(name)} {plain(v)}' for name, v in versions.items())}"
    for what, digest in found.sha256.items():
        yield f"- SHA-256 of the {what}: {code_span(digest)}"
