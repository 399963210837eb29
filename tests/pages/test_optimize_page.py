"""tests of pages/: the Optimize page."""

from typing import Any

import pytest

from dashboard import page_files
from dashboard.forms.composer import PASTED
from dashboard.frames import search_panel
from dashboard.markdown import verbatim
from optimizer.choose.known import known
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import BASELINE_TEXT, STANDARD, Recipe, parse
from optimizer.store.brought_files import brought_file
from optimizer.store.key import variant_key
from optimizer.store.records import Job, Status, TrainingRecord
from optimizer.store.study import Study
from optimizer.store.training_folders import training_folders
from optimizer.store.tried import Lost, Tried, Weighed
from optimizer.techniques.integer_only import IntegerOnly
from optimizer.techniques.registry import conversions
from optimizer.techniques.technique import Technique
from optimizer.techniques.training import history
from optimizer.techniques.training.history import Moment
from optimizer.workers.logs import LOG
from tests.pages.conftest import Visit, press, texts
from tests.variants import accuracy, variant
from tests.variants import study as made_by_hand

OFFERED = [kind for kind in conversions() if kind.name != BASELINE_TEXT]
WAY = "optimize.way"
QUANTIZE, TRAIN = "Quantize", "Train, then quantize"


def test_without_a_model_or_data_the_page_says_what_is_missing(
    visit: Visit, model_only: Study
) -> None:
    assert "Open a model first" in visit(page_files.OPTIMIZE).info[0].value
    app = visit(page_files.OPTIMIZE, model_only)
    assert "Give the model data first" in app.info[0].value
    assert not app.checkbox


@pytest.mark.parametrize("kind", OFFERED, ids=lambda kind: kind.name)
def test_every_parameter_of_a_technique_has_its_widget_and_help(
    visit: Visit, results: Study, kind: type[Technique]
) -> None:
    app = visit(page_files.OPTIMIZE, results)
    assert app.checkbox(key=f"optimize.{kind.name}").label == f"**{kind.label}**"
    for name, field in kind.model_fields.items():
        widget: Any = app.get_by_key(f"optimize.{kind.name}.{name}")
        assert widget.label == field.title
        assert widget.help == field.description
        assert widget.value == field.default


def test_the_standard_set_is_ticked(visit: Visit, results: Study) -> None:
    app = visit(page_files.OPTIMIZE, results)
    ticked = {box.key.removeprefix("optimize.") for box in app.checkbox if box.value and box.key}
    assert ticked == {str(recipe) for recipe in STANDARD} - {"int16x8"}


def test_what_cannot_be_done_with_the_data_is_greyed_out_with_the_reason(
    visit: Visit, scheduler: Scheduler
) -> None:
    study = made_by_hand(scheduler.library.home / "no-calibration", variant("float32"))
    dataset = study.index.dataset
    assert dataset is not None
    without = type(dataset)(**{**vars(dataset), "calibration": 0})
    study.update(lambda index: index.model_copy(update={"dataset": without}))
    study.close()
    app = visit(page_files.OPTIMIZE, "no-calibration")
    for kind in OFFERED:
        box = app.checkbox(key=f"optimize.{kind.name}")
        assert box.disabled == kind.needs_calibration
        assert box.value == (not kind.needs_calibration)
    assert "Not possible: needs calibration samples" in texts(app)


@pytest.mark.slow
def test_what_is_chosen_is_what_runs(visit: Visit, scheduler: Scheduler, results: Study) -> None:
    app = visit(page_files.OPTIMIZE, results)
    for kind in OFFERED:
        app.checkbox(key=f"optimize.{kind.name}").set_value(kind.name == "int8")
    app.selectbox(key="optimize.int8.io").select("uint8")
    app.number_input(key="optimize.int8.calibration_samples").set_value(5)
    press(app, "Run")
    recipe = "int8(io=uint8,calibration_samples=5)"
    assert results.index.jobs[-1].recipe == recipe
    assert recipe in texts(app)
    scheduler.wait(results)
    app.run()
    assert not app.exception
    assert results.index.jobs[-1].status is Status.DONE
    before = len(results.index.jobs)
    press(app, "Run")
    assert "is done already" in app.info[0].value
    assert len(results.index.jobs) == before


def test_nothing_ticked_is_said_and_nothing_runs(visit: Visit, results: Study) -> None:
    app = visit(page_files.OPTIMIZE, results)
    before = results.index.jobs
    for box in app.checkbox:
        box.uncheck()
    press(app, "Run")
    assert "Tick at least one" in app.warning[0].value
    assert results.index.jobs == before


def test_what_was_refused_and_made_otherwise_is_said_with_the_job_and_on_compare(
    visit: Visit, scheduler: Scheduler
) -> None:
    said = "int8 was refused: SIN. The file was made as int8(integer_only=false) instead."
    study = made_by_hand(
        scheduler.library.home / "otherwise", variant("float32"), variant("int8", detours=(said,))
    )
    study.add_job(Job(id="a", recipe="int8", status=Status.DONE))
    study.close()
    shown = verbatim(said)
    optimize = visit(page_files.OPTIMIZE, "otherwise")
    assert [c.value for c in optimize.caption if shown in c.value] == [
        f":material/alt_route: {shown}"
    ]
    compare = visit(page_files.COMPARE, "otherwise")
    assert [info.value for info in compare.info if shown in info.value] == [f"- **int8**: {shown}"]
    [table] = [frame.value for frame in compare.dataframe if "Warnings" in frame.value]
    assert said in table.set_index("Recipe")["Warnings"]["int8"]


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
    app = visit(page_files.OPTIMIZE, "jobs")
    said = texts(app)
    assert "It does not fit." in said
    assert "Traceback" not in said
    assert [code.value for code in app.code] == ["Traceback of the converter"]
    badges = " ".join(element.value for element in app.markdown)
    for word in ("done", "failed", "cancelled", "interrupted"):
        assert word in badges, word
    assert "Compare results" in [button.label for button in app.button]


def test_ticking_conversions_comes_first_and_composing_is_one_click_away(
    visit: Visit, results: Study
) -> None:
    app = visit(page_files.OPTIMIZE, results)
    assert app.segmented_control(key=WAY).value == QUANTIZE
    assert app.selectbox(key="optimize.int8.integer_only").value is IntegerOnly.AUTO
    assert "Run this recipe" not in [button.label for button in app.button]
    app.segmented_control(key=WAY).set_value(TRAIN).run()
    assert not app.exception
    assert not [box for box in app.checkbox if str(box.key).startswith("optimize.")]
    assert "Run this recipe" in [button.label for button in app.button]


def test_what_was_chosen_is_still_there_after_a_visit_to_another_page(
    visit: Visit, results: Study
) -> None:
    app = visit(page_files.OPTIMIZE, results)
    app.checkbox(key="optimize.float16").uncheck()
    app.number_input(key="optimize.int8.calibration_samples").set_value(7)
    press(app, "Run")  # a form hands over what was chosen when it is sent
    app.segmented_control(key=WAY).set_value(TRAIN).run()
    app.text_input(key=PASTED).set_value("prune(epochs=2)+int8(io=uint8)").run()
    app.switch_page(page_files.MODEL).run()
    app.switch_page(page_files.OPTIMIZE).run()
    assert not app.exception
    assert app.segmented_control(key=WAY).value == TRAIN
    assert app.code[0].value == "prune(epochs=2)+int8(io=uint8)"
    app.segmented_control(key=WAY).set_value(QUANTIZE).run()
    assert not app.checkbox(key="optimize.float16").value
    assert app.number_input(key="optimize.int8.calibration_samples").value == 7


def test_a_composed_recipe_runs(visit: Visit, scheduler: Scheduler, results: Study) -> None:
    app = visit(page_files.OPTIMIZE, results)
    app.segmented_control(key=WAY).set_value(TRAIN).run()
    recipe = "prune(epochs=0)+float16"
    app.text_input(key=PASTED).set_value(recipe).run()
    press(app, "Run this recipe")
    assert results.index.jobs[-1].recipe == recipe
    assert recipe in texts(app)
    scheduler.wait(results)
    job = results.index.jobs[-1]
    assert job.status is Status.DONE, job.error
    app.run()
    before = len(results.index.jobs)
    press(app, "Run this recipe")
    assert "is done already" in app.info[0].value
    assert len(results.index.jobs) == before


def moments(epochs: int) -> list[Moment]:
    return [Moment(n, n / 2, 1 / n, 0.5, None, None, 0.1 * n, 1e-3) for n in range(1, 2 * epochs)]


def test_a_training_that_runs_shows_its_curve_and_a_conversion_none(
    visit: Visit, scheduler: Scheduler
) -> None:
    made_by_hand(scheduler.library.home / "trains", variant("float32")).close()
    study = scheduler.library.open("trains")
    assert study.index.dataset is not None
    recipe = "prune+qat(layers=conv_*|*_out)+int8"
    for job in (Job(id="a", recipe=recipe), Job(id="b", recipe="int8")):
        study.add_job(job.model_copy(update={"status": Status.RUNNING}))
    app = visit(page_files.OPTIMIZE, "trains")
    assert not app.get("vega_lite_chart"), "nothing was trained yet"
    kept = training_folders(parse(recipe), study.index.model, study.index.dataset, study.folder)
    kept[0].mkdir(parents=True)
    history.rewrite(kept[0], moments(3))
    app.run()
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == 1
    assert r"layers=conv\_\*\|\*\_out" in texts(app), "the stars are no emphasis"


def test_a_training_that_is_done_tells_how_it_went_when_asked(
    visit: Visit, scheduler: Scheduler
) -> None:
    recipe = "prune(epochs=3)+cluster(epochs=0)+int8"
    trained = TrainingRecord(
        step="prune", folder="training/p", layers=("conv", "dense"), epochs=3, best_epoch=2,
        fit_seconds=65, seconds=70,
    )  # fmt: skip
    at_once = trained.model_copy(
        update={"step": "cluster", "folder": "training/c", "epochs": 0, "best_epoch": 0}
    )
    made = variant(recipe, training=(trained, at_once))
    study = made_by_hand(scheduler.library.home / "trained", variant("float32"), made)
    study.add_job(Job(id="a", recipe=recipe, status=Status.DONE))
    (study.folder / trained.folder).mkdir(parents=True)
    history.rewrite(study.folder / trained.folder, moments(3))
    study.close()
    app = visit(page_files.OPTIMIZE, "trained")
    assert "How training went" in [expander.label for expander in app.expander]
    assert not app.get("plotly_chart")
    app.session_state["trainings-a"] = True
    app.run()
    assert not app.exception
    said = texts(app)
    assert "**Prune**: 2 layers, 3 epochs in 1 min 5 s; the weights after epoch 2 were kept" in said
    assert "**Cluster**: 2 layers, at once, without training" in said
    assert len(app.get("plotly_chart")) == 1


@pytest.mark.slow
def test_a_finished_file_is_uploaded_and_measured_like_the_rest(
    visit: Visit, scheduler: Scheduler, results: Study
) -> None:
    app = visit(page_files.OPTIMIZE, results)
    app.segmented_control(key=WAY).set_value("A finished .tflite").run()
    app.text_input(key="optimize.bring.name").set_value("from *the* vendor").run()
    content = (results.folder / results.index.variants[1].file).read_bytes()
    app.file_uploader[0].set_value(("net.tflite", content, "")).run()
    assert not app.exception
    job = results.index.jobs[-1]
    assert job.recipe.startswith("brought(called=from-the-vendor,sha256=")
    scheduler.wait(results)
    app.run()
    assert results.index.jobs[-1].status is Status.DONE, results.index.jobs[-1].error
    made = results.variant(job.recipe)
    assert made
    kept = brought_file(results.folder, parse(job.recipe))
    assert kept
    assert kept.read_bytes() == content, "as it came; what is run is written from it"
    assert made.metric == results.index.variants[1].metric
    app.file_uploader[0].set_value(("photo.jpg", b"no flatbuffer at all", "")).run()
    assert "is no .tflite" in app.error[0].value
    compared = visit(page_files.COMPARE, results)
    assert any("brought(called=from" in str(frame.value) for frame in compared.dataframe)


def tried(recipe: str, size: int, lost: float, study: Study) -> Tried:
    index = study.index
    assert index.dataset
    return Tried(
        recipe=recipe,
        key=variant_key(parse(recipe), index.model, index.dataset),
        weighed=Weighed(size, size, 10, ("FLOAT32",), {}),
        tuning=accuracy(0.9 - lost),
        lost=Lost(lost, 0.1, 0.9, 400),
        seconds=1.0,
    )


def test_what_was_tried_stands_under_the_limits_with_why_not_a_smaller_file(
    visit: Visit, scheduler: Scheduler
) -> None:
    home = scheduler.library.home
    study = made_by_hand(home / "searched", variant("float32", size_bytes=400_000))
    those = (tried("int8", 90_000, 0.2, study), tried("float16", 200_000, 0.0, study))
    study.update(lambda index: index.model_copy(update={"tried": those}))
    study.close()
    app = visit(page_files.OPTIMIZE, "searched")
    said = texts(app)
    assert "The nearest of them, float16, is too likely not to be proved: 0 points lost" in said
    assert "float32, the model as it came: no other file holds the limits" in said
    [table] = [one.value for one in app.dataframe if "On the tuning samples" in one.value]
    assert table["Recipe"].tolist() == ["int8", "float16"]
    assert table["Size"].tolist() == [90.0, 200.0]
    assert "20 points lost on 400 tuning samples" in table["On the tuning samples"][0]


def test_one_button_finds_the_best_file(
    visit: Visit, scheduler: Scheduler, results: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan of one recipe stands in for the search's own."""

    class One:
        def next(self, study: Study, seconds: float) -> list[Recipe]:
            return [] if study.index.tried else [parse("dynamic_range")]

        def finalists(self, study: Study) -> list[Recipe]:
            return []

    monkeypatch.setattr(search_panel, "QuickSearch", lambda _: One())
    app = visit(page_files.OPTIMIZE, results)
    press(app, "Find the best file")
    assert not app.exception
    search = scheduler.searching(results)
    assert search
    assert search.wait(180)
    app.run()
    assert not app.exception
    assert [one.recipe for one in results.index.tried] == ["dynamic_range"]
    told = f"What was tried: {len(known(results))}"
    assert any(told in one.label for one in app.expander), "with what was made"
    results.update(lambda index: index.model_copy(update={"tried": ()}))
