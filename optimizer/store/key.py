"""store/: what makes two variants the same, and two trainings.

A key holds what changes the result and nothing else, so that nothing is computed twice and nothing
stays that would come out otherwise today: the model as it came and how it was opened, the data and
how they are read, the steps, and the versions of the libraries that make or run the file. The
machine is not in it: a file is the same wherever it was made, and for what was timed on another
machine see `choose.foreign`. Nor are names, notes and what follows from the rest.
"""

import json
from collections.abc import Sequence

from optimizer.data.dataset import DatasetRecord
from optimizer.files.digest import text_digest
from optimizer.measure.environment import versions
from optimizer.recipes import Recipe
from optimizer.store.records import ModelRecord
from optimizer.techniques.technique import Technique

METHOD = 3
"""Raised when Liteweigh itself makes or measures a variant otherwise: a default, a formula."""
COMPUTING = ("numpy",)  # deals out, shuffles, feeds
JUDGING = ("ai-edge-litert", "scipy")  # run every file; reckon its metrics and their intervals
SHORT = 16  # characters of a hash that name a folder


def variant_key(recipe: Recipe, model: ModelRecord, dataset: DatasetRecord) -> str:
    """The hash under which a variant is never computed twice: model, data, recipe, versions."""
    return _key(recipe.steps, model, dataset, JUDGING)


def file_stem(recipe: Recipe, key: str) -> str:
    """What the names of a variant's files begin with, up to the full stop."""
    return f"{recipe.slug}-{key[:8]}"


def training_keys(recipe: Recipe, model: ModelRecord, dataset: DatasetRecord) -> list[str]:
    """For each training step the hash of the recipe up to it: recipes that begin alike share it."""
    steps = recipe.training
    return [
        _key(steps[: count + 1], model, dataset, libraries=())[:SHORT]
        for count in range(len(steps))
    ]


def _key(
    steps: Sequence[Technique],
    model: ModelRecord,
    dataset: DatasetRecord,
    libraries: tuple[str, ...],
) -> str:
    """The hash of what these steps make, and of the versions of these libraries beside theirs."""
    options = model.options
    used = {name for step in steps for name in step.made_with(model.summary)}
    parts = {
        "method": METHOD,
        "model": [
            model.digest,
            dict(options.sizes),
            options.inputs,
            options.outputs,
            options.select_tf_ops,
            *([options.function] if options.function else []),
            *([options.architecture] if options.architecture else []),
            *(["unroll"] if options.unroll else []),
        ],
        "data": [
            dataset.digest,
            dataset.scaling,
            dataset.seed,
            dataset.task,
            dataset.output,
            dataset.label,
            *([dataset.headline] if dataset.headline else []),
            *([dataset.given.mean, dataset.given.std] if dataset.given else []),
            *([str(dataset.head), dataset.head.anchors] if dataset.head else []),
            *([f"season {dataset.season}"] if dataset.season else []),
            *(["letterbox"] if dataset.letterbox else []),
            *([dataset.reconstruction, dataset.false_alarms] if dataset.reconstruction else []),
        ],
        "recipe": "+".join(map(str, steps)),
        "versions": versions({*COMPUTING, *libraries, *used}),
    }
    return text_digest(json.dumps(parts, sort_keys=True))
