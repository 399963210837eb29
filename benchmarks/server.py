"""benchmarks/: how soon the server answers, and what it holds in memory."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

import psutil

from benchmarks.row import Row, at_most

ROUNDS = 5
ROOT = Path(__file__).parent.parent


def measure() -> list[Row]:
    """Starts the server several times; a start ends when the port answers over HTTP."""
    starts, sizes = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as home:
            start, size = _once(home)
        starts.append(start)
        sizes.append(size)
    return [
        at_most("server", "seconds until the server answers", median(starts), 1.5),
        at_most("server", "MB resident in the server then", median(sizes), 200),
    ]


def _once(home: str) -> tuple[float, float]:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    began = time.perf_counter()
    server = subprocess.Popen(
        [*command, "--server.port", str(port)],
        cwd=ROOT,
        env={**os.environ, "LITEWEIGH_HOME": home},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            time.sleep(0.01)
        return time.perf_counter() - began, psutil.Process(server.pid).memory_info().rss / 1e6
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/", timeout=5) as page:
            return bool(page.status == 200)
    except OSError:
        return False
