"""studies/: what makes two variants the same."""

import hashlib
import json

from optimizer.data.dataset import DatasetRecord
from optimizer.measure.environment import environment
from optimizer.recipes import Recipe
from optimizer.studies.records import ModelRecord


def variant_key(recipe: Recipe, model: ModelRecord, dataset: DatasetRecord) -> str:
    """The hash under which a variant is never computed twice: model, data, recipe, versions."""
    parts = {
        "model": model.digest,
        "data": [dataset.digest, dataset.scaling, dataset.seed],
        "recipe": str(recipe),
        "versions": environment().versions,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
