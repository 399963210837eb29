"""store/: finished `.tflite` files that were brought to a study: where they lie.

They are kept as they came, by the SHA-256 that their recipe names, so that what is missing or
damaged of their variant can be made again.
"""

import re
import shutil
from pathlib import Path, PurePath

from optimizer.errors import RecipeError
from optimizer.files.atomic import written_atomically
from optimizer.files.digest import digest
from optimizer.recipes import Recipe
from optimizer.techniques.brought import DIGITS, LONGEST_NAME, Brought

BROUGHT = "brought"
MAGIC = slice(4, 8)  # of a flatbuffer: what it is
TFLITE = b"TFL3"


def keep_brought(study: Path, file: Path, name: str) -> Recipe:
    """Keeps a file in a study, once; gives the recipe of its variant.

    Args:
        study: The study's folder.
        file: A `.tflite`.
        name: What to call it; what a recipe cannot have in a name is replaced by hyphens.

    Raises:
        RecipeError: it is no `.tflite`; nothing is kept.
        OSError: it cannot be read, or the disk does not take it.
    """
    if not file.is_file() or _head(file)[MAGIC] != TFLITE:
        raise RecipeError(
            f"“{PurePath(name).name}” is no .tflite. Add a finished .tflite; open a model of "
            "another form as a study of its own."
        )
    sha = digest(file)[:DIGITS]
    kept = study / BROUGHT / f"{sha}.tflite"
    if not (kept.is_file() and digest(kept).startswith(sha)):
        kept.parent.mkdir(exist_ok=True)
        with file.open("rb") as source, written_atomically(kept) as target:
            shutil.copyfileobj(source, target)
    return Recipe((Brought(called=fit_name(name), sha256=sha),))


def brought_file(study: Path, recipe: Recipe) -> Path | None:
    """Where the file lies that a recipe is of; None for a recipe that makes its file.

    Raises:
        RecipeError: the study does not have the file.
    """
    step = recipe.conversion
    if not isinstance(step, Brought):
        return None
    file = study / BROUGHT / f"{step.sha256}.tflite"
    if not file.is_file():
        raise RecipeError(
            f"The study has no file of “{recipe}”. Add the .tflite again: liteweigh add, or on the "
            "Optimize page."
        )
    return file


def fit_name(name: str) -> str:
    """A name as recipes have it: letters, digits, full stops, hyphens and underscores."""
    fit = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")
    return fit[:LONGEST_NAME].rstrip("-._") or BROUGHT


def _head(file: Path) -> bytes:
    with file.open("rb") as content:
        return content.read(MAGIC.stop)
