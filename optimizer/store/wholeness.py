"""store/: whether a variant's files are still what was made: folders are copied, synced and cut."""

import json
from pathlib import Path

from optimizer.errors import StudyError
from optimizer.files.digest import digest
from optimizer.store.prediction_files import read_predictions
from optimizer.store.records import Variant


def is_whole(study: Path, variant: Variant) -> bool:
    """Whether all files of a variant are there and can be read, and the `.tflite` is the one made.

    Args:
        study: The study's folder.
        variant: One of its variants.
    """
    try:
        if digest(study / variant.file) != variant.sha256:
            return False
        read_predictions(study / variant.predictions)
        for name in (variant.audit, variant.inside, variant.profile):
            if name:
                json.loads((study / name).read_bytes())
    except (OSError, ValueError, StudyError):
        return False
    return True
