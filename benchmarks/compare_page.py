"""benchmarks/: a rerun of the Compare page with many variants."""

import os
import tempfile
from pathlib import Path
from statistics import median

from streamlit.testing.v1 import AppTest

from benchmarks.row import Row, at_most, seconds
from dashboard import page_files
from dashboard.state import session
from optimizer import sample
from optimizer.data.data_options import DataFiles
from optimizer.jobs.local import scheduler_in
from optimizer.recipes import parse

MOST = {50: 200, 200: 400}  # milliseconds more than the page without a study, by variants
ROUNDS = 9


def measure() -> list[Row]:
    """One real int8 variant of the sample under many recipes, and reruns of the page."""
    with tempfile.TemporaryDirectory() as home:
        studies = _studies(Path(home))
        os.environ["LITEWEIGH_HOME"] = home
        os.environ["LITEWEIGH_WORKERS"] = "1"
        empty = _milliseconds(None)
        rows = [
            at_most(
                "compare",
                f"ms more than empty for a rerun of the Compare page with {count} variants",
                _milliseconds(studies[count]) - empty,
                most,
            )
            for count, most in MOST.items()
        ]
        from dashboard.server.engine import stop  # noqa: PLC0415 (reads LITEWEIGH_HOME when first used)

        stop()
    return rows


def _milliseconds(study_id: str | None) -> float:
    """What a rerun of the page takes, in the middle."""
    page = AppTest.from_file(page_files.ROUTER, default_timeout=60)
    if study_id:
        page.query_params[session.PARAMETER] = study_id
    page.run()
    page.switch_page(page_files.COMPARE).run()
    assert not page.exception, page.exception
    return 1e3 * median(seconds(page.run) for _ in range(ROUNDS))


def _studies(home: Path) -> dict[int, str]:
    """By the number of variants: the id of a study that has so many."""
    with scheduler_in(home, workers=1) as scheduler:
        study = scheduler.open_both(
            sample.MODEL, sample.MODEL_NAME, DataFiles(sample.DATA), sample.DATA_NAME
        ).result()
        scheduler.start(study, [parse("int8")])
        scheduler.wait(study)
        variant = study.variant("int8")
        assert variant, study.index.jobs
        made = {}
        for count in MOST:
            many = scheduler.library.duplicate(study)
            for samples in range(1, count - 1):
                recipe = f"int8(calibration_samples={samples})"
                many.put_variant(variant.model_copy(update={"recipe": recipe, "key": recipe}))
            made[count] = many.index.id
        return made
