"""export/report/: tables, whose rows become cards where there is no room."""

from collections.abc import Sequence

from optimizer.export.report.markup import Markup, tag


def table(
    titles: Sequence[str],
    rows: Sequence[Sequence[Markup | str]],
    *,
    marked: int | None = None,
    class_: str | None = None,
) -> Markup:
    """A table; the first cell of each row is its name.

    Args:
        titles: Of the columns.
        rows: Cells; what is no `Markup` is escaped.
        marked: Which row stands out; None for none.
        class_: Of the table.
    """
    return tag(
        "div",
        tag(
            "table",
            tag("thead", tag("tr", *(tag("th", title, scope="col") for title in titles))),
            tag(
                "tbody",
                *(
                    tag(
                        "tr",
                        tag("th", first, scope="row"),
                        *(
                            tag("td", cell, data_label=title)
                            for cell, title in zip(cells, titles[1:], strict=True)
                        ),
                        class_="chosen" if place == marked else None,
                    )
                    for place, (first, *cells) in enumerate(rows)
                ),
            ),
            class_=class_,
        ),
        class_="table",
    )


def facts(pairs: Sequence[tuple[str, Markup | str]]) -> Markup:
    """Names and what is known of them."""
    return tag(
        "dl",
        *(tag("div", tag("dt", name), tag("dd", known)) for name, known in pairs),
        class_="facts",
    )
