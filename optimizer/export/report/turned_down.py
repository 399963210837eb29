"""export/report/: what was tried and not chosen, and why."""

from collections.abc import Iterator

from optimizer.choose.choice_in_words import in_the_way
from optimizer.choose.comparison import Comparison
from optimizer.choose.proofs import Answer
from optimizer.choose.search_in_words import lost_in_words, why_not_smaller
from optimizer.export import numbers
from optimizer.export.report.markup import Markup, code, tag, text, value
from optimizer.export.report.tables import table
from optimizer.export.report.told import Told
from optimizer.export.results import not_done
from optimizer.words import counted

MOST = 60  # of what a search tried, in a report
TITLES = ("Recipe", "Verdict", "Size", "Why not")
Row = tuple[Markup, Markup, Markup, Markup]


def turned_down(told: Told) -> Markup | None:
    """Nothing where nothing else was tried."""
    rows = [*_variants(told), *_failed(told)]
    searched = list(_searched(told))
    why = why_not_smaller(told.study, told.choice) if told.rows else ""
    if not rows and not searched:
        return None
    more = len(searched) - MOST
    return tag(
        "section",
        tag("h2", "What was tried, and why it was not chosen"),
        tag("p", f"Why not smaller: {why}") if why else None,
        table(TITLES, [*rows, *searched[:MOST]], class_="reasons"),
        tag("p", f"{counted(more, 'further recipe')} that a search tried are in results.json.")
        if more > 0
        else None,
    )


def _variants(told: Told) -> Iterator[Row]:
    for row in told.shown():
        if row is told.row and told.chosen:
            continue
        proved = told.choice.of(row.variant.recipe)
        verdict = proved.verdict.value
        yield (
            code(told.names[row.variant.recipe]),
            tag("span", verdict, class_=f"verdict {verdict}"),
            value(row.variant.size_bytes, numbers.size(row.variant.size_bytes)),
            text(_why(row, told)),
        )


def _why(row: Comparison, told: Told) -> str:
    """Why a variant was not chosen, in a sentence."""
    proved = told.choice.of(row.variant.recipe)
    if proved.verdict is Answer.HELD:
        chosen = told.choice.variant
        larger = chosen is not None and row.variant.size_bytes > chosen.size_bytes
        begin = "The model as it came. It" if row is told.rows[0] else "It"
        return f"{begin} holds the limits, and is {'larger' if larger else 'as large and slower'}."
    if proved.waits_for:
        waits = told.names[proved.waits_for]
        return f"Not tested: what is tested before it, {waits}, ended the testing."
    found = "; ".join(in_the_way(proved, told.choice, told.index))
    return f"{found[:1].upper()}{found[1:]}."


def _failed(told: Told) -> Iterator[Row]:
    for job in not_done(told.index):
        yield (
            code(job.recipe),
            tag("span", job.status, class_="verdict broken"),
            text(numbers.NONE),
            text(job.error or "It was stopped before it ended."),
        )


def _searched(told: Told) -> Iterator[Row]:
    """Of recipes that a search tried and made no variant of."""
    made = {row.variant.recipe for row in told.rows}
    for one in told.index.tried:
        if one.recipe in made:
            continue
        size = one.weighed.size_bytes if one.weighed else None
        reason = one.error or "Not judged."
        if one.lost:
            lost = lost_in_words(one, told.index)
            reason = f"{lost[:1].upper()}{lost[1:]}."
        yield (
            code(told.names[one.recipe]),
            tag("span", "searched", class_="verdict"),
            value(size, numbers.size(size)),
            text(reason),
        )
