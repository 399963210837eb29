"""measure/: has a file run by a process that does nothing else: its memory, and its operators.

A file that brings the interpreter down takes only that process with it, and what else is in a
worker's memory does not count.
"""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optimizer import launch
from optimizer.data.samples import Samples
from optimizer.measure.measurements import Memory, OperatorTime, Profile

PROCESS = "optimizer.measure.own_process_main"
LIMIT = 120  # seconds; a run of a large model takes one or two
# What Python and the runtime need to find themselves, and where temporary files may go.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "VIRTUAL_ENV")


@dataclass(frozen=True)
class OwnProcessRun:
    """What the process told.

    Attributes:
        crashed: whether the interpreter brought it down, as it would any other process.
        memory: None where the file cannot run, or the system does not tell.
        profile: None where the file cannot run, or the runtime's profiler cannot.
        reason: why one of them is None, in one sentence; else None.
    """

    crashed: bool
    memory: Memory | None
    profile: Profile | None
    reason: str | None


def measure_in_own_process(
    file: Path, samples: Samples, *, seconds: float, process: str = PROCESS, limit: float = LIMIT
) -> OwnProcessRun:
    """Runs a file in a process of its own, with one thread, on the first sample.

    Args:
        file: the .tflite file.
        samples: real inputs in the float model's scale.
        seconds: of profiling, at least three runs.
        process: the module that the process runs.
        limit: seconds after which the process is ended.
    """
    stream = io.BytesIO()
    np.savez(stream, *samples.batch(0, 1))
    command = launch.command(process, str(file.absolute()), str(seconds), *samples.names)
    try:
        done = subprocess.run(
            command,
            input=stream.getvalue(),
            capture_output=True,
            env={name: os.environ[name] for name in KEPT if name in os.environ},
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        reason = f"The process that ran it alone took longer than {limit:g} s and was ended."
        return _told(error.stdout or b"", 0, reason)
    if done.returncode > 0:  # a fault of ours, whose traceback belongs into the log
        sys.stderr.write(done.stderr.decode(errors="replace"))
    return _told(done.stdout, done.returncode, _why_it_ended(done.returncode))


def _told(output: bytes, status: int, reason: str) -> OwnProcessRun:
    """Reads what it printed: a line of JSON for each thing that it found out."""
    found: dict[str, Any] = {}
    for line in output.decode(errors="replace").splitlines():
        found |= _object(line)
    memory, profile = found.get("memory"), found.get("profile")
    return OwnProcessRun(
        crashed=status < 0 and "memory" not in found,
        memory=Memory(**memory) if memory else None,
        profile=_profile(**profile) if profile else None,
        reason=None if memory and profile else found.get("reason", reason),
    )


def _object(line: str) -> dict[str, Any]:
    """One line as JSON; empty if the process died while it wrote it."""
    try:
        found: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return {}
    return found


def _profile(operators: Iterable[dict[str, Any]], runs: int) -> Profile:
    return Profile(tuple(OperatorTime(**operator) for operator in operators), runs)


def _why_it_ended(status: int) -> str:
    if status == 0:
        return "This system does not tell how much memory a process uses."
    if status > 0:
        return f"The process that ran it alone ended with status {status}."
    name = signal.Signals(-status).name
    return f"The process that ran it alone crashed ({name}) inside the LiteRT runtime."
