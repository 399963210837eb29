"""tests of pages/ and tasks/: the noise of single operators, beside files made and run by hand."""

from pathlib import Path

import numpy as np
import pytest

from dashboard import page_files
from dashboard.figures.operator_noise import figure
from optimizer.jobs.scheduler import Scheduler
from optimizer.measure.sensitivity import Sensitivity
from optimizer.recipes import parse
from optimizer.store.sensitivity_file import kept_sensitivity
from optimizer.store.study import Study
from optimizer.tasks.measure_sensitivity import SAMPLES
from optimizer.tasks.operator_noise import groups
from optimizer.tasks.study_files import StudyFiles
from optimizer.techniques.scheme import FloatOperator, Scheme
from optimizer.techniques.technique import Sources
from tests.pages.conftest import Visit, press, texts
from tests.pages.test_inspect_page import inspect
from tests.tutorial import tutorial_loop


@pytest.fixture(scope="module")
def found(scheduler: Scheduler, results: Study) -> Sensitivity:
    return scheduler.sensitivity(results).result()


def by_hand(study: Study, recipe: str, folder: Path) -> float:
    """SNR of a file that the recipe's conversion makes, run one sample at a time."""
    files = StudyFiles.of(study)
    data = files.data.open()
    names = tuple(spec.name for spec in files.model.record.summary.inputs)
    baseline = files.model.float_tflite
    made = folder / "made.tflite"
    made.write_bytes(
        parse(recipe).conversion.convert(
            Sources(None, lambda: baseline, names, data.samples("calibration"), lambda *_: None)
        )
    )
    samples = data.samples("tuning")
    (x,) = samples.batch(0, min(SAMPLES, len(samples)))
    reference, other = (tutorial_loop(file, x).astype(np.float64) for file in (baseline, made))
    return float(10 * np.log10((reference**2).sum() / ((reference - other) ** 2).sum()))


def test_snr_is_that_of_files_made_by_the_recipe_and_run_by_hand(
    found: Sensitivity, results: Study, tmp_path: Path
) -> None:
    count = len(found.operators)
    assert found.int8_db == pytest.approx(by_hand(results, "mixed", tmp_path), abs=0.01)
    heard = [one for one in found.operators if one.alone_db is not None]
    one = heard[0]
    assert one.left_db == pytest.approx(
        by_hand(results, f"mixed(float={one.number})", tmp_path), abs=0.01
    )
    rest = ";".join(str(number) for number in range(count) if number != one.number)
    assert one.alone_db == pytest.approx(
        by_hand(results, f"mixed(float={rest})", tmp_path), abs=0.01
    )


def test_every_operator_is_there_by_its_number(found: Sensitivity, results: Study) -> None:
    assert [one.number for one in found.operators] == list(range(len(found.operators)))
    assert sum(one.macs for one in found.operators) == results.index.model.summary.macs
    assert found.loudest(1)[0].noise == max(one.noise for one in found.operators)
    assert any(one.causes for one in found.loudest())


def test_it_is_measured_once_and_kept_with_the_data(
    found: Sensitivity, scheduler: Scheduler, results: Study
) -> None:
    assert kept_sensitivity(results) == found
    [kept] = results.data_folder.glob("sensitivity.json")
    before, content = kept.stat().st_mtime_ns, kept.read_text()
    assert scheduler.sensitivity(results).result() == found
    assert kept.stat().st_mtime_ns == before
    try:
        kept.write_text(content.replace(found.key, "0" * len(found.key)))
        assert kept_sensitivity(results) is None, "of another model, data or versions"
        kept.write_text("{")
        assert kept_sensitivity(results) is None
    finally:
        kept.write_text(content)


def test_the_metric_is_measured_where_it_is_asked_for(
    scheduler: Scheduler, results: Study, tmp_path: Path
) -> None:
    with_metric = scheduler.sensitivity(results, metric=True).result()
    assert with_metric.metric == "accuracy"
    data = StudyFiles.of(results).data.open()
    labels = data.labels("tuning")
    samples = data.samples("tuning")
    (x,) = samples.batch(0, len(samples))
    said = tutorial_loop(StudyFiles.of(results).model.float_tflite, x)
    assert with_metric.float_metric == pytest.approx(np.mean(said.argmax(axis=1) == labels))
    assert all(one.alone_metric is not None for one in with_metric.operators if one.measured)


def test_operators_that_share_weights_are_tried_together() -> None:
    def one(
        number: int, *together: int, choices: tuple[Scheme, ...] = tuple(Scheme)
    ) -> FloatOperator:
        return FloatOperator(number, "CONV_2D", "", 0, 0, choices, together)

    operators = [one(0, 0), one(1, 1, 3), one(2, 2, choices=(Scheme.FLOAT,)), one(3, 1, 3)]
    assert groups(operators) == ((0,), (1, 3))


# ---- pages -----------------------------------------------------------------------------------


def test_inspect_shows_it_over_the_networks_order(
    visit: Visit, results: Study, found: Sensitivity
) -> None:
    app = inspect(visit, results, "float32", "Sensitivity")
    said = texts(app)
    assert f"{found.int8_db:.1f} dB" in said
    assert all(cause in said for one in found.loudest() for cause in one.causes)
    alone, left = figure(found).data
    assert list(alone.y) == [one.alone_db for one in found.operators if one.alone_db is not None]
    assert list(left.x) == [one.number for one in found.operators if one.left_db is not None]


def test_optimize_has_it_measured_when_asked(
    visit: Visit, results: Study, found: Sensitivity
) -> None:
    kept = results.data_folder / "sensitivity.json"
    before = kept.read_bytes()
    kept.unlink()
    try:
        app = visit(page_files.OPTIMIZE, results)
        assert "tried alone in int8" in texts(app)
        press(app, "Measure")
        work = app.session_state["optimize.sensitivity"]
        work.operation.result()
        app.run()
        assert not app.exception
        assert f"{found.int8_db:.1f} dB" in texts(app)
        assert kept.exists()
    finally:
        kept.write_bytes(before)
