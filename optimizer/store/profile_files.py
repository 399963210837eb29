"""store/: what each operator of a variant takes, kept beside its file. Read by the server."""

from dataclasses import asdict
from json import dumps
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from optimizer.errors import StudyError
from optimizer.files.atomic import write_atomically
from optimizer.measure.measurements import Profile
from optimizer.store.records import Variant
from optimizer.store.study import Study

SUFFIX = ".profile.json"
_PROFILE = TypeAdapter(Profile)


def write_profile(study: Study, variant: Variant, profile: Profile) -> str:
    """Writes a variant's profile beside its file; returns its path in the study folder."""
    path = Path(variant.file).with_suffix(SUFFIX)
    write_atomically(study.folder / path, dumps(asdict(profile), indent=1).encode())
    return str(path)


def read_profile(study: Study, variant: Variant) -> Profile | None:
    """What each operator of a variant takes; None where that was not measured.

    Raises:
        StudyError: the file is missing or damaged.
    """
    if variant.profile is None:
        return None
    try:
        return _PROFILE.validate_json((study.folder / variant.profile).read_bytes())
    except (OSError, ValidationError) as error:
        raise StudyError(
            f"The profile of {variant.recipe} is missing or damaged. Measure its latency again."
        ) from error
