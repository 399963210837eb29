"""store/: what each operator of a variant takes, kept beside its file. Read by the server."""

from pathlib import Path

from optimizer.errors import StudyError
from optimizer.files.json_file import JsonFile
from optimizer.measure.measurements import Profile
from optimizer.store.records import Variant
from optimizer.store.study import Study

SUFFIX = ".profile.json"
PROFILE = JsonFile(Profile, error=StudyError, again="Measure its latency again")


def write_profile(study: Study, variant: Variant, profile: Profile) -> str:
    """Writes a variant's profile beside its file; returns its path in the study folder."""
    path = Path(variant.file).with_suffix(SUFFIX)
    PROFILE.write(study.folder / path, profile)
    return str(path)


def read_profile(study: Study, variant: Variant) -> Profile | None:
    """What each operator of a variant takes; None where that was not measured.

    Raises:
        StudyError: the file is missing or damaged.
    """
    return PROFILE.read(study.folder / variant.profile) if variant.profile else None
