"""tests of devices/: another machine by ssh, here a real sshd on the loopback."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from optimizer.devices import ssh
from optimizer.devices.kept import KeptDevice
from optimizer.devices.measured import DeviceRun
from optimizer.devices.ssh import parse_address, parse_python
from optimizer.errors import DeviceError
from optimizer.export.on_device import run_on
from optimizer.jobs.pending import Pending
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.study import Study
from tests.devices import sshd
from tests.devices.sshd import SSHD, Server, serving
from tests.refused import refused
from tests.terminal import Terminal
from tests.waiting import PATIENCE

pytestmark = pytest.mark.skipif(not SSHD, reason="OpenSSH's server is not installed")
Golden = Callable[[], Study]
Start = Callable[..., Pending[DeviceRun]]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    (tmp_path / "home").mkdir()
    (tmp_path / "ssh").mkdir()
    with serving(tmp_path / "ssh", tmp_path / "home") as running:
        monkeypatch.setenv("PATH", sshd.environment(running))
        yield running


@pytest.fixture
def start(server: Server, scheduler: Scheduler, golden: Golden) -> Start:
    """Begins a run of the study on the server."""

    def begin(python: str = "python3", seconds: float = 0.2) -> Pending[DeviceRun]:
        device = KeptDevice("loopback", server.address, python)
        return run_on(scheduler, golden(), device, ("int8",), seconds=seconds)

    return begin


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def measuring(pending: Pending[DeviceRun]) -> bool:
    """Whether it measures there, or has ended."""
    now = pending.progress()
    return pending.done or bool(now and "measuring" in now.stage)


def test_a_run_by_ssh_is_like_one_of_a_bundle_and_leaves_nothing(
    server: Server, terminal: Terminal, golden: Golden, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    """From a name that the user keeps to numbers in the study."""
    monkeypatch.setenv("LITEWEIGH_HOME", str(tmp_path / "liteweigh"))
    study = golden()
    study.close()
    assert terminal("device", "add", "my pi", server.address).returncode == 0
    said = terminal(
        "device", "run", study.folder, "--on", "my pi", "--recipe", "int8", "--seconds", "0.1"
    )
    assert said.returncode == 0, said.stderr
    assert "my pi" in said.stdout
    assert server.left() == []
    said = terminal("device", "list", study.folder, "--json")
    told = json.loads(said.stdout)
    assert [one["name"] for one in told["kept"]] == ["my pi"]
    assert "my pi" in [one["name"] for one in told["devices"]]
    assert terminal("device", "forget", "my pi").returncode == 0
    said = terminal("device", "run", study.folder, "--on", "my pi")
    assert said.returncode == 2
    assert "No device is kept under the name “my pi”; there are: none" in said.stderr


@pytest.mark.slow
def test_a_wrong_key_is_told(server: Server, start: Start) -> None:
    server.use_key("wrong")
    with refused(DeviceError, "127.0.0.1 refused your key", "ssh-copy-id"):
        start().result()


@pytest.mark.slow
def test_an_unknown_host_is_told_and_not_accepted(server: Server, start: Start) -> None:
    server.forget_host()
    with refused(DeviceError, "127.0.0.1 is no known host of yours", "fingerprint"):
        start().result()
    assert (server.folder / "no_hosts").read_text() == ""


@pytest.mark.slow
def test_a_host_that_changed_its_key_is_told(server: Server, start: Start) -> None:
    other = (server.folder / "wrong.pub").read_text().split()[:2]
    hosts = server.folder / "known_hosts"
    hosts.write_text(f"[127.0.0.1]:{server.port} {' '.join(other)}\n")
    with refused(DeviceError, "host key has changed", "ssh-keygen -R"):
        start().result()


@pytest.mark.slow
def test_a_machine_without_python_is_told(server: Server, start: Start) -> None:
    with refused(DeviceError, "127.0.0.1 has no “python9”", "--python ~/venv/bin/python3"):
        start(python="python9").result()
    assert server.left() == []


@pytest.mark.slow
def test_nobody_answers_is_told(server: Server, start: Start) -> None:
    server.process.kill()
    server.process.wait()
    with refused(DeviceError, "127.0.0.1 cannot be reached", "No ssh server answers there"):
        start().result()


@pytest.mark.slow
def test_a_connection_that_is_lost_midway_is_told_and_ends_the_work_there(
    server: Server, start: Start
) -> None:
    pending = start(seconds=60)
    until(lambda: measuring(pending))
    sessions = server.sessions()
    programs = [one for one in sessions if "run.py" in " ".join(one.cmdline())]
    assert programs
    for one in sessions:
        if one not in programs and "run.py" not in " ".join(one.cmdline()):
            one.kill()
    with refused(DeviceError, "The connection to 127.0.0.1 was lost while measuring", "Try again"):
        pending.result()
    until(lambda: not any(one.is_running() and one.status() != "zombie" for one in programs))


@pytest.mark.slow
def test_a_run_that_is_stopped_leaves_nothing_there(server: Server, start: Start) -> None:
    pending = start(seconds=60)
    until(lambda: measuring(pending))
    pending.cancel()
    with refused(DeviceError, "Stopped. Nothing was changed."):
        pending.result()
    until(lambda: server.left() == [])
    until(lambda: not any("run.py" in " ".join(one.cmdline()) for one in server.sessions()))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 KB; where this user may not mount one the test is skipped."""
    place = tmp_path / "home"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tests", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("This user may not mount a small disk")
    yield place
    subprocess.run(["umount", "-l", place], check=True)  # noqa: S607


@pytest.mark.slow
@pytest.mark.parametrize("foreseen", [True, False], ids=["foreseen", "in the middle"])
def test_a_full_disk_there_is_told(
    foreseen: bool, small_disk: Path, scheduler: Scheduler, golden: Golden, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if not foreseen:
        monkeypatch.setattr(ssh, "UNPACKED", 0)
        monkeypatch.setattr(ssh, "ROOM", 0)
    (tmp_path / "ssh").mkdir()
    with serving(tmp_path / "ssh", small_disk) as server:
        monkeypatch.setenv("PATH", sshd.environment(server))
        (small_disk / "ballast").write_bytes(bytes(280_000))
        device = KeptDevice("loopback", server.address)
        with refused(DeviceError, "The disk of 127.0.0.1", "choose fewer variants"):
            run_on(scheduler, golden(), device, ("int8",), seconds=0.1).result()
        assert server.left() == ["ballast"]


@pytest.mark.parametrize(
    "text", ["-oProxyCommand=touch x", "a b", "", "user@", "@host", "host:99999999", "a;b", "h`x`"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with refused(DeviceError, "is no address", "pi@raspberrypi.local"):
        parse_address(text)


@pytest.mark.parametrize("text", ["python3; rm -rf ~", "$(x)", "-c", "a b", "py'x"])
def test_what_is_no_path_of_a_python_is_refused(text: str) -> None:
    with refused(DeviceError, "is no path of a Python"):
        parse_python(text)


@pytest.mark.parametrize("text", ["pi@raspberrypi.local", "board", "pi@[fe80::1]:22", "a_b.c:2222"])
def test_addresses_as_ssh_takes_them(text: str) -> None:
    assert parse_address(text).url == f"ssh://{text}"
