"""devices/: reads the file that the program of a bundle has written; workers only.

It may be anybody's. What follows from the times that stand in it is reckoned from them anew, and
what the file says of it must agree.
"""

import math
import re
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.arrays import Float64s
from optimizer.devices.measured import (
    MOST_BYTES,
    DeviceResult,
    DeviceRun,
    DeviceState,
    FileThere,
    OutputThere,
)
from optimizer.devices.throttling import signs_of
from optimizer.errors import DeviceError
from optimizer.measure.measurements import Environment, Memory
from optimizer.measure.rounds import RoundTimes
from optimizer.words import one_line

SCHEMA = 1
MOST_FILES, MOST_OUTPUTS = 1_000, 1_000
NEAR = 1e-4  # relative: how exactly numbers must follow from the times
SLACK = 1.05  # clocks of one machine differ a little
AGAIN = "Run the bundle again, and import the file that it writes, as it is."

Text = Annotated[str, Field(max_length=300)]
Positive = Annotated[float, Field(gt=0, le=1e12)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Maybe = Annotated[float, Field(ge=0, le=1e12)] | None
Table = list[list[list[Annotated[float, Field(ge=0, le=1e9)] | None]]]


class Part(BaseModel):
    """A part of the file: nothing more, nothing less, no NaN."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class OutputPart(Part):
    """See `OutputThere`."""

    samples: Annotated[int, Field(ge=1, le=10_000)]
    step: Annotated[float, Field(ge=0, le=1e38)]
    max_error: Annotated[float, Field(ge=0)] | None
    spread: Annotated[float, Field(ge=0)]
    same_top: Count


class MemoryPart(Part):
    """See `Memory`."""

    peak_bytes: Count
    model_bytes: Count


class FilePart(Part):
    """See `FileThere`."""

    recipe: Annotated[str, Field(max_length=100_000)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    memory: MemoryPart | None
    xnnpack: bool
    outputs: Annotated[list[OutputPart], Field(max_length=MOST_OUTPUTS)]
    error: Text | None
    first_ms: Maybe
    repeats: Count
    exact: bool
    runs: Count
    preempted: Count
    median_ms: Maybe
    ratio: Maybe


class MachinePart(Part):
    """Which machine it was."""

    fingerprint: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    board: Text
    cpu: Text
    cores: Annotated[int, Field(ge=1, le=100_000)]
    machine: Text
    os: Text
    python: Text
    versions: Annotated[dict[Text, Text], Field(max_length=20)]


class StatePart(Part):
    """See `DeviceState`."""

    governor: Text
    frequency_mhz: Maybe
    most_mhz: Maybe
    celsius: Annotated[float, Field(ge=-300, le=10_000)] | None
    cooling: Annotated[int, Field(ge=-(2**31), le=2**31)] | None
    throttle_count: Count | None
    firmware: Count | None
    load: Maybe


class ResultPart(Part):
    """The whole file."""

    format: Literal["liteweigh device result"]
    version: Annotated[int, Field(alias="schema")]
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    study: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    began: Annotated[float, Field(ge=0, le=4e9)]
    seconds: Positive
    threads: Annotated[int, Field(ge=1, le=10_000)]
    device: MachinePart
    before: StatePart
    after: StatePart
    files: Annotated[list[FilePart], Field(min_length=1, max_length=MOST_FILES)]
    wall_ms: Table
    cpu_ms: Table
    preempted: list[list[list[Annotated[int, Field(ge=0, le=1)]]]]


def read_result(path: Path) -> tuple[str, DeviceResult, RoundTimes]:
    """What a result file says: the study that it is about, what was found, and all raw times.

    Raises:
        DeviceError: it is too large, is none, holds what cannot be, or contradicts itself.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise DeviceError(
            f"The file has {size / 1e6:,.0f} MB; the result of a bundle has at most "
            f"{MOST_BYTES / 1e6:,.0f}. {AGAIN}"
        )
    try:
        found = ResultPart.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DeviceError(_why_not(error)) from error
    if found.version != SCHEMA:
        raise DeviceError(
            f"The file is of schema {found.version}, and this Liteweigh reads {SCHEMA}. Make the "
            "bundle with this Liteweigh, and run that."
        )
    times = _times(found)
    files = tuple(_file(found, at, times) for at in range(len(found.files)))
    _check_duration(found, times)
    machine, threads = found.device, found.threads
    before, after = _state(found.before), _state(found.after)
    run = DeviceRun(
        id=found.id,
        device="",
        began=datetime.fromtimestamp(found.began, timezone.utc),
        seconds=found.seconds,
        threads=threads,
        environment=Environment(
            cpu=one_line(machine.cpu),
            cores=machine.cores,
            os=one_line(machine.os),
            python=one_line(machine.python),
            versions={one_line(k): one_line(v) for k, v in machine.versions.items()},
        ),
        before=before,
        after=after,
        throttled=signs_of(before, after, times, threads),
        files=files,
    )
    return found.study, DeviceResult(one_line(machine.board), machine.fingerprint, run), times


def _why_not(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    if first["type"] == "json_invalid":
        return f"The file is no result of a bundle: it is not JSON. {AGAIN}"
    if place == "format" or first["type"] == "model_type":
        return (
            "The file is JSON, but no result of a bundle. Choose the result.json that run.py wrote."
        )
    said = re.sub(r"\s+", " ", first["msg"])
    return (
        f"The file is no result that a bundle of this Liteweigh writes: {one_line(place)}: "
        f"{one_line(said)}. {AGAIN}"
    )


def _times(found: ResultPart) -> RoundTimes:
    """The times as arrays, (sittings, rounds, files)."""
    tables: dict[str, Float64s] = {}
    for name in ("wall_ms", "cpu_ms", "preempted"):
        table: Any = getattr(found, name)
        try:
            array = np.array(table, np.float64)  # None becomes NaN
        except ValueError as error:
            raise _contradiction(f"the lists in {name} have different lengths") from error
        if array.size == 0:
            array = np.empty((0, 0, len(found.files)))
        if array.ndim != 3 or array.shape[2] != len(found.files):
            raise _contradiction(f"{name} does not have a time for each of its files")
        tables[name] = array
    wall, cpu, preempted = tables.values()
    if not wall.shape == cpu.shape == preempted.shape:
        raise _contradiction("wall_ms, cpu_ms and preempted are of different sizes")
    if (wall == 0).any():
        raise _contradiction("a time of 0 ms stands in it")
    if np.isnan(wall[~np.isnan(cpu)]).any():
        raise _contradiction("there is CPU time where there is no time")
    return RoundTimes(wall, cpu, preempted == 1)


def _file(found: ResultPart, at: int, times: RoundTimes) -> FileThere:
    one, threads = found.files[at], found.threads
    latency = times.latency(
        at,
        threads=threads,
        first_ms=one.first_ms,
        stopped_by="precision" if one.exact else "budget",
    )
    name = one_line(one.recipe)
    if sum(other.sha256 == one.sha256 for other in found.files) > 1:
        raise _contradiction(f"the file of “{name}” stands in it twice")
    if one.error is not None and latency.runs:
        raise _contradiction(f"“{name}” cannot run there, and has times")
    if (one.runs, one.preempted) != (latency.runs, latency.preempted):
        raise _contradiction(
            f"of “{name}” it counts {one.runs} times with {one.preempted} interruptions, and has "
            f"{latency.runs} with {latency.preempted}"
        )
    for what, said, follows in (
        ("median", one.median_ms, latency.median_ms),
        ("ratio to the baseline", one.ratio, latency.ratio),
    ):
        if (said is None) != (follows is None) or not math.isclose(
            said or 0.0, follows or 0.0, rel_tol=NEAR
        ):
            raise _contradiction(
                f"the {what} of “{name}” is {_told(said)}, and its times say {_told(follows)}"
            )
    cpu = latency.cpu_median_ms
    if cpu and latency.median_ms and cpu > SLACK * latency.median_ms + 0.1:
        raise _contradiction(f"“{name}” takes more CPU time than time")
    outputs = tuple(OutputThere(**output.model_dump()) for output in one.outputs)
    for output in outputs:
        if output.same_top > output.samples:
            raise _contradiction(f"of “{name}” more outputs are alike than were compared")
    told = one.memory
    memory = Memory(told.peak_bytes, told.model_bytes) if told else None
    if memory and memory.model_bytes > memory.peak_bytes:
        raise _contradiction(f"“{name}” takes more memory than its process has")
    return FileThere(
        recipe=one.recipe,
        sha256=one.sha256,
        latency=replace(latency, xnnpack=one.xnnpack) if latency.runs else None,
        memory=memory,
        error=None if one.error is None else one_line(one.error, 300),
        outputs=outputs,
        differs="",
    )


def _check_duration(found: ResultPart, times: RoundTimes) -> None:
    """All blocks together cannot take longer than the run did."""
    repeats = np.array([one.repeats for one in found.files], np.float64)
    took = float(np.nansum(times.wall_ms * repeats)) / 1e3
    if took > SLACK * found.seconds:
        raise _contradiction(
            f"its times add up to {took:,.1f} s, and all of it took {found.seconds:,.1f} s"
        )


def _state(part: StatePart) -> DeviceState:
    fields = part.model_dump()
    return DeviceState(**{**fields, "governor": one_line(part.governor)})


def _told(value: float | None) -> str:
    return "not there" if value is None else f"{value:.4g}"


def _contradiction(what: str) -> DeviceError:
    return DeviceError(f"The file contradicts itself: {what}. {AGAIN}")
