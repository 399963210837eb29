"""devices/: has Vela, Arm's compiler for Ethos-U, estimate what a file costs on such a chip.

It runs in a process of its own: it parses a file that may be anybody's, and may end its process.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from optimizer import launch
from optimizer.devices.estimates import NpuEstimate
from optimizer.measure.own_process import KEPT
from optimizer.words import one_line

PACKAGE = "ethos-u-vela"
PROCESS = "optimizer.devices.vela_main"
LIMIT = 300  # seconds for all accelerators; a small network takes half a second each
ACCELERATORS = (
    "ethos-u55-32", "ethos-u55-64", "ethos-u55-128", "ethos-u55-256",
    "ethos-u65-256", "ethos-u65-512",
    "ethos-u85-128", "ethos-u85-256", "ethos-u85-512", "ethos-u85-1024", "ethos-u85-2048",
)  # fmt: skip
"""What Vela 5.2 knows; the last number is how many multiplications it does in a cycle."""
USUAL = ("ethos-u55-128", "ethos-u65-256", "ethos-u85-256")
FAILED = "Vela cannot read the file, or stopped."


def vela_version() -> str:
    """Of Vela; empty where it is not installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return ""


def run_in_vela(file: Path, accelerators: Sequence[str], folder: Path) -> tuple[NpuEstimate, ...]:
    """What Vela, which is installed, says of a file on each of some accelerators.

    Args:
        file: The `.tflite`.
        accelerators: Of `ACCELERATORS`.
        folder: An empty one, for what Vela writes.
    """
    command = launch.command(PROCESS, str(file.absolute()), str(folder.absolute()), *accelerators)
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    try:
        done = subprocess.run(
            command, capture_output=True, env=environment, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return tuple(_without(one, f"Vela took longer than {LIMIT} s.") for one in accelerators)
    sys.stderr.write(done.stderr.decode(errors="replace"))
    told = {}
    for line in done.stdout.decode(errors="replace").splitlines():
        found = json.loads(line)
        if "refused" in found:
            said = f"Vela refuses the file: {one_line(found['refused'])}"
            told[found["accelerator"]] = _without(found["accelerator"], said)
        else:
            told[found["accelerator"]] = _estimate(**found)
    return tuple(told.get(one) or _without(one, FAILED) for one in accelerators)


def _estimate(
    accelerator: str,
    clock_mhz: float,
    cycles: float,
    seconds: float,
    sram_kib: float,
    flash_kib: float,
    on_npu: int,
    on_cpu: Sequence[str],
) -> NpuEstimate:
    """Without a time where nothing runs on the NPU: Vela then divides by nothing."""
    if not on_npu:
        return _without(
            accelerator,
            "nothing of the file runs on the NPU, which computes with integers only. Take an int8 "
            "or int16x8 variant.",
            tuple(on_cpu),
        )
    return NpuEstimate(
        accelerator=accelerator,
        clock_mhz=clock_mhz,
        cycles=round(cycles),
        milliseconds=1e3 * seconds,
        sram_bytes=round(1024 * sram_kib),
        flash_bytes=round(1024 * flash_kib),
        on_npu=on_npu,
        on_cpu=tuple(on_cpu),
        reason=None,
    )


def _without(accelerator: str, reason: str, on_cpu: tuple[str, ...] = ()) -> NpuEstimate:
    return NpuEstimate(accelerator, None, None, None, None, None, 0, on_cpu, reason)
