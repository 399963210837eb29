"""cli/: a retrained model beside the study that it follows: `liteweigh run NEW --like STUDY`."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from optimizer.choose.decide import decide
from optimizer.choose.succession import Successor, gate
from optimizer.cli.terminal import Terminal
from optimizer.export import numbers
from optimizer.export.lines import named
from optimizer.face import OpenStudy
from optimizer.recipes import BASELINE_TEXT, Recipe, parse
from optimizer.store.records import Variant
from optimizer.store.study import read_index
from optimizer.techniques.registry import TECHNIQUES


def recipes_of(folder: Path) -> list[Recipe]:
    """What was run in a study, as its variants stand there; files that were brought are left out.

    Raises:
        StudyError: there is no study.
    """
    recipes = [parse(one.recipe) for one in read_index(folder.resolve()).variants]
    return [
        one for one in recipes if str(one) != BASELINE_TEXT and one.conversion.name in TECHNIQUES
    ]


class Succession:
    """What each recipe made of both models, and whether the new choice may follow; looked at once.

    Attributes:
        may_follow, why: See `choose.succession.gate`.
    """

    def __init__(self, opened: OpenStudy, earlier: Path) -> None:
        """Looks at a study whose jobs have ended.

        Raises:
            StudyError: see `OpenStudy.beside`.
        """
        self._earlier, self._found = earlier, opened.beside(earlier)
        self.may_follow, self.why = gate(decide(opened.study), self._found)

    def tell(self, terminal: Terminal) -> None:
        """In words."""
        for text in _lines(self._found):
            terminal.say(text)
        verb = "may follow" if self.may_follow else "may not follow"
        terminal.say(f"{verb} {self._earlier}: {self.why}")

    def document(self) -> dict[str, object]:
        """For another program, under `like`; docs/results.md describes it."""
        variants = [
            {
                "recipe": one.recipe,
                "before": _of(one.before),
                "now": _of(one.after),
                "difference": asdict(one.difference) if one.difference else None,
                "verdict": one.verdict,
                "worse": one.worse,
            }
            for one in self._found
        ]
        name = self._earlier.resolve().name
        told = {"study": name, "may_follow": self.may_follow, "why": self.why}
        return {"like": {**told, "variants": variants}}


def _of(variant: Variant) -> dict[str, object]:
    metric = (
        {"name": variant.metric.name, "value": variant.metric.value} if variant.metric else None
    )
    return {"sha256": variant.sha256, "size_bytes": variant.size_bytes, "metric": metric}


def _lines(found: list[Successor]) -> Iterator[str]:
    for one in found:
        sides = (one.before, one.after)
        values = " → ".join(numbers.metric(side.metric) for side in sides)
        bytes_ = " → ".join(numbers.size(side.size_bytes) for side in sides)
        yield f"{named(one.recipe)} before → now: {values}, {bytes_}: {one.verdict}"
