"""tests of export/report/: what a report says, beside `results.json`."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from optimizer.export.report.page import report
from optimizer.export.report.write import write_report
from optimizer.store.limits import Limits, Loss
from optimizer.store.study import Study
from optimizer.store.tried import Lost, Tried, Weighed
from tests.export.report.reading import Element, cells, read
from tests.store.golden import copy_of
from tests.variants import study, variant

MOST = 6 * 10**6  # bytes
UNITS = {
    "B": 1,
    "KB": 1e3,
    "MB": 1e6,
    "ms": 1,
    "%": 0.01,
    "pt": 0.01,
    "points": 0.01,
    "point": 0.01,
}
HOSTILE = '</script><img src=x onerror="alert(1)">"><svg onload=alert(1)>{{7}} \u202e<!--'
LOSSES = (Loss(value=0.2), Loss(value=0.0))  # that int8 is proved to hold, and that nothing can


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Four real files, a recipe that failed and one that was stopped."""
    return Study(copy_of(1, tmp_path_factory.mktemp("golden")))


@pytest.fixture(scope="module", params=LOSSES, ids=["held", "open"])
def both(request: pytest.FixtureRequest, kept: Study, tmp_path_factory: Any) -> Any:
    """The report as a browser reads it, and `results.json` of the same moment."""
    kept.update(lambda now: now.model_copy(update={"limits": Limits(
        loss=request.param, size_bytes=20_000, latency_ratio=3, must_run=("gpu",)
    )}))  # fmt: skip
    file = write_report(kept, tmp_path_factory.mktemp("report") / "report.html")
    return read(file.read_text("utf-8")), json.loads((kept.folder / "results.json").read_text())


def stands_for(shown: str, raw: float) -> bool:
    """Whether a number as people read it is this one, to its last digit."""
    found = re.fullmatch(r"([+−±]?)([\d.,]+) ?(\w+|%|×)?", shown)
    assert found, f"no number: {shown}"
    digits = found[2].replace(",", "")
    unit = UNITS.get(found[3] or "", 1)
    half = 0.5 * 10.0 ** -len(digits.partition(".")[2]) * unit
    if "." not in digits:  # 187 KB, or 1,234
        half = 0.5 * unit
    sign = -1 if found[1] == "−" else 1
    return abs(sign * float(digits) * unit - raw) <= 1.001 * half


def test_every_file_has_the_numbers_of_results_json(both: tuple[Element, Any]) -> None:
    page, results = both
    table = cells(page, "files")
    made = [one for one in results["variants"] if one["status"] == "done"]
    assert len(table) == len(made) == 4
    for (_, row), one in zip(table.items(), made, strict=True):
        expected = {
            "Size": one["size_bytes"],
            "After gzip": one["gzip_bytes"],
            "Accuracy": one["metric"]["value"],
            "Change against float32": one["difference"] and one["difference"]["value"],
            "Agrees with float32": one["fidelity"]["agreement"],
            "Latency": one["latency"]["median_ms"],
            "Arena": one["arena_bytes"],
        }
        assert {title: row[title].value for title in expected} == expected
        assert row["Speed"].value == one["latency"]["ratio"]
        for title, raw in expected.items():
            if raw is not None:
                [number] = row[title].all("data")
                assert stands_for(number.text, raw), (title, number.text, raw)
        verdicts = {proof["verdict"] for proof in one["proofs"]}
        worst = next(v for v in ("broken", "open", "held") if v in verdicts)
        assert row["Limits"].text == worst


def test_the_choice_stands_there_with_each_proof(both: tuple[Element, Any]) -> None:
    page, results = both
    choice = results["choice"]
    assert choice["reason"] in page.all("header")[0].text
    [badge] = page.all("span", "badge")
    assert badge.text in {
        "held": {"Proved", "Nothing else is proved yet"}, "open": {"Not proved yet"},
        "none": {"None holds"},
    }[choice["verdict"]]  # fmt: skip
    assert (badge.text == "Proved") == (choice["recipe"] not in {None, "float32"})
    heading = page.all("h1")[0].text
    assert (choice["verdict"] == "held") == heading.startswith("Ship")
    about = page.all("section")[0].all("h3")[0].all("code")[0].text
    [one] = [one for one in results["variants"] if one["recipe"].startswith(about.split("(")[0])][
        :1
    ]
    proofs = cells(page, "proofs")
    assert [row["Verdict"].text for row in proofs.values()] == [p["verdict"] for p in one["proofs"]]
    loss, said = one["proofs"][0], proofs["Loss in accuracy"]
    worst = next(title for title in said if title.startswith("At worst"))
    assert said["Allowed"].value == loss["bound"]
    assert said["Found"].value == loss["value"]
    if loss["high"] != loss["value"]:
        assert said[worst].value == loss["high"]


def test_what_was_not_chosen_is_there_with_its_reason(both: tuple[Element, Any]) -> None:
    page, results = both
    table = cells(page, "reasons")
    for one in results["variants"]:
        if one["recipe"] == results["choice"]["recipe"]:
            assert one["recipe"] not in table
        elif one["status"] != "done":
            assert table[one["recipe"]]["Verdict"].text == one["status"]
            assert (one["error"] or "It was stopped") in table[one["recipe"]]["Why not"].text
    assert all(row["Why not"].text for row in table.values())


def test_its_origin_is_there(both: tuple[Element, Any]) -> None:
    page, results = both
    seen = page.text
    for one in results["variants"]:
        if one["status"] == "done":
            assert one["sha256"] in seen
    chosen = results["variants"][0]["provenance"]
    for digest in (chosen["sha256"]["model"], chosen["sha256"]["data"]):
        assert digest in seen
    assert f"roles {chosen['seeds']['roles']}" in seen
    assert chosen["made_on"]["versions"]["tensorflow"] in seen


def test_it_is_small_enough_to_be_sent_and_asks_no_network(
    both: tuple[Element, Any], kept: Study
) -> None:
    page, _ = both
    assert len(report(kept).encode()) < MOST
    for element in ("img", "link", "iframe", "object", "a", "form", "base", "svg", "video"):
        assert not page.all(element)
    assert all("src" not in script.attributes for script in page.all("script"))
    [policy] = [m for m in page.all("meta") if m.attributes.get("http-equiv")]
    assert str(policy.attributes["content"]).startswith("default-src 'none'; script-src 'sha256-")


def test_no_name_becomes_more_than_a_text(kept: Study) -> None:
    before = read(report(kept))
    index = kept.index
    assert index.dataset is not None
    data = replace(index.dataset, class_names=(HOSTILE, HOSTILE), name=HOSTILE)
    jobs = [job.model_copy(update={"error": HOSTILE}) for job in index.jobs]
    labels = index.labels.model_copy(update={"title": HOSTILE})
    kept.update(lambda now: now.model_copy(
        update={"dataset": data, "jobs": tuple(jobs), "labels": labels}
    ))  # fmt: skip
    page = read(report(kept))
    for name in ("script", "img", "svg", "style", "meta"):
        assert len(page.all(name)) == len(before.all(name)), name
    seen = HOSTILE.replace("\u202e", "�")
    assert seen in page.all("header")[0].text
    assert page.text.count(seen) >= 4
    data_block = next(s for s in page.all("script") if s.attributes.get("type"))
    assert set(json.loads(data_block.text)) == {"data", "layout"}


def test_before_there_are_data_it_says_so(tmp_path: Path) -> None:
    bare = study(tmp_path / "bare", dataset=None, data_folder=None, float_report=None)
    page = read(report(bare))
    assert page.all("h1")[0].text == "Nothing was made yet"
    assert "no data yet" in page.text
    assert not page.all("script")


def test_what_was_not_measured_is_a_dash(tmp_path: Path) -> None:
    nothing = {"metric": None, "fidelity": None, "latency": None}
    bare = study(tmp_path / "s", variant("float32", **nothing), variant("int8", **nothing))
    page = read(report(bare))
    table = cells(page, "files")
    assert set(table["int8"]) == {"Limits", "Size", "After gzip", "Arena"}
    assert table["int8"]["Limits"].text == "open"


def test_what_a_search_tried_is_there_with_what_it_lost(tmp_path: Path) -> None:
    weighed = Weighed(40_000, 30_000, 100, ("FLOAT32",), {"integer_only": False})
    tried = (
        Tried(recipe="int8(quantizer=litert)", key="a", weighed=weighed,
              lost=Lost(0.03, 0.05, 0.9, 400)),
        Tried(recipe="int16x8", key="b", error="The converter refused the model."),
    )  # fmt: skip
    kept = study(tmp_path / "s", variant("float32"), variant("int8"), tried=tried)
    table = cells(read(report(kept)), "reasons")
    row = table["int8(quantizer=litert)"]
    assert (row["Verdict"].text, row["Size"].value) == ("searched", 40_000)
    assert row["Why not"].text == "3 points lost on 400 tuning samples."
    assert table["int16x8"]["Why not"].text == "The converter refused the model."
