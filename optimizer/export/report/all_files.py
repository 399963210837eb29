"""export/report/: what each file costs and buys: the chart, and the same in numbers."""

from collections.abc import Callable

from optimizer.choose.comparison import Comparison
from optimizer.choose.pareto import front
from optimizer.choose.recommend import best
from optimizer.export import numbers
from optimizer.export.charts.trade_off import VERDICT_LEGEND, legend, trade_off
from optimizer.export.report.markup import Markup, code, tag, text, value
from optimizer.export.report.tables import table
from optimizer.export.report.told import Told
from optimizer.measure.metrics import METRICS
from optimizer.words import counted

PLOT = "trade-off"  # the id of its place in the page
Column = tuple[str, Callable[[Comparison], Markup]]


def chart_data(told: Told) -> dict[str, object]:
    """The trade-off as plotly.js takes it."""
    marks = best(told.rows, told.choice).names(told.choice.recipe)
    selected = told.row.variant.recipe if told.row else None
    return trade_off(told.rows, told.choice, selected, named=marks)


def all_files(told: Told) -> Markup | None:
    """The chart and the table; nothing before there are variants."""
    if not told.rows:
        return None
    columns = _columns(told)
    shown = told.shown()
    more = len(told.rows) - len(shown)
    return tag(
        "section",
        tag("h2", "What each file costs and buys"),
        tag("div", id=PLOT, class_="plot"),
        tag("p", *_legend(told), class_="legend"),
        tag(
            "p",
            "Point at a dot to read it. Dots on the dotted line are the best for their cost; the "
            "shaded part is inside the limits.",
            class_="note screen",
        ),
        table(
            ("File", *(title for title, _ in columns)),
            [(code(told.names[row.variant.recipe]), *(cell(row) for _, cell in columns))
             for row in shown],
            marked=shown.index(told.row) if told.row else None,
            class_="files",
        ),
        tag("p", f"{counted(more, 'further file')} stand in results.json.") if more else None,
        tag("p", _intervals(told), class_="note"),
    )  # fmt: skip


def _legend(told: Told) -> list[Markup]:
    families = [("●", one.name, one.colour) for one in legend(told.rows)]
    marks = [(mark, meaning, colour) for colour, mark, meaning in VERDICT_LEGEND]
    return [
        tag("span", tag("i", mark, style=f"color:{colour}"), f" {meaning}")
        for mark, meaning, colour in (*families, *marks)
    ]


def _intervals(told: Told) -> str:
    said = "Intervals are of 95 %. " if any(row.variant.metric for row in told.rows) else ""
    bests = ", ".join(told.names[row.variant.recipe] for row in front(told.rows))
    return f"{said}Best in quality for its size (the Pareto front): {bests or 'nothing yet'}."


def _columns(told: Told) -> list[Column]:
    """What at least one file has."""
    rows = told.rows
    metric = next((row.variant.metric for row in rows if row.variant.metric), None)
    columns: list[Column] = [("Limits", lambda row: _verdict(row, told)), ("Size", _size)]
    columns.append(("After gzip", _gzip))
    if metric:
        columns += [(METRICS[metric.name].title, _metric), ("Change against float32", _change)]
    if any(row.variant.fidelity and row.variant.fidelity.agreement is not None for row in rows):
        columns.append(("Agrees with float32", _agreement))
    elif any(row.variant.fidelity and row.variant.fidelity.snr_db is not None for row in rows):
        columns.append(("Signal to noise", _noise))
    if any(row.variant.latency for row in rows):
        columns += [("Latency", _latency), ("Speed", _speed)]
    columns.append(("Arena", _arena))
    return columns


def _verdict(row: Comparison, told: Told) -> Markup:
    verdict = told.choice.of(row.variant.recipe).verdict.value
    return tag("span", verdict, class_=f"verdict {verdict}")


def _size(row: Comparison) -> Markup:
    return value(row.variant.size_bytes, numbers.size(row.variant.size_bytes))


def _gzip(row: Comparison) -> Markup:
    return value(row.variant.gzip_bytes, numbers.size(row.variant.gzip_bytes))


def _metric(row: Comparison) -> Markup:
    found = row.variant.metric
    return _with_interval(
        value(found.value if found else None, numbers.metric(found)), numbers.interval(found)
    )


def _change(row: Comparison) -> Markup:
    found, metric = row.difference, row.variant.metric
    if found is None or metric is None:
        return text(numbers.NONE)
    return _with_interval(
        value(found.value, numbers.change(metric.name, found)),
        numbers.change_interval(metric.name, found),
    )


def _agreement(row: Comparison) -> Markup:
    found = row.variant.fidelity
    agreement = found.agreement if found else None
    return value(agreement, numbers.share(agreement))


def _noise(row: Comparison) -> Markup:
    found = row.variant.fidelity
    noise = found.snr_db if found else None
    return value(noise, numbers.decibels(noise))


def _latency(row: Comparison) -> Markup:
    median = row.variant.latency.median_ms if row.variant.latency else None
    return value(median, numbers.milliseconds(median))


def _speed(row: Comparison) -> Markup:
    latency = row.variant.latency
    return value(latency.ratio if latency else None, numbers.ratio(latency))


def _arena(row: Comparison) -> Markup:
    return value(row.variant.contents.arena_bytes, numbers.size(row.variant.contents.arena_bytes))


def _with_interval(number: Markup, interval: str) -> Markup:
    if interval == numbers.NONE:
        return number
    return tag("span", number, " ", tag("small", interval))
