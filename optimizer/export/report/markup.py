"""export/report/: pieces of HTML in which texts of others are texts, and nothing else.

Whatever is no `Markup` is escaped where it becomes part of one, so that nothing can be forgotten.
"""

import html

from optimizer.export import numbers
from optimizer.export.charts.text import UNSEEN
from optimizer.words import one_line

Child = str | None
LONGEST = 2000  # letters of one text: sentences are shorter
WITHOUT_END = frozenset({"meta", "line", "rect", "circle"})


class Markup(str):
    """HTML that is finished."""

    __slots__ = ()


def text(given: str, longest: int = LONGEST) -> Markup:
    """A text that shows as it is, on one line. Spaces at its ends part it from its neighbours.

    >>> text("<b>5 > 4</b> ")
    '&lt;b&gt;5 &gt; 4&lt;/b&gt; '
    """
    if isinstance(given, Markup):
        return given
    before, after = given[:1].isspace(), given[-1:].isspace()
    return Markup(f"{' ' * before}{_escaped(given, longest)}{' ' * after}")


def tag(name: str, /, *children: Child, **attributes: str | None) -> Markup:
    """An element; `class_` is its class, and `data_label` its `data-label`.

    >>> tag("p", "a < b", class_="note")
    '<p class="note">a &lt; b</p>'

    Args:
        name: Of the element.
        children: What is no `Markup` is escaped; None is left out.
        attributes: None is left out.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    begin = f"<{name}{given}>"
    if name in WITHOUT_END:
        return Markup(begin)
    return Markup(f"{begin}{joined(*children)}</{name}>")


def joined(*children: Child) -> Markup:
    """Several pieces after each other."""
    return Markup("".join(text(child) for child in children if child is not None))


def value(raw: float | None, shown: str) -> Markup:
    """A number as people read it, and behind it as `results.json` has it; a dash for None.

    >>> value(0.9271, "92.71 %")
    '<data value="0.9271">92.71 %</data>'
    """
    return text(numbers.NONE) if raw is None else tag("data", shown, value=repr(raw))


def code(name: str) -> Markup:
    """A name that somebody gave: of a recipe, a file, an operator."""
    return tag("code", name)


def _escaped(given: str, longest: int = LONGEST) -> str:
    return html.escape(UNSEEN.sub("�", one_line(given, longest)))
