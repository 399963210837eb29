"""tests of devices/: the wheels that a bundle takes along."""

import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from optimizer.devices import wheels
from optimizer.devices.wheels import Platform, fetch_wheels, parse_platform
from optimizer.errors import DeviceError
from optimizer.export.on_device import make_bundle
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.study import Study
from tests.devices import bundles
from tests.refused import refused


@pytest.mark.parametrize(
    "text", ["aarch64,cp311", "aarch64 3.11", "AARCH64,py311", "aarch64, python3.11"]
)
def test_a_platform_as_people_write_it(text: str) -> None:
    assert parse_platform(text) == Platform("aarch64", "3.11")


@pytest.mark.parametrize("text", ["armv7l,cp311", "aarch64,cp39", "aarch64", "", "x86_64,cp315"])
def test_a_platform_without_wheels_is_refused(text: str) -> None:
    with refused(DeviceError, "aarch64 or x86_64", "from 3.10 to 3.14", "uname -m"):
        parse_platform(text)


def pip(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Stands in for pip: a program that is given the folder."""
    monkeypatch.setattr(
        wheels, "_command", lambda _, folder: [sys.executable, "-c", program, str(folder)]
    )


def test_a_fetch_that_fails_says_what_pip_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pip(monkeypatch, "print('Looking'); print('ERROR: No matching distribution'); exit(1)")
    with refused(
        DeviceError, "Python 3.11 on Linux aarch64", "No matching distribution", "without wheels"
    ):
        fetch_wheels(Platform("aarch64", "3.11"), tmp_path)


def test_a_fetch_that_grows_too_large_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    grows = "import sys, time; open(sys.argv[1] + '/a.whl', 'wb').truncate(70_000_000); "
    pip(monkeypatch, grows + "time.sleep(600)")
    with refused(DeviceError, "larger than 60 MB"):
        fetch_wheels(Platform("aarch64", "3.11"), tmp_path)


def test_a_fetch_can_be_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pip(monkeypatch, "import time; time.sleep(600)")
    stop = Event()
    stop.set()
    with refused(DeviceError, "Stopped"):
        fetch_wheels(Platform("aarch64", "3.11"), tmp_path, stop)


@pytest.mark.slow
def test_with_its_wheels_a_bundle_runs_where_nothing_is_installed(
    scheduler: Scheduler, golden: Callable[[], Study], tmp_path: Path
) -> None:
    """From the real package index; a machine that does not reach it skips this."""
    machine = sysconfig.get_platform().rpartition("-")[2]
    here = Platform(machine, f"3.{sys.version_info.minor}")
    file = tmp_path / "bundle.zip"
    try:
        make_bundle(scheduler, golden(), file, ("int8",), platform=here, seconds=0.1).result()
    except DeviceError as error:
        if "could not be fetched" not in str(error):
            raise
        pytest.skip(f"The package index is out of reach: {error}")
    assert file.stat().st_size < wheels.MOST_BYTES + 5_000_000
    folder = bundles.unpack(file, tmp_path / "there")
    bare = [sys.executable, "-I", "-S", str(folder / "run.py")]  # no package of this machine
    done = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert bundles.read(folder / "result.json")["files"][1]["runs"] > 0
