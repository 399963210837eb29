"""store/: what each operator costs int8, kept beside the data that it was measured on."""

from pathlib import Path

from optimizer.errors import StudyError
from optimizer.measure.sensitivity import FILE, SENSITIVITY, Sensitivity
from optimizer.recipes import parse
from optimizer.store.key import variant_key
from optimizer.store.study import Study


def sensitivity_key(study: Study) -> str:
    """Under which nothing is measured twice: as for a file by the same quantizer.

    Raises:
        StudyError: the study has no data.
    """
    index = study.index
    if index.dataset is None:
        raise StudyError("The study has no data yet. Add some on the Data page.")
    return variant_key(parse("mixed"), index.model, index.dataset)


def kept_sensitivity(study: Study) -> Sensitivity | None:
    """What was measured of this model on these data with these libraries; None if nothing was."""
    try:
        found = SENSITIVITY.read(_place(study))
        return found if found.key == sensitivity_key(study) else None
    except StudyError:
        return None


def write_sensitivity(study: Study, made: Sensitivity) -> None:
    """Keeps it."""
    SENSITIVITY.write(_place(study), made)


def _place(study: Study) -> Path:
    return study.data_folder / FILE
