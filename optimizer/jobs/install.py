"""jobs/: puts into a study what a task has left in its folder."""

import shutil
from pathlib import Path

from optimizer.measure.histograms import beside
from optimizer.store.profile_files import write_profile
from optimizer.store.records import Judged, Timed, Variant, now
from optimizer.store.study import Study
from optimizer.tasks.judge_data import DATA, VARIANTS
from optimizer.tasks.study_files import BASELINE_OUTPUTS


def install_data(study: Study, staging: Path, judged: Judged) -> None:
    """Moves data and baseline into the study, switches its index over, and drops the old ones."""
    before = study.index
    name = f"data/{staging.name}"
    (staging / VARIANTS / BASELINE_OUTPUTS).replace(staging / DATA / BASELINE_OUTPUTS)
    (staging / DATA).rename(study.folder / name)
    install_variant_files(study, staging / VARIANTS, judged.baseline)
    changes = {
        "dataset": judged.dataset,
        "data_folder": name,
        "float_report": judged.report,
        "variants": (judged.baseline,),
    }
    study.update(lambda index: index.model_copy(update=changes))
    if before.data_folder:
        shutil.rmtree(study.folder / before.data_folder)
    kept = set(judged.baseline.files)
    for old in before.variants:
        for file in set(old.files) - kept:
            (study.folder / file).unlink()
        if old.file not in kept:
            beside(study.folder / old.file).unlink(missing_ok=True)


def install_variant_files(study: Study, folder: Path, variant: Variant) -> None:
    """Moves what a task has made of a variant into the study."""
    for file in variant.files:
        (folder / Path(file).name).replace(study.folder / file)


def install_timed(study: Study, variant: Variant, timed: Timed) -> None:
    """Gives a variant what was measured of it, in place of all that was measured before."""
    changes: dict[str, object] = {name: getattr(timed, name) for name in Timed.model_fields}
    changes["profile"] = timed.profile and write_profile(study, variant, timed.profile)
    study.put_variant(variant.model_copy(update={**changes, "timed": now()}))
