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

VARIANTS = 50
ROUNDS = 7


def measure() -> list[Row]:
    """One real int8 variant of the sample, under fifty recipes, and reruns of the page."""
    with tempfile.TemporaryDirectory() as home:
        study_id = _study(Path(home))
        os.environ["LITEWEIGH_HOME"] = home
        os.environ["LITEWEIGH_WORKERS"] = "1"
        page = AppTest.from_file(page_files.ROUTER, default_timeout=60)
        page.query_params[session.PARAMETER] = study_id
        page.run()
        page.switch_page(page_files.COMPARE).run()
        assert not page.exception, page.exception
        milliseconds = 1e3 * median(seconds(page.run) for _ in range(ROUNDS))
        from dashboard.server.engine import stop  # noqa: PLC0415 (reads LITEWEIGH_HOME when first used)

        stop()
    what = f"ms for a rerun of the Compare page with {VARIANTS} variants"
    return [at_most("compare", what, milliseconds, 200)]


def _study(home: Path) -> str:
    with scheduler_in(home, workers=1) as scheduler:
        study = scheduler.open_both(
            sample.MODEL, sample.MODEL_NAME, DataFiles(sample.DATA), sample.DATA_NAME
        ).result()
        scheduler.start(study, [parse("int8")])
        scheduler.wait(study)
        variant = study.variant("int8")
        assert variant, study.index.jobs
        for samples in range(1, VARIANTS - 1):
            recipe = f"int8(calibration_samples={samples})"
            study.put_variant(variant.model_copy(update={"recipe": recipe, "key": recipe}))
        return study.index.id
