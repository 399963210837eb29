"""tests of choose/: where the ranks of variants differ between devices."""

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from optimizer.choose.across_devices import rank_differences
from optimizer.devices.device import Device
from optimizer.devices.measured import DeviceRun, DeviceState, FileThere
from optimizer.measure.measurements import Environment
from tests.variants import latency, study, variant

SILENT = DeviceState("", None, None, None, None, None, None, None)


def run(device: str, ratio: float) -> DeviceRun:
    """A run in which int8 takes so much of the baseline's time."""
    file = FileThere("int8", "1" * 64, latency(1.0, ratio), None, None, (), "")
    there = Environment("Another CPU", 4, "Linux", "3.11.2", {})
    began = datetime(2026, 1, 1, tzinfo=timezone.utc)
    return DeviceRun(device, device, began, 9.0, 1, there, SILENT, SILENT, (), (file,))


def test_what_is_faster_on_one_device_and_slower_on_others_is_said_once(tmp_path: Path) -> None:
    home = Device("home", "the desk", "A CPU", 2, "Linux")
    boards = [replace(home, id=name, name=f"board {name}", by="bundle") for name in ("a", "b", "c")]
    made = study(
        tmp_path / "s",
        variant("float32", device="home"),
        variant("int8", device="home", latency=latency(1.0, 1.3), sha256="1" * 64),
        devices=(home, *boards),
        device_runs=(run("a", 0.3), run("b", 1.2), run("c", 1.0)),
    )
    assert rank_differences(made.index) == (
        "int8 is faster than float32 on board a, and slower on the desk and board b.",
    )


def test_where_intervals_leave_doubt_nothing_is_said(tmp_path: Path) -> None:
    home = Device("home", "the desk", "A CPU", 2, "Linux")
    made = study(
        tmp_path / "s",
        variant("float32", device="home"),
        variant("int8", device="home", latency=latency(1.0, 1.3), sha256="1" * 64),
        devices=(home, replace(home, id="a", name="board", by="bundle")),
        device_runs=(run("a", 0.995),),  # 0.985 to 1.005
    )
    assert rank_differences(made.index) == ()
