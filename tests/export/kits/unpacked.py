"""tests of export/kits/: a study whose kits are made, and kits that are unpacked."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from optimizer.export.kits.write import write_kit
from optimizer.jobs.inspection import Gathered
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.study import Study

HOSTILE = (
    'a"; system("x") //',
    "`rm` $(x) ${y} \\u{41} %s ??/ */ \N{RIGHT-TO-LEFT OVERRIDE}</script>",
)
"""Names of two classes that would end a string, a comment or a page in one language or another."""
Unpack = Callable[[str, str], Path]


def unpacked(study: Study, scheduler: Scheduler, home: Path, *, in_micro: bool = True) -> Unpack:
    """Gives the folder of a variant's kit: unpacked("int8", "cpp")."""
    kept: dict[str, Gathered] = {}

    def unpack(recipe: str, target: str) -> Path:
        variant = study.variant(recipe)
        assert variant is not None
        if recipe not in kept:
            kept[recipe] = scheduler.gather_kit(study, variant, in_micro=in_micro).result()
        file = write_kit(study, variant, kept[recipe], target, home / f"{target}.zip")
        folder = home / recipe.replace("/", "-") / target
        with zipfile.ZipFile(file) as archive:
            archive.extractall(folder)
        [inside] = folder.iterdir()
        return inside

    return unpack
