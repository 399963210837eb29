"""dashboard/frames/: variants as cards, where a window is too narrow for a table."""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboard.server.downloads import url
from dashboard.state import selection, session
from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison
from optimizer.choose.on_device import several_devices
from optimizer.choose.proofs import Answer
from optimizer.export import numbers
from optimizer.export.short_names import short_names
from optimizer.store.study import Study

MOST = 12  # cards
VERDICTS = (Answer.HELD, Answer.OPEN, Answer.BROKEN)  # the most wanted first
NARROW = 640  # pixels, below which Streamlit puts columns below each other
TABLE, CARDS = "compare.wide", "compare.narrow"  # keys of the containers of both
STYLE = f"""<style>
@media (max-width: {NARROW}px) {{ .st-key-compare-wide {{ display: none }} }}
@media (min-width: {NARROW + 1}px) {{ .st-key-compare-narrow {{ display: none }} }}
.variant-card {{ border: 1px solid rgba(128, 128, 128, .4); border-radius: .5rem;
  padding: .6rem .8rem; margin-bottom: .6rem; overflow-wrap: anywhere }}
.variant-card.chosen {{ border: 2px solid currentcolor }}
.variant-card p {{ margin: .15rem 0 }}
.variant-card a {{ display: inline-block; color: inherit; padding: .35rem .8rem .35rem 0 }}
</style>"""


def show(
    study: Study, rows: Sequence[Comparison], choice: Choice, marks: Mapping[str, str]
) -> None:
    """The most wanted first; the style hides them where there is room for the table.

    Args:
        study: Whose variants they are.
        rows: Those that are shown.
        choice: Its verdicts.
        marks: What recipes are the best in.
    """
    names = short_names([row.variant.recipe for row in rows])
    ordered = most_wanted(rows, choice, marks)
    cards = [_card(study, row, names, choice, marks) for row in ordered[:MOST]]
    left = len(rows) - len(cards)
    if left:
        cards.append(f"<p>{left} more: filter, or open the page in a wider window.</p>")
    with st.container(key=CARDS):
        st.html(STYLE + "".join(cards))


def most_wanted(
    rows: Sequence[Comparison], choice: Choice, marks: Mapping[str, str]
) -> list[Comparison]:
    """The choice, those that are the best in something, then by verdict and size."""

    def rank(row: Comparison) -> tuple[bool, bool, int, int]:
        recipe = row.variant.recipe
        verdict = VERDICTS.index(choice.of(recipe).verdict)
        return recipe != choice.recipe, recipe not in marks, verdict, row.variant.size_bytes

    return sorted(rows, key=rank)


def _card(
    study: Study,
    row: Comparison,
    names: Mapping[str, str],
    choice: Choice,
    marks: Mapping[str, str],
) -> str:
    variant = row.variant
    recipe = variant.recipe
    chosen = " chosen" if recipe == selection.selected(study) else ""
    metric = variant.metric
    quality = ""
    if metric is not None:
        quality = numbers.metric(metric)
        if row.difference:
            quality += f" ({numbers.change(metric.name, row.difference)})"
    median = variant.latency.median_ms if variant.latency else None
    device = several_devices(study.index, variant)
    there = f" on {device}" if device else ""
    speed = ""
    if median:
        speed = f"{numbers.milliseconds(median)}{there}, {numbers.ratio(variant.latency)}"
    told = " · ".join(filter(None, (numbers.size(variant.size_bytes), quality, speed)))
    verdict = f"limits {choice.of(recipe).verdict.value}"
    said = " · ".join(filter(None, (verdict, marks.get(recipe, ""))))
    here = urlencode({session.PARAMETER: study.index.id, selection.PARAMETER: recipe})
    return (
        f'<div class="variant-card{chosen}"><p><b>{escape(names[recipe])}</b></p>'
        f"<p><small>{escape(said)}</small></p><p>{escape(told)}</p>"
        f'<a href="compare?{escape(here)}" target="_self">More of it</a>'
        f'<a href="{escape(url(study, variant))}" download>Download</a></div>'
    )
