"""devices/: the machines that a user has given names, in a file of theirs."""

from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.devices.ssh import PYTHON, parse_address, parse_python
from optimizer.errors import DeviceError
from optimizer.files.json_file import JsonFile
from optimizer.files.refusal import said_as
from optimizer.words import LONGEST, one_line

FILE = "devices.json"


@dataclass(frozen=True)
class KeptDevice:
    """A machine that is reached by ssh.

    Attributes:
        name: What the user calls it.
        address: As ssh takes it.
        python: The program that is Python there.
    """

    name: str
    address: str
    python: str = PYTHON


KEPT = JsonFile(
    tuple[KeptDevice, ...],
    error=DeviceError,
    again="Delete it, and add the devices again with liteweigh device add",
)


def kept_devices(home: Path) -> tuple[KeptDevice, ...]:
    """All of them, in the order in which they were added.

    Raises:
        DeviceError: the file is damaged.
    """
    file = home / FILE
    return KEPT.read(file) if file.exists() else ()


def keep_device(home: Path, name: str, address: str, python: str = PYTHON) -> KeptDevice:
    """Keeps a machine under a name, in the place of one that has it already.

    Raises:
        DeviceError: a name, address or path cannot be one, or the disk takes nothing.
    """
    called = one_line(name)
    if not called or called != name.strip() or len(called) >= LONGEST or "@" in called:
        raise DeviceError(
            f"“{called}” is no name for a device. Give some letters on one line, without @."
        )
    device = KeptDevice(called, parse_address(address).text, parse_python(python))
    others = tuple(one for one in kept_devices(home) if one.name != called)
    with said_as(DeviceError):
        home.mkdir(parents=True, exist_ok=True)
        KEPT.write(home / FILE, (*others, device))
    return device


def forget_device(home: Path, name: str) -> None:
    """Drops a machine; what it has measured stays in the studies.

    Raises:
        DeviceError: there is none of this name, or the disk takes nothing.
    """
    found = device_named(home, name)
    with said_as(DeviceError):
        KEPT.write(home / FILE, tuple(one for one in kept_devices(home) if one != found))


def device_named(home: Path, name: str) -> KeptDevice:
    """The machine that is called so.

    Raises:
        DeviceError: there is none.
    """
    devices = kept_devices(home)
    found = next((one for one in devices if one.name == name.strip()), None)
    if found is None:
        there = ", ".join(one.name for one in devices) or "none"
        raise DeviceError(
            f"No device is kept under the name “{one_line(name)}”; there are: {there}. Add it "
            "with liteweigh device add NAME user@host, or give its address."
        )
    return found


def device_at(home: Path, where: str, python: str = "") -> KeptDevice:
    """A machine by its name, or by an address that nobody has kept.

    Raises:
        DeviceError: it is neither.
    """
    known = next((one for one in kept_devices(home) if one.name == where.strip()), None)
    if known is None and "@" in where:
        known = KeptDevice("", parse_address(where).text)
    found = known or device_named(home, where)
    return replace(found, python=parse_python(python)) if python else found
