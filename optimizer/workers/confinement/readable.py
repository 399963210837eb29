"""workers/confinement/: what a worker may read beside its inbox: programs, and nobody's files.

Found by each process for itself, from the Python that it runs: the server for bubblewrap, the
worker, before it has seen a file, for Landlock.
"""

import functools
import importlib.util
import os
import pwd
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PROGRAM = Path(__file__).parents[3]
"""Where our packages lie: a checkout, or among the installed packages."""

SYSTEM = (
    "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64",
    "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store", "/usr/share/zoneinfo",
    "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/localtime", "/etc/os-release",
    "/sys/devices/system/cpu", "/sys/devices/system/node",
    "/sys/kernel/mm/transparent_hugepage",
)  # fmt: skip
"""The libraries of the system, what its loader reads, what the CPU is."""

PROCESS = (
    "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/version",
    "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/osrelease",
)  # fmt: skip
"""What /proc says of the machine, and of nobody's processes."""

INSTALLED = ("site-packages", "dist-packages")
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
"""TensorFlow ends with an abort where it has none of the last two."""


def folders(added: Iterable[Path]) -> tuple[Path, ...]:
    """Files and folders that a worker reads programs from; those that exist, each once.

    Args:
        added: What `added` found for the server.
    """
    found = (*map(Path, SYSTEM), *_python(), *_installed(), *_ours(), *added)
    return tuple(dict.fromkeys(path for path in found if path.exists() and not _holds_a_home(path)))


def added() -> tuple[Path, ...]:
    """What whoever runs Liteweigh named: packages with Keras classes, folders of libraries.

    And where other packages are installed that a `.pth` file or PYTHONPATH leads to.
    """
    names = os.environ.get("LITEWEIGH_PACKAGES", "").split(",")
    packages = (place for name in names for place in _places_of(name.strip().partition(".")[0]))
    entries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    libraries = (path for path in map(Path, entries) if path.is_absolute())
    installed = (path for path in map(Path, sys.path) if path.name in INSTALLED)
    return tuple(dict.fromkeys((*packages, *libraries, *installed)))


def listed() -> tuple[Path, ...]:
    """Where Python looks for our packages by their names: it has to see which there are."""
    return () if _holds_a_home(PROGRAM) else (PROGRAM,)


def programs() -> tuple[Path, ...]:
    """What a worker may start: this Python, by each name that leads to it, and its loader."""
    found: list[Path] = []
    for start in (sys.executable, getattr(sys, "_base_executable", sys.executable)):
        path = Path(start)
        while path not in found:
            found.append(path)
            if not path.is_symlink():
                break
            path = Path(os.path.normpath(path.parent / path.readlink()))
        found.append(Path(start).resolve())
    return (*dict.fromkeys(found), *_loaders())


def module_path() -> str:
    """What PYTHONPATH has to be for a worker to find the modules that this process finds."""
    theirs = (entry for entry in sys.path if Path(entry).is_absolute() and Path(entry).is_dir())
    own = (str(PROGRAM), *(entry for entry in theirs if not _comes_with_python(Path(entry))))
    return os.pathsep.join(dict.fromkeys(own))


def _python() -> Iterator[Path]:
    for prefix in dict.fromkeys((sys.prefix, sys.base_prefix, sys.base_exec_prefix)):
        for path in dict.fromkeys((Path(prefix), Path(prefix).resolve())):
            yield from (path / "lib", path / "lib64", path / "pyvenv.cfg")
    yield from map(Path, (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")))
    yield from programs()


def _installed() -> Iterator[Path]:
    yield from map(Path, site.getsitepackages())
    if site.ENABLE_USER_SITE:
        yield Path(site.getusersitepackages())


def _places_of(package: str) -> Iterator[Path]:
    if not package.isidentifier():
        return
    spec = importlib.util.find_spec(package)
    if spec is None:
        return
    yield from map(Path, spec.submodule_search_locations or ())
    if spec.has_location and spec.origin and not spec.submodule_search_locations:
        yield Path(spec.origin)


def _ours() -> Iterator[Path]:
    """The package that this is in; of a checkout also those beside it, and nothing else."""
    if PROGRAM in _installed():
        yield Path(__file__).parents[2]
    else:
        yield from (init.parent for init in sorted(PROGRAM.glob("*/__init__.py")))


def _loaders() -> Iterator[Path]:
    """What the kernel starts for a program with shared libraries."""
    for folder in ("/lib64", "/lib"):
        for loader in sorted(Path(folder).glob("ld-*.so*")):
            yield from dict.fromkeys((loader, loader.resolve()))


def _comes_with_python(path: Path) -> bool:
    prefixes = (sys.prefix, sys.base_prefix, sys.base_exec_prefix)
    return any(path.is_relative_to(Path(prefix) / "lib") for prefix in prefixes)


def _holds_a_home(path: Path) -> bool:
    """Whether it is, or holds, the user's home or the studies."""
    return any(home.resolve().is_relative_to(path.resolve()) for home in _homes())


@functools.cache
def _homes() -> tuple[Path, ...]:
    homes = [Path.home()]  # in a worker, that is in its outbox
    with suppress(KeyError):
        homes.append(Path(pwd.getpwuid(os.getuid()).pw_dir))
    if studies := os.environ.get("LITEWEIGH_HOME"):
        homes.append(Path(studies).absolute())
    # A user of the system, say in a container, may have no home of its own.
    return tuple(home for home in homes if home != Path("/"))
