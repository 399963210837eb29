"""tests in a real browser: the real server, on a free port."""

import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import until

LOG = "log.txt"
ROOT = Path(__file__).parent.parent.parent
CODE = re.compile(r"this code: ([0-9A-Z]{4}-[0-9A-Z]{4})\n")


@dataclass(frozen=True)
class Server:
    """The app at work: `streamlit run app.py`.

    Attributes:
        url: Where it answers, without a slash at the end.
        pid: Its process; the workers are its children.
        home: Where it keeps the studies.
        log: What its terminal shows.
    """

    url: str
    pid: int
    home: Path
    log: Path

    @property
    def code(self) -> str:
        """The code that it printed at its start."""
        until(lambda: CODE.search(self.log.read_text()), seconds=60)
        code: str = CODE.findall(self.log.read_text())[0]
        return code


@contextmanager
def serve(folder: Path) -> Iterator[Server]:
    """The real server, with two workers and studies in a folder of its own."""
    temporary = folder / "tmp"  # with a lock of its own it waits for no other test
    temporary.mkdir()
    port = _free_port()
    settings = {
        "LITEWEIGH_HOME": str(folder / "home"), "LITEWEIGH_WORKERS": "2",
        "LITEWEIGH_LATENCY_SECONDS": "0.2", "TMPDIR": str(temporary),
    }  # fmt: skip
    command = ["streamlit", "run", "app.py", "--server.port", str(port), "--server.headless=true"]
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT, env={**os.environ, **settings}, stdout=log, stderr=log,
        )  # fmt: skip
    url = f"http://localhost:{port}"
    try:
        until(lambda: _answers(url), seconds=60)
        yield Server(url, process.pid, folder / "home", folder / LOG)
    finally:
        process.terminate()
        process.wait(30)
    said = (folder / LOG).read_text()
    assert "Traceback" not in said, f"a page could not be drawn: {said}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False
