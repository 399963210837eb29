"""measure/inside/targets/: where a file can run: one file a target, a table or a rule."""

from pathlib import Path

from optimizer.measure.inside.facts import Source
from optimizer.measure.inside.published_list import read_list
from optimizer.measure.inside.target import TARGETS
from optimizer.registry import discover

for _table in sorted(Path(__file__).parent.glob("*.json")):
    _list = read_list(_table)
    TARGETS.add(_list.key, _list, _list.rank)
discover(__name__, __path__)


def sources() -> frozenset[Source]:
    """What the judgements of all targets rest on."""
    return frozenset(judge((), (), ()).source for judge in TARGETS.values())


__all__ = ["TARGETS", "sources"]
