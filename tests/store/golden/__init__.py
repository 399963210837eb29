"""tests of store/: studies as earlier versions left them, one for each number of the schema.

schema-N/               a study folder, written by the last code whose number was N
schema-N.results.json   what that code exported of it
schema-N.fields.txt     the fields of a study, of today's number
"""

import shutil
from pathlib import Path

from optimizer.store.schema import SCHEMA

HERE = Path(__file__).parent
OLDER = tuple(range(1, SCHEMA))


def copy_of(schema: int, home: Path) -> Path:
    """A copy of the golden study of `schema` in `home`: opening a study changes it."""
    return Path(shutil.copytree(HERE / f"schema-{schema}", home / f"schema-{schema}"))


def exported(schema: int) -> Path:
    """What the code of that time exported of it."""
    return HERE / f"schema-{schema}.results.json"
