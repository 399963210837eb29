"""devices/: fetches the wheels that a bundle needs on a machine without a network.

`pip` does it, in a process of its own that has a network and reads nothing of a study's; no worker
has a network. What it fetches is packed as it came, and unpacked on the device alone.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Event

from optimizer.errors import DeviceError
from optimizer.words import one_line

MACHINES = ("aarch64", "x86_64")
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
GLIBC = ("2_28", "2_27", "2_17")  # of which the wheels of both libraries are
MOST_BYTES = 35 * 10**6
"""Of what goes along; what is fetched may have parts that no CPU needs, see `LEFT_OUT`."""
MOST_FETCHED = 60 * 10**6
LEFT_OUT = (
    "ai_edge_litert/vendors/", "ai_edge_litert/tools/", "ai_edge_litert/aot/",
    "ai_edge_litert/libLiteRtWebGpuAccelerator",
)  # fmt: skip
"""How paths in LiteRT's wheel begin that its interpreter on a CPU does without (version 2.3.0)."""
SECONDS = 900.0  # that fetching may take
GLANCE = 0.2
MEANT = re.compile(r"(aarch64|x86_64)\s*,?\s*(?:cp|python|py)?\s*(3)\.?(1[0-4])", re.IGNORECASE)
NOTHING_STOPS = Event()


@dataclass(frozen=True)
class Platform:
    """A kind of machine with one Python, on Linux with glibc 2.28 or later.

    Attributes:
        machine: One of `MACHINES`, as `uname -m` says it.
        python: One of `PYTHONS`.
    """

    machine: str
    python: str

    def __str__(self) -> str:
        return f"Python {self.python} on Linux {self.machine}"


def parse_platform(text: str) -> Platform:
    """`aarch64,cp311` or `x86_64 3.12`.

    Raises:
        DeviceError: there are no wheels for such a one.
    """
    found = MEANT.fullmatch(text.strip())
    if not found:
        raise DeviceError(
            f"“{one_line(text)}” is no machine that there are wheels for. Give one of "
            f"{' or '.join(MACHINES)} and a Python from {PYTHONS[0]} to {PYTHONS[-1]}, such as "
            "aarch64,cp311; `uname -m` and `python3 --version` tell it there."
        )
    return Platform(found[1].lower(), f"{found[2]}.{found[3]}")


def fetch_wheels(platform: Platform, folder: Path, stop: Event = NOTHING_STOPS) -> list[Path]:
    """Fetches NumPy and LiteRT for a platform into `folder`; the files in the order of their names.

    Args:
        platform: For which.
        folder: Exists.
        stop: Once it is set the fetching ends.

    Raises:
        DeviceError: they could not be had, are too large, or it was stopped.
    """
    with tempfile.TemporaryDirectory(dir=folder) as unfinished, tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            _command(platform, folder),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": unfinished},
        )
        try:
            _wait(child, folder, stop)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        said.seek(0)
        if child.returncode:
            raise DeviceError(_why_not(platform, said.read(100_000).decode("utf-8", "replace")))
    wheels = sorted(folder.glob("*.whl"))
    _check_size(folder)
    return wheels


def _command(platform: Platform, folder: Path) -> list[str]:
    tag = "cp" + platform.python.replace(".", "")
    platforms = [f"--platform=manylinux_{glibc}_{platform.machine}" for glibc in GLIBC]
    return [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-input",
        "--disable-pip-version-check", "--only-binary=:all:",
        "--no-deps",  # its interpreter needs NumPy alone, and pip would ask what this Python needs
        *platforms, f"--platform=manylinux2014_{platform.machine}",
        f"--python-version={platform.python}", "--implementation=cp", f"--abi={tag}", "--abi=abi3",
        "--abi=none", f"--dest={folder}",
        f"ai-edge-litert=={version('ai-edge-litert')}", "numpy>=1.23.2,<3",
    ]  # fmt: skip


def _wait(child: "subprocess.Popen[bytes]", folder: Path, stop: Event) -> None:
    end = time.monotonic() + SECONDS
    while child.poll() is None:
        if stop.wait(GLANCE):
            raise DeviceError("Stopped. Nothing was changed.")
        _check_size(folder)
        if time.monotonic() > end:
            raise DeviceError(
                f"Fetching the wheels took longer than {SECONDS / 60:g} minutes and was stopped. "
                "Check the network, or make the bundle without wheels."
            )


def _check_size(folder: Path) -> None:
    """What is there, unfinished files too, which pip copies when they are finished."""
    done = sum(_size(file) for file in folder.glob("*.whl"))
    if done > MOST_FETCHED or sum(_size(file) for file in folder.rglob("*")) > 2 * MOST_FETCHED:
        raise too_large(MOST_FETCHED)


def too_large(most: int) -> DeviceError:
    """The error for wheels that no bundle takes along."""
    return DeviceError(
        f"The wheels are larger than {most // 10**6} MB, which no bundle takes along. Make it "
        "without wheels, and install NumPy and LiteRT on the device."
    )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size if file.is_file() else 0
    except FileNotFoundError:  # pip moves what it has finished
        return 0


def _why_not(platform: Platform, said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines or ["pip said nothing"]
    advice = "Check the network, or make the bundle without wheels."
    if "No module named pip" in said:
        advice = "Install pip beside Liteweigh, or make the bundle without wheels."
    return (
        f"The wheels for {platform} could not be fetched: "
        f"{one_line(errors[0].removeprefix('ERROR:'), 200).rstrip('.')}. {advice}"
    )
