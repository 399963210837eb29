"""devices/: runs a bundle on another machine, through the system's own `ssh` and `scp`.

Keys, known hosts and names are the user's, as `ssh` finds them; nothing of them is kept here, and
no password is asked for. What comes back is not read here: a confined worker does.
"""

import os
import re
import shlex
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from optimizer.devices.measured import MOST_BYTES
from optimizer.errors import DeviceError
from optimizer.reporting import Report
from optimizer.words import one_line

OPTIONS = (
    "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=10",
    "-o", "ServerAliveCountMax=3", "-o", "ForwardAgent=no", "-o", "ForwardX11=no",
    "-o", "ClearAllForwardings=yes",
)  # fmt: skip
PYTHON = "python3"
GLANCE = 0.1
SHORT_SECONDS = 60.0  # that a command may take which only looks
LONG_SECONDS = 4 * 3600.0
LINE, MOST_SAID = 4_096, 2**20  # bytes
UNPACKED = 4  # times the bundle, with its wheels: the zip, what is in it, and packages
ROOM = 2**20
LOST, NOT_FOUND, CANNOT = 255, 127, 4
STOPPED = "Stopped. Nothing was changed."
ADDRESS = re.compile(
    r"(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9._-]*)@)?"
    r"(?P<host>[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9a-fA-F:.]+\])(?::(?P<port>[0-9]{1,5}))?"
)
PROGRAM = re.compile(r"[A-Za-z0-9_~/][A-Za-z0-9_.~/+-]*")
SHARE = re.compile(rb" *([0-9]{1,3}) % ([a-z ]{1,40})")
PROBE = """\
echo "liteweigh machine=$(uname -m)"
echo "liteweigh free=$(df -Pk . | awk 'NR == 2 {print $4}')"
echo "liteweigh python=$(%(python)s -c 'import sys; print("%%d.%%d" %% sys.version_info[:2])')"
%(python)s -c 'import numpy, ai_edge_litert.interpreter' 2>/dev/null && echo "liteweigh litert=yes"
true
"""
FACT = re.compile(r"^liteweigh (machine|free|python|litert)=([A-Za-z0-9_.]{1,40})$", re.MULTILINE)
LEAST_PYTHON = (3, 10)
UNREACHED = {
    "Could not resolve hostname": "There is no host of this name",
    "Name or service not known": "There is no host of this name",
    "Connection refused": "No ssh server answers there",
    "Connection timed out": "It does not answer",
    "No route to host": "There is no way to it from here",
}
"""What OpenSSH says, and what that means."""


@dataclass(frozen=True)
class Address:
    """Where a machine is, as `ssh` takes it.

    Attributes:
        text: `user@host`, `host` or a name of the user's ssh_config, with `:port` behind it or not.
    """

    text: str

    @property
    def url(self) -> str:
        """As `ssh` takes it with a port."""
        return f"ssh://{self.text}"

    @property
    def host(self) -> str:
        """Without user and port."""
        found = ADDRESS.fullmatch(self.text)
        return found["host"] if found else self.text


def parse_address(text: str) -> Address:
    """`pi@192.168.0.7`, `board:2222`.

    Raises:
        DeviceError: it is none.
    """
    if not ADDRESS.fullmatch(text.strip()):
        raise DeviceError(
            f"“{one_line(text)}” is no address. Give one as ssh takes it, such as "
            "pi@raspberrypi.local, or with its port pi@192.168.0.7:2222."
        )
    return Address(text.strip())


def parse_python(text: str) -> str:
    """The program that is Python there: `python3`, `~/venv/bin/python3`.

    Raises:
        DeviceError: it is none.
    """
    if not PROGRAM.fullmatch(text.strip()):
        raise DeviceError(f"“{one_line(text)}” is no path of a Python, such as ~/venv/bin/python3.")
    return text.strip()


@dataclass(frozen=True)
class There:
    """What is told of a machine before anything is sent.

    Attributes:
        machine: As `uname -m` says it.
        python: Its Python's version: "3.11".
        litert: Whether NumPy and LiteRT are there.
        free_bytes: Room where the bundle goes; None where it is not told.
    """

    machine: str
    python: str
    litert: bool
    free_bytes: int | None


class Remote:
    """A machine that is reached by ssh.

    Attributes:
        address: Where it is.
        python: The program that is Python there.
        folder: Where a bundle goes, in the home there; it is gone afterwards.
    """

    def __init__(self, address: Address, python: str, stop: threading.Event) -> None:
        self.address, self.python, self._stop = address, python, stop
        self.folder = f".liteweigh-{uuid.uuid4().hex[:12]}"

    def look(self) -> There:
        """What it is, and what is there.

        Raises:
            DeviceError: it cannot be reached, or has no Python that would do.
        """
        script = PROBE % {"python": self.python}
        code, out, said = self._ssh(script, SHORT_SECONDS)
        if code:
            raise self._why(code, said, "looking at it")
        facts = dict(FACT.findall(out.decode("utf-8", "replace")))
        python = facts.get("python", "")
        version = tuple(int(part) for part in python.split(".") if part.isdigit())
        if version < LEAST_PYTHON:
            found = f"has Python {python}" if python else f"has no “{self.python}”"
            raise DeviceError(
                f"{self.address.host} {found}; Python 3.10 or later is needed there. Install it, "
                "or say where it is: --python ~/venv/bin/python3."
            )
        free = facts.get("free", "")
        return There(
            machine=facts.get("machine", ""),
            python=python,
            litert="litert" in facts,
            free_bytes=int(free) * 1024 if free.isdigit() else None,
        )

    def measure(self, bundle: Path, result: Path, report: Report) -> None:
        """Sends a bundle, runs it, and fetches its result; leaves nothing there.

        Args:
            bundle: The zip.
            result: Where the result goes.
            report: Told how far it is.

        Raises:
            DeviceError: it did not work; the message says why.
        """
        size = bundle.stat().st_size
        self._check_room(size)
        try:
            report(f"Sending {_in_words(size)} to {self.address.host}", 0.0)
            self._do(f"mkdir -m 700 {self.folder}", "making a folder")
            self._send(bundle, size)
            report("Unpacking there", 0.0)
            self._do(
                f"cd {self.folder} && {self.python} -m zipfile -e bundle.zip . && rm bundle.zip",
                "unpacking",
            )
            self._run(report)
            report("Fetching what it measured", 0.0)
            self._fetch(result)
        finally:
            self._clean()

    def _check_room(self, size: int) -> None:
        free = self.look().free_bytes
        if free is not None and free < UNPACKED * size + ROOM:
            raise self._full(free, UNPACKED * size + ROOM)

    def _full(self, free: int | None, needed: int) -> DeviceError:
        has = "is full" if free is None else f"has {_in_words(free)} free"
        return DeviceError(
            f"The disk of {self.address.host} {has}, and about {_in_words(needed)} are needed. "
            "Make room there, or choose fewer variants."
        )

    def _send(self, bundle: Path, size: int) -> None:
        target = f"scp://{self.address.text}/{self.folder}/bundle.zip"
        code, _, said = self._child(["scp", "-q", *OPTIONS, str(bundle), target], LONG_SECONDS)
        if not code:
            return
        error = self._why(code, said, "sending the bundle")
        if code != LOST:  # of a full disk scp says no more than that it failed
            with suppress(DeviceError):
                free = self.look().free_bytes
                if free is not None and free < size:
                    error = self._full(free, UNPACKED * size + ROOM)
        raise error

    def _run(self, report: Report) -> None:
        def told(line: bytes) -> None:
            found = SHARE.fullmatch(line.rstrip())
            if found:
                report(f"There: {found[2].decode()}", min(int(found[1]), 100) / 100)

        command = f"cd {self.folder} && exec {self.python} */run.py --end-with-input --out r.json"
        code, _, said = self._ssh(command, LONG_SECONDS, on_line=told)
        if code == CANNOT:
            raise DeviceError(
                f"NumPy or LiteRT cannot be loaded on {self.address.host}: "
                f"{_last(said, 'cannot be loaded')}. Install them there, or let wheels go along."
            )
        if code not in {0, 1}:  # 1: a file cannot be run there, which the result says
            raise self._why(code, said, "measuring")

    def _fetch(self, result: Path) -> None:
        command = f"head -c {MOST_BYTES + 1} {self.folder}/r.json"
        code, out, said = self._ssh(command, SHORT_SECONDS, most=MOST_BYTES + 1)
        if code:
            raise self._why(code, said, "fetching the result")
        result.write_bytes(out)

    def _clean(self) -> None:
        """Takes back what was sent; where it cannot be reached any more that stays there."""
        stop, self._stop = self._stop, threading.Event()
        with suppress(DeviceError):
            self._ssh(f"rm -rf {self.folder}", 15.0)
        self._stop = stop

    def _do(self, command: str, what: str) -> None:
        code, _, said = self._ssh(command, SHORT_SECONDS * 5)
        if code:
            raise self._why(code, said, what)

    def _ssh(
        self,
        script: str,
        seconds: float,
        *,
        on_line: Callable[[bytes], None] = lambda _: None,
        most: int = MOST_SAID,
    ) -> tuple[int, bytes, str]:
        command = ["ssh", "-T", *OPTIONS, self.address.url, f"sh -c {shlex.quote(script)}"]
        return self._child(command, seconds, on_line=on_line, most=most)

    def _child(
        self,
        command: list[str],
        seconds: float,
        *,
        on_line: Callable[[bytes], None] = lambda _: None,
        most: int = MOST_SAID,
    ) -> tuple[int, bytes, str]:
        """Runs a program of the system: how it ended, what it printed, and what it complained of.

        Its standard input stays open until it has ended, so that the program there can tell.
        """
        out = bytearray()

        def read(stream: IO[bytes]) -> None:
            while line := stream.readline(LINE):
                out.extend(line[: max(0, most - len(out))])
                on_line(line)

        with _started(command) as (child, errors):
            assert child.stdout is not None  # noqa: S101 (it is a pipe)
            reader = threading.Thread(target=read, args=(child.stdout,), daemon=True)
            reader.start()
            end = time.monotonic() + seconds
            while child.poll() is None:
                if self._stop.wait(GLANCE):
                    raise DeviceError(STOPPED)
                if time.monotonic() > end:
                    raise DeviceError(
                        f"{self.address.host} did not answer within {seconds:,.0f} seconds. Check "
                        "that it is on, and try again."
                    )
            reader.join(timeout=10)
            errors.seek(0)
            said = errors.read(MOST_SAID).decode("utf-8", "replace")
        return child.returncode, bytes(out), said

    def _why(self, code: int, said: str, doing: str) -> DeviceError:
        """What went wrong, in words for the user."""
        if "No space left" in said:
            return self._full(None, ROOM)
        sentence = self._no_connection(said, doing) if code == LOST else ""
        if code == NOT_FOUND:
            sentence = f"{self.address.host} has no “{self.python}”. Install Python 3.10 or later."
        otherwise = f"{doing.capitalize()} on {self.address.host} failed: {_last(said)}."
        return DeviceError(sentence or otherwise)

    def _no_connection(self, said: str, doing: str) -> str:
        """Why ssh itself failed; its own words tell."""
        host = self.address.host
        for words, sentence in (
            ("IDENTIFICATION HAS CHANGED",
             f"{host} is not the machine that it was: its host key has changed. If you know why, "
             f"remove the old one with ssh-keygen -R {host}, and connect once by ssh."),
            ("Host key verification failed",
             f"{host} is no known host of yours. Connect to it once by ssh in a terminal, compare "
             "its fingerprint, and answer yes."),
            ("Permission denied",
             f"{host} refused your key. Passwords are not asked for here: put your public key "
             "there with ssh-copy-id, or load the right one into ssh-agent."),
            *((words, f"{host} cannot be reached. {why}: check its name and the network.")
              for words, why in UNREACHED.items()),
        ):  # fmt: skip
            if words in said:
                return sentence
        return (
            f"The connection to {host} was lost while {doing}. What was sent may still lie there "
            f"in {self.folder}. Try again."
        )


@contextmanager
def _started(command: list[str]) -> Iterator[tuple["subprocess.Popen[bytes]", IO[bytes]]]:
    """A program that is ended with the block, if it has not ended before."""
    with tempfile.TemporaryFile() as errors:
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "LC_ALL": "C"},
                start_new_session=True,  # Ctrl+C is for us, who clean up there first
            )
        except FileNotFoundError as error:
            raise DeviceError(
                f"This machine has no {command[0]}. Install OpenSSH's client, or use a bundle."
            ) from error
        try:
            yield child, errors
        finally:
            if child.poll() is None:
                child.terminate()
                with suppress(subprocess.TimeoutExpired):
                    child.wait(5)
            if child.poll() is None:
                child.kill()
                child.wait()
            for stream in (child.stdin, child.stdout):
                if stream:
                    with suppress(OSError):
                        stream.close()


def _in_words(size: int) -> str:
    return f"{size / 1e3:,.0f} KB" if size < 10**6 else f"{size / 1e6:,.0f} MB"


def _last(said: str, containing: str = "") -> str:
    """The last line of a complaint, or the last that has some words."""
    lines = [line for line in said.splitlines() if line.strip()]
    wanted = [line for line in lines if containing in line] or lines or ["nothing was said"]
    return one_line(wanted[-1], 200).rstrip(".")
