"""tests of pages/: the Optimize page."""

from typing import Any

import pytest

from dashboard import navigation
from optimizer.recipes import BASELINE_TEXT, STANDARD
from optimizer.studies.records import Job, Status
from optimizer.studies.scheduler import Scheduler
from optimizer.studies.study import Study
from optimizer.studies.worker import LOG
from optimizer.techniques.registry import TECHNIQUES
from optimizer.techniques.technique import Technique
from tests.pages.conftest import Visit, press, texts
from tests.variants import study as made_by_hand
from tests.variants import variant

OFFERED = [kind for name, kind in TECHNIQUES.items() if name != BASELINE_TEXT]


def test_without_a_model_or_data_the_page_says_what_is_missing(
    visit: Visit, model_only: Study
) -> None:
    assert "Open a model first" in visit(navigation.OPTIMIZE).info[0].value
    app = visit(navigation.OPTIMIZE, model_only)
    assert "Give the model data first" in app.info[0].value
    assert not app.checkbox


@pytest.mark.parametrize("kind", OFFERED, ids=lambda kind: kind.name)
def test_every_parameter_of_a_technique_has_its_widget_and_help(
    visit: Visit, results: Study, kind: type[Technique]
) -> None:
    app = visit(navigation.OPTIMIZE, results)
    assert app.checkbox(key=f"optimize.{kind.name}").label == f"**{kind.label}**"
    for name, field in kind.model_fields.items():
        widget: Any = app.get_by_key(f"optimize.{kind.name}.{name}")
        assert widget.label == field.title
        assert widget.help == field.description
        assert widget.value == field.default


def test_the_standard_set_is_ticked(visit: Visit, results: Study) -> None:
    app = visit(navigation.OPTIMIZE, results)
    ticked = {box.key.removeprefix("optimize.") for box in app.checkbox if box.value and box.key}
    assert ticked == {str(recipe) for recipe in STANDARD}


def test_what_cannot_be_done_with_the_data_is_greyed_out_with_the_reason(
    visit: Visit, scheduler: Scheduler
) -> None:
    study = made_by_hand(scheduler.library.home / "no-calibration", variant("float32"))
    dataset = study.index.dataset
    assert dataset is not None
    without = type(dataset)(**{**vars(dataset), "calibration": 0})
    study.update(lambda index: index.model_copy(update={"dataset": without}))
    study.close()
    app = visit(navigation.OPTIMIZE, "no-calibration")
    for kind in OFFERED:
        box = app.checkbox(key=f"optimize.{kind.name}")
        assert box.disabled == kind.needs_calibration
        assert box.value == (not kind.needs_calibration)
    assert "Not possible: needs calibration samples" in texts(app)


def test_what_is_chosen_is_what_runs(visit: Visit, scheduler: Scheduler, results: Study) -> None:
    app = visit(navigation.OPTIMIZE, results)
    for kind in OFFERED:
        app.checkbox(key=f"optimize.{kind.name}").set_value(kind.name == "int8")
    app.selectbox(key="optimize.int8.io").select("uint8")
    app.number_input(key="optimize.int8.calibration_samples").set_value(5)
    press(app, "Run")
    recipe = "int8(calibration_samples=5,io=uint8)"
    assert results.index.jobs[-1].recipe == recipe
    assert recipe in texts(app)
    scheduler.wait(results)
    app.run()
    assert not app.exception
    assert results.index.jobs[-1].status is Status.DONE
    before = len(results.index.jobs)
    press(app, "Run")
    assert "done already" in app.info[0].value
    assert len(results.index.jobs) == before


def test_nothing_ticked_is_said_and_nothing_runs(visit: Visit, results: Study) -> None:
    app = visit(navigation.OPTIMIZE, results)
    before = results.index.jobs
    for box in app.checkbox:
        box.uncheck()
    press(app, "Run")
    assert "Tick at least one" in app.warning[0].value
    assert results.index.jobs == before


def test_each_job_says_how_it_ended_and_a_failed_one_has_its_log(
    visit: Visit, scheduler: Scheduler
) -> None:
    study = made_by_hand(scheduler.library.home / "jobs", variant("float32"), variant("int8"))
    jobs = [
        Job(id="a", recipe="int8", status=Status.DONE),
        Job(id="b", recipe="int16x8", status=Status.FAILED, error="It does not fit."),
        Job(id="c", recipe="float16", status=Status.CANCELLED),
        Job(id="d", recipe="dynamic_range", status=Status.RUNNING),
    ]
    for job in jobs:
        study.add_job(job)
    (study.job_folder("b") / LOG).write_text("Traceback of the converter")
    study.close()
    app = visit(navigation.OPTIMIZE, "jobs")
    said = texts(app)
    assert "It does not fit." in said
    assert "Traceback" not in said
    assert [code.value for code in app.code] == ["Traceback of the converter"]
    badges = " ".join(element.value for element in app.markdown)
    for word in ("done", "failed", "cancelled", "interrupted"):
        assert word in badges, word
    assert "Compare results" in [button.label for button in app.button]
