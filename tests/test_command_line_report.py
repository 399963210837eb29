"""tests of the command line: liteweigh report."""

import json
from pathlib import Path

from tests.export.report.reading import read
from tests.store.golden import copy_of
from tests.terminal import Terminal


def test_the_report_is_written_where_it_is_wanted(tmp_path: Path, terminal: Terminal) -> None:
    study, file = copy_of(1, tmp_path), tmp_path / "report.html"
    said = terminal("report", study, "--out", file, "--json")
    assert said.returncode == 0, said.stderr
    document = json.loads(said.stdout)
    assert document["file"] == str(file)
    results = json.loads((study / "results.json").read_text())
    assert document["verdict"] == results["choice"]["verdict"]
    assert results["choice"]["reason"] in read(file.read_text("utf-8")).all("header")[0].text


def test_a_folder_without_a_study_is_told(tmp_path: Path, terminal: Terminal) -> None:
    said = terminal("report", tmp_path, "--out", tmp_path / "report.html")
    assert said.returncode == 2
    assert "There is no study in" in said.stderr
    assert not (tmp_path / "report.html").exists()
