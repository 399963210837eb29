"""workers/confinement/: the strongest level that works on this machine, found by trying it."""

import functools
import subprocess
import sys
import tempfile
from pathlib import Path

from optimizer.errors import SettingError
from optimizer.workers.confinement import bubblewrap, kernel, landlock, probe
from optimizer.workers.confinement.level import BUBBLEWRAP, LANDLOCK, NONE, Level, Wish
from optimizer.workers.confinement.prison import Prison

PATIENCE = 60  # seconds for a process that takes a tenth of one
OFF = "LITEWEIGH_ISOLATION is off."


def strongest(wish: Wish) -> Level:
    """The level at which workers are to run; tried once for each process.

    Raises:
        SettingError: isolation is required, and not possible here; it says why.
    """
    if wish is Wish.OFF:
        return Level(NONE, OFF)
    found = possible()
    if wish is Wish.REQUIRED and not found.confined:
        raise SettingError(
            f"LITEWEIGH_ISOLATION is required, but workers cannot be confined here. {found.why} "
            "Make that possible, or set LITEWEIGH_ISOLATION=auto to go on without."
        )
    return found


@functools.cache
def possible() -> Level:
    """The strongest level that works; a tiny process is started at each until one does."""
    if kernel.SYSTEM != "Linux" or kernel.MACHINE not in kernel.MACHINES:
        where = f"{kernel.SYSTEM} on {kernel.MACHINE}"
        return Level(NONE, f"Workers are confined on Linux on x86-64 and AArch64; this is {where}.")
    failed = obstacle(Level(BUBBLEWRAP))
    if failed is None:
        return Level(BUBBLEWRAP)
    failed_too = obstacle(Level(LANDLOCK, failed))
    if failed_too is None:
        return Level(LANDLOCK, failed)
    return Level(NONE, f"{failed} {failed_too}")


def obstacle(level: Level) -> str | None:
    """Why a process cannot be confined at this level, in a sentence; None where it can."""
    if level.name == BUBBLEWRAP and bubblewrap.found() is None:
        return "bubblewrap is not installed."
    version = landlock.version()
    if level.name == LANDLOCK and version < landlock.LEAST_VERSION:
        return f"Landlock needs Linux 6.2 or later, and has to be enabled (version {version} is)."
    with tempfile.TemporaryDirectory(prefix="liteweigh-probe-") as folder:
        inbox, outbox = Path(folder, "in"), Path(folder, "out")
        inbox.mkdir()
        outbox.mkdir()
        Path(folder, probe.OUTSIDE).touch()
        prison = Prison(level, inbox, outbox)
        argv = [sys.executable, "-m", probe.__name__, level.name, str(inbox), str(outbox)]
        try:
            tried = subprocess.run(
                prison.command(argv), env=prison.environment(), cwd=outbox, check=False,
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"A process at level {level.name} did not start ({error})."
    if tried.returncode == 0 and tried.stdout.strip() == probe.LOCKED:
        return None
    said = (tried.stderr.strip().splitlines() or [f"status {tried.returncode}"])[-1]
    return f"A process at level {level.name} did not start ({said})."
