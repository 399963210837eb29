"""export/report/: what to ship, in one sentence with its proof, and what it comes to."""

from collections.abc import Iterator

from optimizer.choose.choice import HELD, NONE, OPEN
from optimizer.choose.choice_in_words import in_words, sets_tried
from optimizer.choose.comparison import Comparison
from optimizer.export import numbers, warnings
from optimizer.export.report.markup import Markup, code, joined, tag, value
from optimizer.export.report.told import Told
from optimizer.measure.metrics import METRICS
from optimizer.words import number

VERDICTS = {HELD: "Proved", OPEN: "Not proved yet", NONE: "None holds"}


def answer(told: Told) -> Markup:
    """The head of a report."""
    index = told.index
    data = index.dataset.name if index.dataset and not index.dataset.synthetic else None
    about = " · ".join(dict.fromkeys(filter(None, (index.name, data))))
    said = [f"Before any number is believed: {one}" for one in warnings.of_study(index)]
    note = sets_tried(index)
    return tag(
        "header",
        tag("p", tag("span", "Liteweigh", class_="brand"), f" {about}", class_="eyebrow"),
        tag("h1", *_heading(told)),
        tag(
            "p",
            _badge(told),
            " ",
            in_words(told.choice, index),
            class_="lead",
        ),
        *(tag("p", one, class_="warning") for one in said),
        tag("p", note, class_="note") if note else None,
        _figures(told),
    )


def _badge(told: Told) -> Markup:
    if told.chosen and told.choice.nearest:  # the baseline, which loses nothing of itself
        return tag("span", "Nothing else is proved yet", class_=f"badge {OPEN}")
    verdict = told.choice.verdict
    return tag("span", VERDICTS[verdict], class_=f"badge {verdict}")


def _heading(told: Told) -> tuple[str, ...]:
    if told.row is None:
        return ("Nothing was made yet",)
    if not told.chosen:
        opened = told.choice.verdict == OPEN
        return ("No file is proved yet" if opened else "No file holds the limits",)
    if told.row is told.rows[0]:
        return ("Ship the model as it came",)
    return "Ship ", code(told.names[told.row.variant.recipe])


def _figures(told: Told) -> Markup | None:
    """The few numbers that everybody asks for, each beside the baseline's."""
    if told.row is None:
        return None
    return tag(
        "dl",
        *(
            tag("div", tag("dt", name), tag("dd", large), tag("dd", small, class_="beside"))
            for name, large, small in _numbers(told.row, told.rows[0])
        ),
        class_="figures",
    )


def _numbers(row: Comparison, first: Comparison) -> Iterator[tuple[str, Markup, Markup | str]]:
    made, before = row.variant, first.variant
    is_first = row is first
    size, larger = numbers.size(made.size_bytes), numbers.size(before.size_bytes)
    smaller = number(before.size_bytes / made.size_bytes, ".2g")
    yield (
        "Size",
        value(made.size_bytes, size),
        "of the file" if is_first else f"{smaller} × smaller than {larger}",
    )
    if made.metric:
        kind = METRICS[made.metric.name]
        changed = numbers.change(made.metric.name, row.difference)
        against = f"{changed} against {numbers.metric(before.metric)}"
        yield (
            kind.title,
            value(made.metric.value, numbers.metric(made.metric)),
            f"{made.metric.n:,} samples" if is_first else against,
        )
    elif made.fidelity and made.fidelity.agreement is not None and not is_first:
        agreement = made.fidelity.agreement
        yield "Agreement", value(agreement, numbers.share(agreement)), "with float32"
    elif made.fidelity and made.fidelity.snr_db is not None:
        noise = made.fidelity.snr_db
        yield "Signal to noise", value(noise, numbers.decibels(noise)), "beside float32"
    if made.latency and made.latency.median_ms is not None:
        median = made.latency.median_ms
        yield (
            "Latency",
            value(median, numbers.milliseconds(median)),
            "one thread" if is_first else f"{numbers.ratio(made.latency)}, one thread",
        )
    arena = made.contents.arena_bytes
    yield (
        "Arena",
        value(arena, numbers.size(arena)),
        "for activations"
        if is_first
        else joined(f"{numbers.size(before.contents.arena_bytes)} in float32"),
    )
