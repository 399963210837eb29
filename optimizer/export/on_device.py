"""export/: makes bundles, and measures with them on a device by ssh.

What has a network is a child of its own, `pip`, `ssh` or `scp`, and reads no file of others; what
does read one is a worker, which has no network.
"""

from collections.abc import Sequence
from pathlib import Path

from optimizer.devices.kept import KeptDevice
from optimizer.devices.measured import DeviceRun
from optimizer.devices.ssh import Remote, There, parse_address
from optimizer.devices.wheels import MACHINES, Platform, fetch_wheels, parse_platform
from optimizer.errors import DeviceError
from optimizer.export.device_bundle import SECONDS, bundle_writer
from optimizer.jobs.pending import Pending
from optimizer.jobs.scheduler import Scheduler
from optimizer.jobs.stepwise import Steps, go_through
from optimizer.store.study import Study


def make_bundle(
    scheduler: Scheduler,
    study: Study,
    file: Path,
    recipes: Sequence[str] = (),
    *,
    platform: Platform | None = None,
    seconds: float = SECONDS,
) -> Pending[Path]:
    """Writes a bundle.

    Args:
        scheduler: Has the workers.
        study: Has the variants.
        file: The zip; one that is there is replaced.
        recipes: Of the variants that go along with the baseline; none: of all that run here.
        platform: Whose wheels go along, fetched from the package index; None: none.
        seconds: Of timing on the device for each file.

    It fails with a DeviceError where the wheels cannot be had, and with a StudyError where there is
    no such variant.
    """

    def steps(told: Steps) -> Path:
        return _bundle(scheduler, study, file, recipes, platform, seconds, told)

    return go_through(steps)


def run_on(
    scheduler: Scheduler,
    study: Study,
    device: KeptDevice,
    recipes: Sequence[str] = (),
    *,
    seconds: float = SECONDS,
) -> Pending[DeviceRun]:
    """Times and compares variants on a machine that ssh reaches.

    Args:
        scheduler, study, recipes, seconds: As for `make_bundle`.
        device: The machine; its name is the device's in the study, if it has one.

    It fails with a DeviceError where the machine cannot be reached or used.
    """

    def steps(told: Steps) -> DeviceRun:
        remote = Remote(parse_address(device.address), device.python, told.stop)
        told.report(f"Looking at {remote.address.host}", 0.0)
        platform = _needed(remote.look())
        bundle, result = told.folder / "bundle.zip", told.folder / "result.json"
        _bundle(scheduler, study, bundle, recipes, platform, seconds, told)
        remote.measure(bundle, result, told.report)
        return told.wait_for(scheduler.import_result(study, result, device.name))

    return go_through(steps)


def _bundle(
    scheduler: Scheduler,
    study: Study,
    file: Path,
    recipes: Sequence[str],
    platform: Platform | None,
    seconds: float,
    told: Steps,
) -> Path:
    wheels: Sequence[Path] = ()
    if platform:
        told.report(f"Fetching NumPy and LiteRT for {platform} from the package index", 0.0)
        place = told.folder / "wheels"
        place.mkdir()
        wheels = fetch_wheels(platform, place, told.stop)
    take = bundle_writer(study, file, platform=str(platform or ""), seconds=seconds)
    return told.wait_for(scheduler.gather_bundle(study, recipes, take, wheels))


def _needed(there: There) -> Platform | None:
    """Whose wheels have to go along; None where LiteRT is there."""
    if there.litert:
        return None
    if there.machine not in MACHINES:
        raise DeviceError(
            f"LiteRT is not on that machine, and has no wheels for “{there.machine}”: only for "
            f"{' and '.join(MACHINES)}. Install it there another way, and try again."
        )
    return parse_platform(f"{there.machine} {there.python}")
