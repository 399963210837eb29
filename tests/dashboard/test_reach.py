"""tests of dashboard/server/: where the server does not start, and what it says."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.server import reach

ROOT = Path(__file__).parents[2]
EVERYWHERE = "0.0.0.0"  # noqa: S104 (it is what is refused)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LITEWEIGH_AUTH", "LITEWEIGH_HOSTS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "::1"])
def test_localhost_needs_no_word(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    assert reach.fault(address) is None
    monkeypatch.setenv("LITEWEIGH_HOSTS", "weigh.example")
    fault = reach.fault(address)
    assert fault
    assert fault.startswith("LITEWEIGH_HOSTS is set: others would reach the app")
    monkeypatch.setenv("LITEWEIGH_AUTH", "none")
    assert reach.fault(address) is None


@pytest.mark.parametrize(
    ("address", "found"),
    [
        (EVERYWHERE, f"server.address is “{EVERYWHERE}”: "),
        ("192.0.2.2", "server.address is “192.0.2.2”: "),
        ("", "server.address is empty, which stands for every network: "),
        (None, "server.address is empty, which stands for every network: "),
    ],
)
def test_every_other_address_needs_it(
    monkeypatch: pytest.MonkeyPatch, address: str | None, found: str
) -> None:
    fault = reach.fault(address)
    assert fault
    assert fault.startswith(found)
    assert fault.endswith("with LITEWEIGH_AUTH=none.")
    monkeypatch.setenv("LITEWEIGH_AUTH", "none")
    assert reach.fault(address) is None


@pytest.mark.parametrize("address", ["localhost", EVERYWHERE])
def test_a_word_that_is_none_is_said_later(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("LITEWEIGH_AUTH", "perhaps")
    assert reach.fault(address) is None, "then it ends with the setting’s own sentence"


@pytest.mark.slow
def test_the_server_ends_before_its_port_is_open(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = ["run", "app.py", "--server.headless=true", f"--server.port={port}"]
    ended = subprocess.run(
        [sys.executable, "-m", "streamlit", *command, f"--server.address={EVERYWHERE}"],
        cwd=ROOT, env={**os.environ, "LITEWEIGH_HOME": str(tmp_path / "home")},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert f"server.address is “{EVERYWHERE}”: others would reach the app" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "home").exists(), "nothing was begun"
