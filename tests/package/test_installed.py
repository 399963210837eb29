"""tests of the package: what a user has after installing it."""

import json
import re
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from optimizer import sample
from optimizer.techniques.registry import TECHNIQUES
from tests.package.conftest import Installed
from tests.package.page_client import page_of
from tests.waiting import until

IMPORTING = 0.5  # seconds
OPENED = 120  # seconds until a worker has opened the sample; ten are enough on an idle machine


# The first example opens the study that those of its methods are about.
EXAMPLES = """
import doctest, liteweigh, liteweigh.face
[first] = doctest.DocTestFinder().find(liteweigh, module=False)
print(doctest.DocTestRunner().run(first, clear_globs=False))
print(doctest.testmod(liteweigh.face, extraglobs=first.globs))
"""


def test_the_command_lists_the_techniques(installed: Installed) -> None:
    told = installed.run("liteweigh", "techniques")
    assert told.returncode == 0, told.stderr
    assert [name for name in TECHNIQUES if f"{name}: " not in told.stdout] == []


@pytest.mark.slow
def test_the_command_runs_a_recipe_on_the_sample(installed: Installed) -> None:
    ran = installed.run("liteweigh", "run", "--recipe", "float16", "--out", "study", "--json")
    assert ran.returncode == 0, ran.stderr
    results = json.loads(ran.stdout)
    assert results == json.loads((installed.elsewhere / "study/results.json").read_text())
    baseline, float16 = results["variants"]
    assert float16["size_bytes"] < 0.6 * baseline["size_bytes"]
    assert float16["metric"]["value"] > 0.9
    assert float16["latency"]["median_ms"] > 0


def test_the_package_is_also_a_module_that_runs(installed: Installed) -> None:
    told = installed.run("python", "-m", "liteweigh", "run", "gone.keras")
    assert told.returncode == 2
    assert "There is no file" in told.stderr


def test_no_other_name_can_be_imported(installed: Installed) -> None:
    asked = "import importlib.util as u; print([n for n in {names} if u.find_spec(n)])"
    names = ["optimizer", "dashboard", "pages", "app", "examples", "tests", "benchmarks", "tools"]
    told = installed.run("python", "-c", asked.format(names=names))
    assert told.stdout.strip() == "[]", told.stderr


def test_importing_it_is_quick_and_loads_no_tensorflow(installed: Installed) -> None:
    timed = """
import sys, time
began = time.process_time()
import liteweigh
print(time.process_time() - began)
liteweigh.open, liteweigh.Variant
print([name for name in ("tensorflow", "keras", "streamlit") if name in sys.modules])
"""
    told = installed.run("python", "-c", timed)
    seconds, loaded = told.stdout.splitlines()
    assert float(seconds) < IMPORTING
    assert loaded == "[]"


@pytest.mark.slow
def test_the_examples_in_the_docstrings_of_the_public_face_run(
    installed: Installed, tmp_path: Path
) -> None:
    (tmp_path / "model.keras").symlink_to(sample.MODEL)
    (tmp_path / "data.npz").symlink_to(sample.DATA)
    told = installed.run("python", "-c", EXAMPLES, cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert re.findall(r"failed=(\d+), attempted=(\d+)", told.stdout) == [("0", "6"), ("0", "27")]


@pytest.mark.slow
def test_a_program_that_closes_nothing_ends(installed: Installed) -> None:
    ran = installed.run("python", "-c", "import liteweigh; print(liteweigh.open())")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("float32")
    assert list(installed.elsewhere.glob("liteweigh-*/study")) == []


@contextmanager
def app_of(installed: Installed, *arguments: str) -> Iterator[None]:
    """The dashboard as `liteweigh app` starts it, until it is interrupted."""
    server = subprocess.Popen(
        [str(installed.environment / "bin/liteweigh"), "app", *arguments],
        cwd=installed.elsewhere, stdout=(installed.elsewhere / "told").open("wb"),
        env={**installed.variables, "STREAMLIT_SERVER_HEADLESS": "true"},
    )  # fmt: skip
    try:
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port


def answer(port: int, path: str) -> str:
    """What the server answers; empty while it does not."""
    try:
        with urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=5) as page:
            text: str = page.read().decode()
            return text
    except OSError:
        return ""


def studies(home: Path) -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in home.glob("*/study.json")]


@pytest.mark.slow
def test_a_page_of_the_app_opens_the_sample_in_a_worker(installed: Installed) -> None:
    port, home = free_port(), installed.elsewhere / "home"
    with app_of(installed, "--port", str(port)):
        until(lambda: answer(port, "/_stcore/health") == "ok", seconds=OPENED)
        assert "<title>Streamlit</title>" in answer(port, "/")
        with page_of(port) as page:
            page.press("Use the sample")
            until(lambda: any(study["dataset"] for study in studies(home)), seconds=OPENED)
    [study] = studies(home)
    assert study["model"]["summary"]["name"] == "fashion_mnist"
    assert study["variants"][0]["metric"]["value"] > 0.9


def test_the_app_is_configured_as_in_a_checkout(installed: Installed) -> None:
    """It is served to this machine alone and tells nobody; the current folder has no settings."""
    port = free_port()
    with app_of(installed, "--port", str(port)):
        until(lambda: answer(port, "/_stcore/health") == "ok", seconds=OPENED)
        listening = {
            connection.laddr.ip
            for connection in psutil.net_connections("tcp")
            if connection.laddr and connection.laddr.port == port and not connection.raddr
        }
        with page_of(port) as page:
            session = page.session
    told = (installed.elsewhere / "told").read_text()
    assert re.search(r"this code: [0-9A-Z]{4}-[0-9A-Z]{4}\n", told), "for paths and trust"
    assert listening
    assert listening <= {"127.0.0.1", "::1"}
    assert session.config.gather_usage_stats is False
    assert session.custom_theme.light.primary_color == "#0f766e"


def test_a_wrong_setting_is_said_before_the_app_starts(installed: Installed) -> None:
    told = installed.run("liteweigh", "app", LITEWEIGH_WORKERS="none")
    assert told.returncode == 2
    assert told.stderr.startswith("error: LITEWEIGH_WORKERS is “none”")
