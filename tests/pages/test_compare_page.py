"""tests of pages/: the Compare page, and the files that it hands out."""

import asyncio
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from streamlit.testing.v1 import AppTest

from dashboard import page_files
from dashboard.forms import row_filter, variant_picker
from dashboard.frames import handover_panel, kit_panel, latencies
from dashboard.server.downloads import serve
from dashboard.state import selection, session
from optimizer.audit.audit import audit
from optimizer.audit.findings import AUDIT
from optimizer.choose.choice import choose as choose_under
from optimizer.choose.comparison import compare
from optimizer.choose.recommend import recommended
from optimizer.export.files import download_name, write_bundle
from optimizer.export.kits.write import kit_name
from optimizer.jobs.scheduler import Scheduler
from optimizer.measure.measurements import Fidelity, Latency, Metric
from optimizer.recipes import parse
from optimizer.store.limits import Limits, Loss
from optimizer.store.records import Job, Status, TrainingRecord
from optimizer.store.study import Study
from optimizer.techniques.training import history
from optimizer.techniques.training.history import Moment
from optimizer.tflite.facts import WeightTensor
from tests.layers import fit
from tests.pages.conftest import Visit, copy_of, press, texts, wait_for_operation
from tests.variants import SAMPLES, latency, variant
from tests.variants import study as made_by_hand


def test_without_results_the_page_leads_to_them(visit: Visit, model_only: Study) -> None:
    for study in (None, model_only):
        app = visit(page_files.COMPARE, study)
        assert "nothing to compare yet" in app.info[0].value
        assert not app.dataframe


def test_the_table_shows_what_was_measured(visit: Visit, results: Study) -> None:
    table = by_recipe(visit(page_files.COMPARE, results))
    assert next(iter(table)) == "float32"
    assert {"float16", "int8(calibration_samples=5)"} <= set(table)
    for made in results.index.variants:
        shown = table[made.recipe]
        assert made.metric is not None
        assert made.latency is not None
        assert shown["Size"] == pytest.approx(made.size_bytes / 1000)
        assert shown["Gzip"] == pytest.approx(made.gzip_bytes / 1000)
        assert shown["Metric"] == pytest.approx(100 * (made.metric.value or 0))
        assert shown["Latency"] == made.latency.median_ms
    assert table["float16"]["Size"] < table["float32"]["Size"]


def by_recipe(app: AppTest) -> dict[str, Any]:
    """The rows of the table, in their order."""
    return {row["Recipe"]: row for row in app.dataframe[0].value.to_dict("records")}


def choose(app: AppTest, recipe: str | None) -> AppTest:
    app.session_state[selection.SELECTED] = recipe
    app.run()
    assert not app.exception
    return app


def test_the_chosen_variant_is_offered_for_download_and_its_row_marked(
    visit: Visit, results: Study
) -> None:
    app = choose(visit(page_files.COMPARE, results), "float16")
    assert offered(app) == "Download tiny-float16.tflite"
    recipes = app.dataframe[0].value["Recipe"].tolist()
    assert marked(app) == [recipes.index("float16")]
    assert marked(choose(app, None)) == []


def offered(app: AppTest) -> str:
    return app.download_button(key="compare.download").label


def marked(app: AppTest) -> list[int]:
    rows: list[int] = app.session_state[selection.TABLE]["selection"]["rows"]
    return rows


def test_a_choice_from_another_study_does_not_break_the_page(visit: Visit, results: Study) -> None:
    app = visit(page_files.COMPARE, results)
    before = offered(app)
    assert offered(choose(app, "int16x8")) == before


def test_before_anything_is_chosen_what_is_recommended_is_offered(
    visit: Visit, results: Study
) -> None:
    app = visit(page_files.COMPARE, results)
    fastest = recommended(compare(results), choose_under(results, Limits())).variant
    assert offered(app) == f"Download {download_name(results.index, fastest)}"
    assert any(fastest.recipe in text.value for text in app.markdown)


@pytest.mark.parametrize(
    ("int8", "quickest", "speed"),
    [(0.5, "int8", "2.0× faster, 0.500 ms"), (2.0, "weight_only_int8", "1.2× faster, 0.800 ms")],
    ids=["int8 is faster", "int8 is slower"],
)
def test_the_choice_is_offered_whichever_a_cpu_makes_fastest(
    visit: Visit, scheduler: Scheduler, int8: float, quickest: str, speed: str
) -> None:
    study = made_by_hand(
        scheduler.library.home / f"{quickest}-is-fastest",
        variant("float32", size_bytes=400_000),
        variant("float16", size_bytes=200_000, latency=latency(1.0)),
        variant("int8", size_bytes=100_000, latency=latency(int8, int8)),
        variant("weight_only_int8", size_bytes=110_000, latency=latency(0.8, 0.8)),
        scores=[np.ones(400, bool)] * 4,
    )
    study.close()
    app = visit(page_files.COMPARE, study.index.id)
    assert offered(app) == f"Download {download_name(study.index, variant('int8'))}"
    headline = texts(app)
    assert f"### {quickest}\n{speed}" in headline
    assert "### int8\n100 KB, 4.0× smaller than float32" in headline
    for name, recipe in (("choice", "int8"), ("fastest", quickest)):
        button = app.download_button(key=f"compare.best.{name}")
        assert button.label == f"Download the {name}"
        assert recipe in by_recipe(app)
        assert name in by_recipe(app)[recipe]["Best"]
    assert not [b for b in app.get("download_button") if b.key == "compare.best.smallest"]
    app.switch_page(page_files.INSPECT).run()
    assert app.selectbox(key=variant_picker.CHOICE).value == "int8"


def test_it_says_where_the_numbers_come_from(visit: Visit, results: Study) -> None:
    said = texts(choose(visit(page_files.COMPARE, results), "float32"))
    baseline = results.index.variants[0]
    assert baseline.environment.cpu in said
    assert baseline.sha256 in said
    assert "evaluation samples" in said


def test_the_headline_leaves_out_what_loses_accuracy(visit: Visit, scheduler: Scheduler) -> None:
    right = np.ones(400, bool)
    wrong = right.copy()
    wrong[:120] = False
    study = made_by_hand(
        scheduler.library.home / "headline",
        variant("float32", size_bytes=400_000),
        variant("float16", size_bytes=200_000, latency=latency(1.0)),
        variant("dynamic_range", size_bytes=150_000, latency=latency(0.8, 0.8)),
        variant("int8", size_bytes=100_000, latency=latency(0.2, 0.2)),
        variant("weight_only_int8", size_bytes=160_000, latency=latency(0.5, 0.5)),
        scores=[right, right, right, wrong, right],
    )
    study.close()
    said = texts(visit(page_files.COMPARE, "headline"))
    assert "proved to hold the limits" in said
    assert "### dynamic_range\n150 KB, 2.7× smaller than float32" in said
    assert "### weight_only_int8\n2.0× faster, 0.500 ms, 160 KB" in said
    assert "### int8" not in said


def test_with_few_samples_nothing_is_promised_and_the_page_says_how_many_it_takes(
    visit: Visit, scheduler: Scheduler
) -> None:
    study = made_by_hand(
        scheduler.library.home / "few",
        variant("float32", size_bytes=400_000),
        variant("int8", size_bytes=100_000),
    )
    study.close()
    app = visit(page_files.COMPARE, "few")
    assert "no other file is proved yet. Nearest is int8" in app.info[0].value
    assert "samples would settle it" in app.info[0].value
    assert by_recipe(app)["int8"]["Limits"] == "open"


def test_other_limits_change_the_choice_and_are_kept(visit: Visit, scheduler: Scheduler) -> None:
    wrong = (0, 0, 8)  # of 400: two points are lost by int8
    study = made_by_hand(
        scheduler.library.home / "limits",
        variant("float32", size_bytes=400_000),
        variant("float16", size_bytes=200_000),
        variant("int8", size_bytes=100_000),
        scores=[np.arange(400) >= count for count in wrong],
    )
    study.close()
    app = visit(page_files.COMPARE, "limits")
    assert "### float16" in texts(app)
    app.number_input(key="compare.limits.loss").set_value(5.0)
    app.number_input(key="compare.limits.size").set_value(150.0)
    press(app, "Set limits")
    assert "### int8" in texts(app)
    assert by_recipe(app)["float16"]["Limits"] == "broken"
    assert "Second limit on the loss" in texts(app)
    kept = scheduler.library.open("limits").index.limits
    assert kept == Limits(loss=Loss(value=0.05), size_bytes=150_000)


PRUNED = "prune(final_sparsity=0.8)+int8"
LAYERS = (fit("conv", "Conv2D", 576),)
STEP = TrainingRecord(
    step="prune", folder="training/prune", layers=("conv",), epochs=2, best_epoch=2,
    fit_seconds=3, seconds=4,
)  # fmt: skip


def audited(folder: Path, zeros: float, training: tuple[TrainingRecord, ...] = (STEP,)) -> Study:
    """A study with a pruned variant whose only layer has this share of zeros."""
    made = variant(PRUNED, audit="variants/pruned.audit.json", training=training)
    study = made_by_hand(folder, variant("float32"), made)
    weight = WeightTensor(
        "m/conv/Conv2D", "CONV_2D", "INT8", (8, 3, 3, 8), 576, zeros, 9, 9, "per axis", 200
    )
    AUDIT.write(
        study.folder / "variants/pruned.audit.json",
        audit((weight,), parse(PRUNED), (STEP,), LAYERS),
    )
    (folder / STEP.folder).mkdir(parents=True)
    for epoch in (1, 2):
        moment = Moment(epoch * 10, epoch, 1 / epoch, 0.5, 1 / epoch, 0.5, 0.4 * epoch, 1e-3)
        history.append(folder / STEP.folder, moment)
    study.close()
    return study


def test_what_is_inside_the_chosen_file_stands_beside_what_was_promised(
    visit: Visit, scheduler: Scheduler
) -> None:
    study = audited(scheduler.library.home / "kept", zeros=0.81)
    app = choose(visit(page_files.COMPARE, study), PRUNED)
    said = texts(app)
    assert "Kept: 81.0 % zeros in 1 layer; int8 in 1 weight tensor." in said
    assert "576 B, 200 B after gzip" in app.expander[0].label
    assert app.table[0].value["Layer"].tolist() == ["conv"]
    assert "81.0" in app.table[0].value["Zeros"][0]
    assert "**Prune**, best after epoch 2" in said
    assert len(app.get("plotly_chart")) == 6, "the trade-off, four measures, and the training"


def test_a_lost_promise_is_a_warning_with_its_reason(visit: Visit, scheduler: Scheduler) -> None:
    study = audited(scheduler.library.home / "lost", zeros=0.2)
    app = choose(visit(page_files.COMPARE, study), PRUNED)
    few, warning = [shown.value for shown in app.warning]
    assert "evaluation samples can promise at best" in few
    assert "Fewer zeros than promised in 1 of 1 layer" in warning
    assert "- conv: Not reached in prune" in warning


def test_an_older_variant_has_no_audit_and_a_lost_one_is_said(
    visit: Visit, scheduler: Scheduler
) -> None:
    study = audited(scheduler.library.home / "gone", zeros=0.8, training=())
    (study.folder / "variants/pruned.audit.json").unlink()
    app = choose(visit(page_files.COMPARE, study), PRUNED)
    assert "pruned.audit.json is missing or damaged" in app.warning[-1].value
    assert "Inside the file" not in texts(choose(app, "float32"))


@pytest.mark.parametrize(
    "measured",
    [
        {"metric": None},
        {"metric": None, "fidelity": None, "latency": None},
        {"metric": Metric("mae", 0.5, 0.4, 0.6, SAMPLES)},
        {"metric": Metric("accuracy", None, None, None, SAMPLES)},
        {"metric": None, "fidelity": Fidelity(None, 30.0, 0.1)},
        {"latency": Latency.of_failure(1)},
    ],
    ids=["no labels", "nothing measured", "regression", "NaN", "no classes", "not timed"],
)
def test_what_was_not_measured_leaves_the_page_whole(
    visit: Visit, scheduler: Scheduler, request: pytest.FixtureRequest, measured: dict[str, Any]
) -> None:
    name = request.node.callspec.id.replace(" ", "-")
    study = made_by_hand(
        scheduler.library.home / name,
        variant("float32", **measured), variant("int8", **measured), variant("float16"),
        scores=[np.full(SAMPLES, 0.5)] * 3,
    )  # fmt: skip
    study.close()
    app = visit(page_files.COMPARE, name)
    assert len(app.dataframe[0].value) == 3
    assert len(app.get("plotly_chart")) == 5
    choose(app, "int8")


def test_other_axes_are_drawn_when_they_are_chosen(visit: Visit, results: Study) -> None:
    app = visit(page_files.COMPARE, results)

    def titles() -> tuple[str, str]:
        layout = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]
        return layout["xaxis"]["title"]["text"], layout["yaxis"]["title"]["text"]

    assert titles()[0].startswith("Size (KB)")
    assert titles()[1].startswith("Accuracy, change against float32 (points)")
    app.selectbox(key="compare.across").select("latency").run()
    app.selectbox(key="compare.up").select("arena").run()
    assert not app.exception
    assert titles()[0].startswith("Latency, 1 thread (ms)")
    assert titles()[1].startswith("Arena (KB)")


def test_many_variants_are_filtered_in_table_and_bars_and_keep_the_page_short(
    visit: Visit, scheduler: Scheduler
) -> None:
    sweep = [f"prune(final_sparsity=0.{tenth},epochs={n})+int8" for tenth in (5, 6) for n in (3, 4)]
    plain = ["float32", "float16", "dynamic_range", "weight_only_int8", "int8", "int16x8"]
    made = [
        variant(str(parse(recipe)), size_bytes=400_000 - 1000 * place)
        for place, recipe in enumerate(
            [*plain, *sweep, *(f"cluster(epochs={n})+int8" for n in range(3, 10))]
        )
    ]
    made_by_hand(scheduler.library.home / "sweep", *made).close()
    app = visit(page_files.COMPARE, "sweep")
    assert len(app.dataframe[0].value) == len(made)
    assert "2 of 17 variants: the baseline, the chosen" in texts(app)
    app.text_input(key=f"{row_filter.KEY}.text").set_value("prune 0.6").run()
    assert set(by_recipe(app)) == {"float32", *(str(parse(one)) for one in sweep[2:])}
    assert "3 of 17 variants" in texts(app)
    app = choose(app, str(parse(sweep[3])))
    assert marked(app) == [2], "its row in what is shown"


def test_the_legend_filters_and_the_table_is_sorted_grouped_and_has_columns_to_choose(
    visit: Visit, results: Study
) -> None:
    app = visit(page_files.COMPARE, results)
    app.pills(key=row_filter.FAMILIES).set_value(["8-bit integer"]).run()
    families = {parse(recipe).family.name for recipe in by_recipe(app)}
    assert families == {"baseline", "8-bit integer"}
    app.pills(key=row_filter.FAMILIES).set_value([]).run()
    app.selectbox(key="compare.view.sort").select("Size").run()
    app.toggle(key="compare.view.largest").set_value(True).run()
    sizes = app.dataframe[0].value["Size"].tolist()
    assert sizes == sorted(sizes, reverse=True)
    app.selectbox(key="compare.view.group").select("family").run()
    assert app.dataframe[0].value["Group"].tolist()[0] == "baseline (1)"
    app.multiselect(key="compare.view.columns").set_value(["Gzip"]).run()
    assert "Size" not in shown_columns(app)
    assert {"Group", "Name", "Gzip"} <= set(shown_columns(app))
    app = choose(app, "float16")
    row = marked(app)[0]
    assert app.dataframe[0].value["Recipe"][row] == "float16", "its row, wherever it stands"


def shown_columns(app: AppTest) -> list[str]:
    return list(app.dataframe[0].proto.column_order)


def test_the_address_says_which_variant_is_chosen_and_how_all_are_shown(
    visit: Visit, results: Study
) -> None:
    app = AppTest.from_file(page_files.ROUTER, default_timeout=180)
    app.query_params[session.PARAMETER] = results.index.id
    app.run()
    app.query_params[selection.PARAMETER] = "float16"
    app.switch_page(page_files.COMPARE)
    app.query_params[session.PARAMETER] = results.index.id
    app.query_params[selection.PARAMETER] = "float16"
    app.run()
    assert not app.exception
    assert offered(app) == "Download tiny-float16.tflite"
    assert app.query_params[selection.PARAMETER] in ("float16", ["float16"])
    choose(app, None)
    assert selection.PARAMETER not in app.query_params


def test_variants_are_pinned_noted_and_hidden_and_the_study_keeps_it(
    visit: Visit, scheduler: Scheduler
) -> None:
    made = [variant(one) for one in ("float32", "float16", "int8", "int16x8")]
    made_by_hand(scheduler.library.home / "remarks", *made).close()
    app = choose(visit(page_files.COMPARE, "remarks"), "int8")
    of = "remarks.int8"
    app.toggle(key=f"compare.remark.pinned.{of}").set_value(True).run()
    app.text_input(key=f"compare.remark.note.{of}").set_value("for the demo").run()
    assert next(iter(by_recipe(app))) == "int8"
    assert "for the demo" in by_recipe(app)["int8"]["Note"]
    app.toggle(key=f"compare.remark.hidden.{of}").set_value(True).run()
    assert "int8" in by_recipe(app), "it is chosen"
    assert "int8" not in by_recipe(choose(app, None))
    app.toggle(key=f"{row_filter.KEY}.hidden").set_value(True).run()
    assert "int8" in by_recipe(app)
    kept = scheduler.library.open("remarks").index.remark("int8")
    assert (kept.pinned, kept.hidden, kept.note) == (True, True, "for the demo")


def test_a_link_in_the_table_gives_the_file_under_its_name(visit: Visit, results: Study) -> None:
    table = by_recipe(visit(page_files.COMPARE, results))
    made = results.variant("int8(calibration_samples=5)")
    assert made is not None
    response = get(table[made.recipe]["Download"])
    assert isinstance(response, FileResponse)
    assert hashlib.sha256(Path(response.path).read_bytes()).hexdigest() == made.sha256
    assert "tiny-int8-calibration-samples-5.tflite" in response.headers["content-disposition"]


@pytest.mark.parametrize("study", ["gone", "..", None], ids=["study", "path", "recipe"])
def test_a_link_to_what_is_not_there_gives_one_sentence(results: Study, study: str | None) -> None:
    response = get(f"/files/{study or results.index.id}/int16x8")
    assert response.status_code == 404
    sentence = bytes(response.body).decode()
    assert sentence.endswith(".")
    assert "\n" not in sentence


def get(address: str) -> Response:
    """What the server answers to a link of the table."""
    folder, study, recipe = unquote(address).strip("/").split("/")
    assert folder == "files"
    parameters = {"study": study, "recipe": recipe}
    return asyncio.run(serve(Request({"type": "http", "path_params": parameters})))


def test_the_zip_holds_files_that_are_what_results_json_says(results: Study) -> None:
    target = results.folder / "all.zip"
    with zipfile.ZipFile(io.BytesIO(write_bundle(results, target).read_bytes())) as archive:
        content = json.loads(archive.read("results.json"))
        assert len(content["variants"]) == len(results.index.variants)
        for made in content["variants"]:
            data = archive.read(made["file"])
            assert hashlib.sha256(data).hexdigest() == made["sha256"]
            assert len(data) == made["size_bytes"]


def test_latencies_of_another_machine_are_said_and_measured_anew(
    visit: Visit, results: Study
) -> None:
    here = results.index.variants
    for made in here:
        other = replace(made.timed_on or made.environment, cpu="Another CPU", cores=64)
        results.put_variant(made.model_copy(update={"timed_on": other}))
    app = visit(page_files.COMPARE, results)
    assert "another machine: **Another CPU**, 64 cores" in texts(app)
    press(app, "Measure on this machine")
    app = wait_for_operation(app)
    assert "another machine" not in texts(app)
    for before, now in zip(here, results.index.variants, strict=True):
        assert now.latency
        assert now.latency != before.latency
        assert now.timed_on == before.timed_on


@pytest.mark.slow
def test_where_all_jobs_failed_the_baseline_is_timed_on_demand(
    visit: Visit, scheduler: Scheduler, results: Study
) -> None:
    study = copy_of(results, scheduler, "all-failed")
    untimed = study.index.variants[0].model_copy(update={"latency": None})
    study.update(lambda index: index.model_copy(update={"variants": (untimed,), "jobs": ()}))
    assert "Nothing was timed" not in texts(visit(page_files.COMPARE, study))
    study.add_job(Job(id="a", recipe="int16x8", status=Status.FAILED, error="It does not fit."))
    app = visit(page_files.COMPARE, study)
    assert "Nothing was timed" in texts(app)
    press(app, "Measure latency")
    app = wait_for_operation(app)
    assert "Nothing was timed" not in texts(app)
    assert study.index.variants[0].latency


def test_latency_without_xnnpack_is_measured_on_demand(visit: Visit, results: Study) -> None:
    app = visit(page_files.COMPARE, results)
    app.toggle(key=latencies.WITHOUT_XNNPACK).set_value(True).run()
    press(app, "Measure again")
    app = wait_for_operation(app)
    frame = next(f.value for f in app.dataframe if "Setting" in f.value)
    assert (frame["Setting"] == "1 thread, without XNNPACK").sum() == len(results.index.variants)


def test_where_the_numbers_come_from_is_one_click_away(visit: Visit, results: Study) -> None:
    said = texts(choose(visit(page_files.COMPARE, results), "float16"))
    environment = results.index.variants[0].environment
    assert environment.cpu in said
    assert "Seeds: roles " in said
    assert "calibration" in said


def test_the_chosen_variant_is_handed_on_with_card_script_and_metadata(
    visit: Visit, results: Study
) -> None:
    app = choose(visit(page_files.COMPARE, results), "float16")
    made = results.variant("float16")
    assert made is not None
    app.selectbox(key=f"{handover_panel.KEY}.licence").select("mit").run()
    card = handover_panel._card(results, made, "mit").decode()
    assert card.startswith("---\n")
    assert 'license: "mit"' in card
    assert handover_panel._described(results, made, "mit")[4:8] == b"TFL3"
    for form, ends in (("Script", ".py"), ("Notebook", ".ipynb")):
        app.segmented_control(key=f"{handover_panel.KEY}.form").set_value(form).run()
        name = app.download_button(key=f"{handover_panel.KEY}.script").label.replace("\\", "")
        assert name.endswith((ends, ".zip"))
        assert "tiny-float16" in name


def test_the_chosen_variant_is_offered_as_a_kit_that_builds(visit: Visit, results: Study) -> None:
    app = visit(page_files.COMPARE, results)
    chosen = app.selectbox(key=kit_panel.TARGET)
    assert {"Python", "TFLite Micro"} <= set(chosen.options)
    chosen.select("cpp").run()
    recipe = recommended(
        compare(results), choose_under(results, results.index.limits)
    ).variant.recipe
    made = results.variant(recipe)
    assert made is not None
    name = app.download_button(key="compare.kit").label.removeprefix("Download ")
    assert name == kit_name(results.index, made, "cpp")
    content = kit_panel._made(results, made, "cpp")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        inside = {file.partition("/")[2] for file in archive.namelist()}
    assert {"Makefile", "model.tflite", "model.cpp", "vectors/0-input-0.bin"} <= inside
