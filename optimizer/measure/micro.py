"""measure/: has TFLite Micro run a file here: the arena that it needs, and what it computes.

It runs in a process of its own: it aborts on some files, and its report comes from native code.
"""

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from optimizer import launch
from optimizer.arrays import Array
from optimizer.measure.own_process import KEPT

PACKAGE = "tflite-micro"
PROCESS = "optimizer.measure.micro_main"
LIMIT = 120  # seconds; its kernels are the plain ones
ALIGNMENT = 16  # bytes; MicroArenaBufferAlignment() in tflite-micro/micro/micro_arena_constants.h
ROOM = 8 * 2**20  # bytes of an arena that is surely large enough, beside the activations
TOTAL = re.compile(r"Arena allocation total (\d+) bytes")
HEAD = re.compile(r"Arena allocation head (\d+) bytes")


@dataclass(frozen=True)
class MicroRun:
    """What TFLite Micro did with a file.

    Attributes:
        version: Of the package.
        arena_bytes: The smallest arena with which it ran here, in steps of 16 bytes, on 64 bits; on
            32 bits a little less suffices. None where it did not run.
        head_bytes: Of that, what activations take and share.
        reason: Why it did not run, in a sentence; else None.
        outputs: For each sample the outputs, as the file has them and in its order.
    """

    version: str
    arena_bytes: int | None
    head_bytes: int | None
    reason: str | None
    outputs: tuple[tuple[Array, ...], ...] = ()


def micro_version() -> str | None:
    """Of TFLite Micro; None where it is not installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return None


def run_in_micro(
    file: Path, samples: Sequence[Sequence[Array]], outputs: int, activations: int
) -> MicroRun:
    """Runs a file in TFLite Micro, which is installed.

    Args:
        file: The `.tflite`.
        samples: For each sample its inputs, as the file has them and in its order.
        outputs: How many the file has.
        activations: Bytes that activations take, as far as that is known.
    """
    told = micro_version() or ""
    large = _run(file, samples, outputs, 2 * activations + ROOM)
    if large is None:
        return MicroRun(told, None, None, "TFLite Micro refuses the file, or crashed.")
    total, head, given = large
    # The used bytes do not count what is needed for a while only, so they are tried.
    steps = _fewest(
        -(-total // ALIGNMENT),
        (2 * activations + ROOM) // ALIGNMENT,
        lambda steps: bool(_run(file, samples[:1], outputs, ALIGNMENT * steps, log=False)),
    )
    if steps is None:
        reason = "No arena was found with which TFLite Micro runs the file."
        return MicroRun(told, None, None, reason)
    return MicroRun(told, ALIGNMENT * steps, head, None, given)


def _fewest(least: int, most: int, suffices: Callable[[int], bool]) -> int | None:
    """The smallest number from `least` on that suffices; None where none up to `most` does.

    It is sought in steps that double, and then between the last two.
    """
    if suffices(least):
        return least
    failed, more = least, 1
    while not suffices(least + more):
        failed, more = least + more, 2 * more
        if least + more > most:
            return None
    enough = least + more
    while enough - failed > 1:
        middle = (failed + enough) // 2
        failed, enough = (failed, middle) if suffices(middle) else (middle, enough)
    return enough


def _run(
    file: Path, samples: Sequence[Sequence[Array]], given: int, arena: int, *, log: bool = True
) -> tuple[int, int, tuple[tuple[Array, ...], ...]] | None:
    """The bytes that were used, those of activations, and the outputs; None where it fails."""
    stream = io.BytesIO()
    np.savez(stream, *[array for sample in samples for array in sample])
    command = launch.command(PROCESS, str(file.absolute()), *map(str, (arena, len(samples), given)))
    try:
        done = subprocess.run(
            command,
            input=stream.getvalue(),
            capture_output=True,
            env={name: os.environ[name] for name in KEPT if name in os.environ},
            timeout=LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    said = done.stderr.decode(errors="replace")
    total, head = TOTAL.search(said), HEAD.search(said)
    if done.returncode or not total or not head:
        if log:
            sys.stderr.write(said)
        return None
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as kept:
        arrays = [kept[f"arr_{place}"] for place in range(len(kept.files))]
    outputs = tuple(tuple(arrays[at * given : (at + 1) * given]) for at in range(len(samples)))
    return int(total[1]), int(head[1]), outputs


def outputs_in_micro(
    file: Path, samples: Sequence[Sequence[Array]], outputs: int, activations: int
) -> tuple[tuple[Array, ...], ...] | None:
    """What TFLite Micro says of samples, as the file has it; None where it fails, see the log.

    Takes what `run_in_micro` takes.
    """
    ran = _run(file, samples, outputs, 2 * activations + ROOM)
    return None if ran is None else ran[2]
