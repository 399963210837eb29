"""tests of devices/: machines that a user has given names."""

from pathlib import Path

import pytest

from optimizer.devices.kept import (
    FILE,
    KeptDevice,
    device_at,
    forget_device,
    keep_device,
    kept_devices,
)
from optimizer.errors import DeviceError
from tests.refused import refused


def test_machines_are_kept_by_name_in_a_file(tmp_path: Path) -> None:
    home = tmp_path / "new"
    assert kept_devices(home) == ()
    keep_device(home, "pi", "pi@raspberrypi.local")
    keep_device(home, "jetson", "board:2222", "~/venv/bin/python3")
    keep_device(home, "pi", "pi@192.168.0.7")  # it has moved
    assert kept_devices(home) == (
        KeptDevice("jetson", "board:2222", "~/venv/bin/python3"),
        KeptDevice("pi", "pi@192.168.0.7", "python3"),
    )
    forget_device(home, "jetson")
    assert [one.name for one in kept_devices(home)] == ["pi"]


def test_a_machine_is_found_by_its_name_or_its_address(tmp_path: Path) -> None:
    keep_device(tmp_path, "pi", "pi@raspberrypi.local")
    assert device_at(tmp_path, "pi").address == "pi@raspberrypi.local"
    assert device_at(tmp_path, "pi", "python3.12").python == "python3.12"
    assert device_at(tmp_path, "me@elsewhere") == KeptDevice("", "me@elsewhere")
    with refused(DeviceError, "“po”", "there are: pi", "device add"):
        device_at(tmp_path, "po")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "me@you", "x" * 200])
def test_what_is_no_name_is_refused(name: str, tmp_path: Path) -> None:
    with refused(DeviceError, "is no name for a device"):
        keep_device(tmp_path, name, "pi@raspberrypi.local")


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("[{")
    with refused(DeviceError, "devices.json is missing or damaged", "device add"):
        kept_devices(tmp_path)
