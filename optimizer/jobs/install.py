"""jobs/: puts into a study what a task has left in its folder."""

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

from optimizer.devices.device import device_of
from optimizer.measure.histograms import beside
from optimizer.measure.measurements import Latency
from optimizer.store.profile_files import write_profile
from optimizer.store.records import Judged, Timed, Variant, now
from optimizer.store.study import Study
from optimizer.tasks.judge_data import DATA, VARIANTS
from optimizer.tasks.study_files import BASELINE_OUTPUTS
from optimizer.workers.confinement.level import Level

LOGGER = logging.getLogger(__name__)


def made_at(level: Level, variant: Variant) -> Variant:
    """The variant that a worker told of, and what confined that worker, whatever it says itself."""
    return variant.model_copy(update={"isolation": level.name})


def install_data(study: Study, staging: Path, judged: Judged, level: Level) -> None:
    """Moves data and baseline into the study, switches its index over, and drops the old ones.

    `level` is what confined the worker that judged them.

    Raises:
        OSError: the disk does not take them; the study is as it was.
    """
    before = study.index
    name = f"data/{staging.name}"
    (staging / VARIANTS / BASELINE_OUTPUTS).replace(staging / DATA / BASELINE_OUTPUTS)
    (staging / DATA).rename(study.folder / name)
    changes = {
        "dataset": judged.dataset,
        "data_folder": name,
        "float_report": judged.report,
        "variants": (made_at(level, judged.baseline),),
    }
    try:
        install_variant_files(study, staging / VARIANTS, judged.baseline)
        study.update(lambda index: index.model_copy(update=changes))
    except OSError:
        shutil.rmtree(study.folder / name, ignore_errors=True)
        raise
    if before.data_folder:
        shutil.rmtree(study.folder / before.data_folder, ignore_errors=True)
    kept = set(judged.baseline.files)
    for old in before.variants:
        for file in set(old.files) - kept:
            _drop(study.folder / file)
        if old.file not in kept:
            _drop(beside(study.folder / old.file))


def _drop(file: Path) -> None:
    """Deletes what nothing refers to any more; where it cannot, that is no harm."""
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        LOGGER.warning("%s stays: %s", file, error)


def install_variant_files(study: Study, folder: Path, variant: Variant) -> None:
    """Moves what a task has made of a variant into the study.

    Raises:
        OSError: the disk does not take them. What was moved is overwritten when the recipe is run
            again.
    """
    for file in variant.files:
        (folder / Path(file).name).replace(study.folder / file)


def install_timed(study: Study, variants: Sequence[Variant], all_timed: Sequence[Timed]) -> None:
    """Gives variants what was measured of them, in place of all that was measured before.

    One that was replaced meanwhile keeps what it has.

    Raises:
        OSError: the disk does not take it; all numbers are the old ones.
    """
    device = device_of(all_timed[0].timed_on, study.index.devices) if all_timed else None
    with_numbers = []
    for variant, timed in zip(variants, all_timed, strict=True):
        current = study.variant(variant.recipe)
        if current and current.key == variant.key:
            changes: dict[str, object] = {name: getattr(timed, name) for name in Timed.model_fields}
            changes["profile"] = timed.profile and write_profile(study, current, timed.profile)
            changes |= {"timed": now(), "device": device and device.id}
            with_numbers.append(current.model_copy(update=changes))
    if device and device not in study.index.devices:
        study.update(lambda index: index.model_copy(update={"devices": (*index.devices, device)}))
    study.put_variant(*_in_proportion(study.index.variants, with_numbers))


def _in_proportion(before: Sequence[Variant], timed: Sequence[Variant]) -> list[Variant]:
    """All variants, with what was timed now; times of earlier ones follow the baseline's."""
    baseline, *others = ({one.recipe: one for one in (*before, *timed)}).values()
    settings = {
        (one.threads, one.xnnpack): one
        for one in (baseline.latency, *baseline.other_latencies)
        if one
    }

    def followed(latency: Latency) -> Latency:
        first = settings.get((latency.threads, latency.xnnpack))
        return latency.beside(first) if first else latency

    return [
        baseline,
        *(
            one.model_copy(
                update={
                    "latency": one.latency and followed(one.latency),
                    "other_latencies": tuple(map(followed, one.other_latencies)),
                }
            )
            for one in others
        ),
    ]
