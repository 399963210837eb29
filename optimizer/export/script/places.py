"""export/script/: places of samples as a short text, `0-199,205,300-340`; scripts read it."""

from collections.abc import Iterable

import numpy as np

from optimizer.arrays import Indices

WIDTH = 90


def read_places(text: str) -> Indices:
    """The places, in their order."""
    found: list[int] = []
    for run in filter(None, text.split(",")):
        first, _, last = run.partition("-")
        found += range(int(first), int(last or first) + 1)
    return np.array(found, np.int64)


def places_text(places: Iterable[int]) -> str:
    """What `read_places` reads: runs of places that follow each other, from first to last."""
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1][1] = int(place)
        else:
            runs.append([int(place), int(place)])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def written_places(places: Iterable[int]) -> str:
    """The text as Python, a line after the other."""
    lines, line = [], ""
    for run in places_text(places).split(","):
        if len(line) + len(run) > WIDTH:
            lines.append(line)
            line = ""
        line += run + ","
    lines.append(line.rstrip(","))
    return "(\n" + "".join(f"    {one!r}\n" for one in lines) + ")"
