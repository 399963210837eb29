"""devices/: what a device is: a machine that measured something of a study.

A study gives each machine an id when it is first measured on there, and keeps it: latencies, limits
and results refer to that. Whoever opens the study on another machine measures on another device.
What a machine measured for Liteweigh and what it measured with a bundle are two devices: there the
runtime, and what else ran, may be others.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from optimizer.measure.measurements import Environment
from optimizer.words import counted

SHORT = 12  # characters of an id
By = Literal["app", "bundle"]


@dataclass(frozen=True)
class Device:
    """A machine.

    Attributes:
        id: Made once, when something was first measured on it.
        name: What people call it.
        cpu: Its CPU's model name.
        cores: Of the CPU.
        system: The kind of its operating system, without the version: an update makes no other
            machine.
        by: What measured there: Liteweigh itself, or the program of a bundle.
        board: What the board or computer calls itself; empty where it does not, and of "app".
        fingerprint: A digest that tells two machines of one kind apart; empty where there is none.
    """

    id: str
    name: str
    cpu: str
    cores: int
    system: str
    by: By = "app"
    board: str = ""
    fingerprint: str = ""

    def is_that_of(self, environment: Environment) -> bool:
        """Whether something was measured on it, as far as CPU, cores and system tell."""
        return self.by == "app" and (self.cpu, self.cores, self.system) == _machine(environment)


def device_of(environment: Environment, known: Sequence[Device]) -> Device:
    """The device that is such a machine: one that is known, or a new one."""
    cpu, cores, system = _machine(environment)
    new = Device(uuid.uuid4().hex[:SHORT], f"{cpu}, {counted(cores, 'core')}", cpu, cores, system)
    return next((device for device in known if device.is_that_of(environment)), new)


def _machine(environment: Environment) -> tuple[str, int, str]:
    return environment.cpu, environment.cores, environment.os.partition("-")[0]
