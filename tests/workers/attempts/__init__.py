"""tests of workers/: what code may try that has taken a worker over; a function each.

An attempt is done in a worker, in a child process of its own. It gives back what it got, or
raises an OSError where it was refused. What it did outside is seen outside, by `world`.
"""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Doing = Callable[["Scene"], object]


@dataclass(frozen=True)
class Scene:
    """What an attempt knows. Paths are strings here: a path in a task's fields is handed over.

    Attributes:
        outside: A folder beside the studies; each attempt has one of its name in it, with a `file`.
        study: A folder of another study, with a `study.json`.
        home: The user's own home.
        cell: The folders of another worker: its `in` holds a `model`, its `out` is to be written.
        inbox: This worker's own inbox, of which it was given `given`.
        given: A file that it was given to read; the server has it as `model`.
        model: The same file, where the server has it.
        bystander: The number of another process of the same user.
        sockets: The folder of its sockets: `stream` and `datagrams`.
        ports: Of its listening sockets: `tcp`, `tcp6` and `udp`; 0 where it has none.
        abstract: The name of its abstract socket.
        address: Where it has a secret in its memory: 200 bytes, the secret first.
    """

    outside: str
    study: str
    home: str
    cell: str
    inbox: str
    given: str
    model: str
    bystander: int
    sockets: str
    ports: dict[str, int]
    abstract: str
    address: int


@dataclass(frozen=True)
class Attempt:
    """One.

    Attributes:
        name: In the words of a function's name.
        do: Does it.
        sure: Whether it works wherever nobody hinders it. Others need root, or a kernel that has
            what they want, and may be refused outside too.
        secret: Whether it has got something only if that holds a secret of `world`.
    """

    name: str
    do: Doing
    sure: bool
    secret: bool


REAL_TIME: Final = int(getattr(signal, "SIGRTMIN", 0))
"""The first signal of those that programs may use as they like; on Linux."""

ATTEMPTS: Final[dict[str, Attempt]] = {}


def attempt(*, sure: bool = True, secret: bool = False) -> Callable[[Doing], Doing]:
    """Registers a function as an attempt; see `Attempt`."""

    def register(do: Doing) -> Doing:
        add(do.__name__, do, sure=sure, secret=secret)
        return do

    return register


def add(name: str, do: Doing, *, sure: bool, secret: bool = False) -> None:
    """Registers an attempt under a name that no other has."""
    assert name not in ATTEMPTS
    ATTEMPTS[name] = Attempt(name, do, sure, secret)
