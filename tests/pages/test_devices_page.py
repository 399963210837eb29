"""tests of pages/: the Devices page, and Compare as a device sees it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard import page_files
from dashboard.forms import device_choice
from dashboard.server import unlocking
from optimizer.devices.kept import kept_devices
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.study import Study
from tests.pages.conftest import Visit, press, texts, wait_for_operation

Golden = Callable[[], Study]


@pytest.fixture
def study(golden: Golden) -> Study:
    return golden()


@pytest.fixture
def measured(study: Study, scheduler: Scheduler, result: Path) -> Study:
    """One that a second device measured."""
    scheduler.import_result(study, result, "my board").result()
    return study


def test_without_files_the_page_leads_to_them(visit: Visit, model_only: Study) -> None:
    for study in (None, model_only):
        app = visit(page_files.DEVICES, study)
        assert "no file yet that could run elsewhere" in app.info[0].value


def test_a_bundle_is_made_and_offered(visit: Visit, study: Study) -> None:
    app = visit(page_files.DEVICES, study)
    assert "unzip" in app.code[0].value
    press(app, "Make the bundle")
    state = app.session_state["devices.made"]
    assert state.operation.result().stat().st_size > 10_000
    app.run()
    assert not app.exception
    assert [one.proto.label for one in app.get("download_button")] == [
        f"Download {study.index.id}-device.zip"
    ]


def test_a_result_that_is_brought_back_is_shown(visit: Visit, study: Study, result: Path) -> None:
    app = visit(page_files.DEVICES, study)
    app.text_input(key="devices.name").set_value("my board").run()
    app.file_uploader[0].upload("result.json", result.read_bytes(), "application/json").run()
    wait_for_operation(app)
    assert "my board" in texts(app)
    assert "give the same outputs there as here" in texts(app)
    assert "my board" in list(app.dataframe[0].value.columns)
    assert [one.name for one in study.index.devices][-1] == "my board"


def test_what_is_no_result_is_told_in_a_sentence(visit: Visit, study: Study) -> None:
    app = visit(page_files.DEVICES, study)
    app.file_uploader[0].upload("result.json", b"{}", "application/json").run()
    wait_for_operation(app)
    assert "no result" in app.error[0].value
    assert not study.index.device_runs


def test_wheels_are_said_to_come_from_the_package_index(visit: Visit, study: Study) -> None:
    app = visit(page_files.DEVICES, study)
    assert "package index" not in texts(app)
    app.toggle(key="devices.wheels").set_value(True).run()
    assert "from the Python package index, at most 35 MB" in texts(app)


def test_compare_speaks_of_the_device_that_is_chosen(visit: Visit, measured: Study) -> None:
    app = visit(page_files.COMPARE, measured)
    board = measured.index.devices[-1].id
    app.selectbox(key=device_choice.KEY).set_value(board).run()
    assert not app.exception
    assert measured.index.limits.device == board
    there = measured.index.device_runs[0].files[1].latency
    assert there is not None
    table = app.dataframe[0].value.set_index("Recipe")
    assert table.loc["int8", "Latency"] == pytest.approx(there.median_ms)
    assert "on my board" in texts(app)
    own = measured.index.variants[0].device
    app.selectbox(key=device_choice.KEY).set_value(own).run()
    assert measured.index.limits.device is None


def test_with_one_device_there_is_nothing_to_choose(visit: Visit, study: Study) -> None:
    app = visit(page_files.COMPARE, study)
    assert device_choice.KEY not in [one.key for one in app.selectbox]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LITEWEIGH_HOME", str(tmp_path))
    return tmp_path


def test_machines_by_ssh_are_kept_by_name_once_the_server_is_known_to_be_ours(
    visit: Visit, study: Study, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.server.sharing.is_local", lambda: True)
    app = visit(page_files.DEVICES, study)
    app.segmented_control(key="devices.way").set_value("By ssh, a machine of yours").run()
    assert "type the code" in texts(app)
    app.text_input(key="devices.code").set_value(unlocking.CODE)
    press(app, "Unlock")
    app.text_input(key="devices.add.name").set_value("my pi")
    app.text_input(key="devices.add.address").set_value("pi@raspberrypi.local")
    press(app, "Add this machine")
    assert [(one.name, one.address) for one in kept_devices(home)] == [
        ("my pi", "pi@raspberrypi.local")
    ]
    assert [one.label for one in app.button].count("Measure there") == 1
    press(app, "Forget this machine")
    assert kept_devices(home) == ()


def test_others_are_not_offered_to_reach_machines_by_ssh(
    visit: Visit, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.server.sharing.is_local", lambda: False)
    app = visit(page_files.DEVICES, study)
    assert app.segmented_control(key="devices.way").options == [
        "A bundle, for any machine",
        "Microcontrollers, without one",
    ]


def test_files_are_tried_for_chips_that_are_not_here(visit: Visit, study: Study) -> None:
    app = visit(page_files.DEVICES, study)
    app.segmented_control(key="devices.way").set_value("Microcontrollers, without one").run()
    app.multiselect(key="devices.chips.recipes").set_value(["int8"]).run()
    app.multiselect(key="devices.accelerators").set_value(["ethos-u55-128"]).run()
    press(app, "Try these files")
    app = wait_for_operation(app)
    tables = [frame.value for frame in app.dataframe]
    needs = next(table for table in tables if "Arena" in table)
    assert list(needs["Recipe"]) == ["float32", "int8"]
    assert "estimated by Vela" in texts(app)
    room = next(table for table in tables if "RAM left" in table)
    assert {"yes", "no"} >= set(room["Fits"])
    in_one_piece = dict(zip(room["Board"], room["RAM in one piece"], strict=True))
    assert in_one_piece["Arduino Portenta H7"] == "524 KB of 1.08 MB: AXI SRAM"
    assert in_one_piece["Raspberry Pi Pico"] == "270 KB"
    assert "A rule: " in texts(app)
