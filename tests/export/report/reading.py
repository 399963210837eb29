"""tests of export/report/: reads a report as a browser would, with Python's own parser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input"}


@dataclass
class Element:
    """An element of a page."""

    name: str
    attributes: dict[str, str | None]
    children: list["Element | str"] = field(default_factory=list)

    def all(self, name: str, class_: str | None = None) -> list["Element"]:
        """Elements of a name below it, in their order."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                classes = (child.attributes.get("class") or "").split()
                if name == child.name and (class_ is None or class_ in classes):
                    found.append(child)
                found += child.all(name, class_)
        return found

    @property
    def text(self) -> str:
        """What a reader sees."""
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    @property
    def value(self) -> float | None:
        """The number behind what is seen; None where there is none."""
        [*found] = self.all("data")
        return float(found[0].attributes["value"] or "nan") if found else None


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.top = Element("", {})
        self.open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, dict(attrs))
        self.open[-1].children.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> ends <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Element:
    """The page; every element that begins must end, in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.top], "something does not end"
    return reader.top


def cells(page: Element, class_: str) -> dict[str, dict[str, Element]]:
    """A table by the name of its rows and columns."""
    [table] = page.all("table", class_)
    titles = [title.text for title in table.all("thead")[0].all("th")][1:]
    [body] = table.all("tbody")
    return {
        row.all("th")[0].text: dict(zip(titles, row.all("td"), strict=True))
        for row in body.all("tr")
    }
