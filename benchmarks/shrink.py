"""benchmarks/: what taking channels out must reach, with its defaults."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.conversion import study_of_the_sample
from benchmarks.made import make, points_lost
from benchmarks.row import Row, at_most, ratio_at_most, speedup_at_least
from benchmarks.shrink_by_hand import PruneByHand
from benchmarks.shrink_tasks import sequences, table
from optimizer.data.data_options import DataFiles
from optimizer.jobs.local import scheduler_in
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.tasks.study_files import StudyFiles

PLAIN = "int8"
HALF = "shrink(macs=0.5)+int8"
QUARTER = "shrink(macs=0.25)+qat+int8"
AGAINST = "shrink(macs=0.25)+float32"
EPOCHS = 10  # of its training, as by default


def measure() -> list[Row]:
    """Two recipes on the sample, then three tasks against L1 filter pruning by hand."""
    with study_of_the_sample() as (scheduler, study):
        rows = [*_of_the_sample(scheduler, study), _by_hand("pictures", scheduler, study)]
    with _made() as (scheduler, studies):
        rows += [_by_hand(name, scheduler, study) for name, study in studies.items()]
    return rows


def _of_the_sample(scheduler: Scheduler, study: Study) -> list[Row]:
    """Accuracy, work, size and time, against int8 of the whole network."""
    plain, half, quarter = make(scheduler, study, PLAIN, HALF, QUARTER)
    whole = study.index.model.summary.macs or 0
    size = f"bytes against plain int8: {HALF}"
    return [
        at_most("shrink", f"points lost: {HALF}", points_lost(study, half), 1.0),
        at_most("shrink", f"points lost: {QUARTER}", points_lost(study, quarter), 3.0),
        ratio_at_most("shrink", f"MACs: {HALF}", half.contents.macs, whole, 0.5),
        ratio_at_most("shrink", f"MACs: {QUARTER}", quarter.contents.macs, whole, 0.25),
        ratio_at_most("shrink", size, half.size_bytes, plain.size_bytes, 0.6),
        *(
            speedup_at_least(
                "shrink", f"ms against plain int8: {one.recipe}", _median(one), _median(plain), 1.5
            )
            for one in (half, quarter)
        ),
    ]


def _by_hand(name: str, scheduler: Scheduler, study: Study) -> Row:
    """Points lost at the same operations after the same epochs, against a script of one's own."""
    [ours] = make(scheduler, study, AGAINST)
    folder = study.job_folder("benchmark")
    folder.mkdir()
    work = PruneByHand(folder, StudyFiles.of(study), ours.contents.macs, EPOCHS)
    theirs = scheduler.executor.submit(work, lambda: None, "benchmark").result()
    baseline = study.index.variants[0].metric
    assert baseline
    what = f"points lost to L1 pruning by hand, {name}: {AGAINST}"
    lost, other = points_lost(study, ours), 100 * ((baseline.value or 0) - theirs)
    return Row("shrink", what, lost, other, None, "fewer on two of three", lost < other)


@contextmanager
def _made() -> Iterator[tuple[Scheduler, dict[str, Study]]]:
    """Studies of the tasks that are made by a rule."""
    with tempfile.TemporaryDirectory() as home, scheduler_in(Path(home, "home")) as scheduler:
        studies = {}
        for task in (table, sequences):
            model, data = task(Path(home))
            opened = scheduler.open_both(model, task.__name__, DataFiles(data), task.__name__)
            studies[task.__name__] = opened.result()
        yield scheduler, studies


def _median(variant: Variant) -> float:
    """Milliseconds on one thread, taken in turn with the others."""
    assert variant.latency
    assert variant.latency.median_ms is not None
    return variant.latency.median_ms
