"""tests: a network from its file to compared variants by the terminal, and each file by hand."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.data.dataset import Dataset
from optimizer.store.records import StudyIndex
from optimizer.store.study import INDEX
from tests.networks.by_hand import answers
from tests.networks.network import Network


@dataclass(frozen=True)
class Compared:
    """What the terminal says of a variant, and what a plain loop does.

    Attributes:
        recipe: The variant's.
        task: What the labels were taken for.
        metric: The headline's name, as the terminal has it.
        told: Its value there.
        by_hand: That of the loop over the same file.
        off: Largest root mean square error of a component, as a share of its spread; None where
            there are no components.
    """

    recipe: str
    task: str
    metric: str
    told: float
    by_hand: float
    off: float | None


def walk(one: Network, folder: Path, run: Callable[..., int]) -> list[Compared]:
    """Saves the network, has `run` make variants of it, and holds each against plain loops.

    Args:
        one: The network.
        folder: An empty one.
        run: The command line; returns how it ended.
    """
    model, data = one.save(folder)
    recipes = [text for recipe in one.recipes for text in ("--recipe", recipe)]
    out = folder / "study"
    ended = run("run", model, "--data", data, "--out", out, *one.options, *recipes)
    assert ended == 0, f"the terminal ended with {ended}"
    return list(compared(one, out, json.loads((out / "results.json").read_text())))


def compared(one: Network, out: Path, content: dict[str, Any]) -> Iterator[Compared]:
    """Holds each variant of a study against plain loops.

    Args:
        one: The network.
        out: The study's folder.
        content: Of its `results.json`.
    """
    index = StudyIndex.model_validate_json((out / INDEX).read_text())
    assert index.dataset is not None
    assert index.data_folder is not None
    evaluated = Dataset(out / index.data_folder, index.dataset).roles.evaluation
    count = index.dataset.count
    samples = {
        name: values[evaluated] if len(values) == count else values
        for name, values in one.arrays.items()
    }
    names = [spec.name for spec in index.model.summary.outputs]
    baseline = None
    for variant in content["variants"]:
        said = answers(out / variant["file"], one.inputs(samples), names)
        baseline = said if baseline is None else baseline
        shares = [
            part["of_spread"] or 0.0 for near in variant["near"] for part in near["components"]
        ]
        if one.metric == "snr" and said is baseline:
            continue  # it is what the others are held against
        metric = variant["metric"] or {"name": "snr", "value": variant["fidelity"]["snr_db"]}
        yield Compared(
            variant["recipe"],
            content["dataset"]["task"],
            metric["name"],
            metric["value"],
            one.by_hand(said, {**samples, "float32": baseline}),
            max(shares) if shares else None,
        )
