"""audit/: an audit on disk, a JSON beside the file that it is about."""

from pathlib import Path

from pydantic import ValidationError

from optimizer.audit.findings import Audit
from optimizer.errors import StudyError
from optimizer.files.atomic import write_atomically


def write_audit(path: Path, made: Audit) -> None:
    """Writes an audit as JSON."""
    write_atomically(path, made.model_dump_json(indent=1).encode())


def read_audit(path: Path) -> Audit:
    """Reads what `write_audit` wrote.

    Raises:
        StudyError: it is not there, or damaged.
    """
    try:
        return Audit.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise StudyError(
            f"The audit {path.name} is missing or damaged. Run the recipe again in a new study."
        ) from error
