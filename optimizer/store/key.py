"""store/: what makes two variants the same, and two trainings."""

import hashlib
import json
from dataclasses import asdict

from optimizer.data.dataset import DatasetRecord
from optimizer.measure.environment import environment
from optimizer.recipes import Recipe
from optimizer.store.records import ModelRecord

SHORT = 16  # characters of a hash that name a folder


def variant_key(recipe: Recipe, model: ModelRecord, dataset: DatasetRecord) -> str:
    """The hash under which a variant is never computed twice: model, data, recipe, versions."""
    return _key(str(recipe), model, dataset)


def training_keys(recipe: Recipe, model: ModelRecord, dataset: DatasetRecord) -> list[str]:
    """For each training step the hash of the recipe up to it: recipes that begin alike share it."""
    texts = [str(step) for step in recipe.training]
    return [
        _key("+".join(texts[: count + 1]), model, dataset)[:SHORT] for count in range(len(texts))
    ]


def _key(recipe: str, model: ModelRecord, dataset: DatasetRecord) -> str:
    parts = {
        "model": [model.digest, asdict(model.options)],
        "data": [
            dataset.digest,
            dataset.scaling,
            dataset.seed,
            dataset.task,
            dataset.output,
            dataset.label,
        ],
        "recipe": recipe,
        "versions": environment().versions,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
