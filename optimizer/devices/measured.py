"""devices/: what a machine measured with a bundle, as a study keeps it."""

from dataclasses import dataclass
from datetime import datetime

from optimizer.measure.measurements import Environment, Latency, Memory

MOST_BYTES = 64 * 2**20
"""Of a result file: one of 40 files that ran for an hour has a quarter of that."""


@dataclass(frozen=True)
class DeviceState:
    """What held a machine back at one moment; None where it does not tell.

    Attributes:
        governor: How its clock is governed, "ondemand"; empty where it does not tell.
        frequency_mhz: Mean over its cores.
        most_mhz: The most that they are made for.
        celsius: The hottest of its sensors.
        cooling: How far it slows itself down against heat; 0 is not at all.
        throttle_count: How often it did since it was started.
        firmware: The bits of a Raspberry Pi's `get_throttled`.
        load: Processes that wanted to run, mean over a minute.
    """

    governor: str
    frequency_mhz: float | None
    most_mhz: float | None
    celsius: float | None
    cooling: int | None
    throttle_count: int | None
    firmware: int | None
    load: float | None


@dataclass(frozen=True)
class OutputThere:
    """How far one output of a file was off on that machine, in the float model's unit.

    Attributes:
        samples: How many were compared.
        max_error: The largest difference; None where something was not finite or had another shape.
        spread: From the smallest to the largest value that was expected.
        step: What one step of a whole number stands for; 0 of floats.
        same_top: Of how many samples the largest value stood where it was expected.
    """

    samples: int
    max_error: float | None
    spread: float
    step: float
    same_top: int


@dataclass(frozen=True)
class FileThere:
    """What a machine found of one file.

    Attributes:
        recipe: Of the variant.
        sha256: Of the file that ran there; one that was made anew since has other numbers.
        latency: None where it cannot run there.
        memory: Of a process that runs it; None where the system does not tell.
        error: Why it cannot run there; else None.
        outputs: Each as it was compared, in the file's order.
        differs: How what it says there differs from what it says at home, in a sentence; empty
            where it does not by more than rounding.
    """

    recipe: str
    sha256: str
    latency: Latency | None
    memory: Memory | None
    error: str | None
    outputs: tuple[OutputThere, ...]
    differs: str


@dataclass(frozen=True)
class DeviceRun:
    """One run of a bundle.

    Attributes:
        id: Given by the machine that ran it.
        device: The id of the study's device; empty until the study has taken it over.
        began: By that machine's clock, which may be wrong.
        seconds: How long it took.
        threads: Of the interpreter.
        environment: The machine and its versions.
        before, after: How it was held back.
        throttled: Signs that it slowed down meanwhile, a sentence each; empty where there are none.
        files: Each file of the bundle, the baseline first.
    """

    id: str
    device: str
    began: datetime
    seconds: float
    threads: int
    environment: Environment
    before: DeviceState
    after: DeviceState
    throttled: tuple[str, ...]
    files: tuple[FileThere, ...]


@dataclass(frozen=True)
class DeviceResult:
    """What stands in a result file, once it is understood.

    Attributes:
        board: What the board or computer calls itself; empty where it does not.
        fingerprint: A digest of what tells it from others of its kind; empty where there is none.
        run: What it measured.
    """

    board: str
    fingerprint: str
    run: DeviceRun
