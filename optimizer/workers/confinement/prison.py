"""workers/confinement/: the two folders that a worker knows, and how it is locked in with them.

Two halves: the server builds the command that starts the worker, and the worker, before it does
anything else, locks itself. Both are needed: namespaces are entered from outside, Landlock and
seccomp from inside, where they confine what is started later but never what runs already.

    prison = Prison(strongest(Wish.AUTO), inbox, outbox)
    subprocess.Popen(prison.command([sys.executable, "-m", "optimizer.workers", …]),
                     env=prison.environment(), cwd=outbox, start_new_session=True)

and in that program `lock(level, inbox, outbox)`.
"""

import os
import site
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.workers.confinement import bubblewrap, landlock, readable, rights, seccomp
from optimizer.workers.confinement.landlock import Access
from optimizer.workers.confinement.level import BUBBLEWRAP, NONE, Level

HOME, TEMPORARY = "home", "tmp"
"""Folders in the outbox that libraries take for the user's home and for temporary files."""

NEEDED = frozenset({
    # Where programs and libraries are.
    "PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV",
    # The user's language and time.
    "LANG", "LANGUAGE", "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_NUMERIC", "LC_TIME",
    "TZ",
    # How Python runs.
    "PYTHONDONTWRITEBYTECODE", "PYTHONFAULTHANDLER", "PYTHONHASHSEED", "PYTHONIOENCODING",
    "PYTHONMALLOC", "PYTHONUNBUFFERED", "PYTHONUTF8", "PYTHONWARNINGS",
    # How many threads there are and how numbers are added up, which results depend on.
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS",
    "KMP_AFFINITY", "KMP_BLOCKTIME", "TF_CPP_MAX_VLOG_LEVEL", "TF_CPP_MIN_LOG_LEVEL",
    "TF_DETERMINISTIC_OPS", "TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTEROP_THREADS",
    "TF_NUM_INTRAOP_THREADS", "TF_USE_LEGACY_KERAS", "TF_XLA_FLAGS", "XLA_FLAGS",
    "MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_",
    # Our own that are read there.
    "LITEWEIGH_HOME", "LITEWEIGH_PACKAGES",
})  # fmt: skip
"""The variables that a worker gets, by their whole names: of a kind, such as `TF_`, some may be of
others (Terraform has its passwords in `TF_VAR_…`)."""
ADDED = "LITEWEIGH_READABLE"
"""Tells a worker what the server found to be readable beside what each finds by itself."""


@dataclass(frozen=True)
class Prison:
    """Where one worker lives.

    Attributes:
        level: What holds it.
        inbox: A folder of its own that it may read; it exists.
        outbox: A folder of its own that it may write; it exists.
    """

    level: Level
    inbox: Path
    outbox: Path

    def command(self, argv: Sequence[str]) -> list[str]:
        """What the server starts so that `argv` runs inside, from the outbox as current folder.

        Start it from a thread that lives as long as the worker may: with that thread it ends. Open
        descriptors that are passed on reach the program. What is started is not the worker itself
        but its guard, where there is one: kill that, and all inside are gone.
        """
        if self.level.name != BUBBLEWRAP:
            return list(argv)
        bwrap = bubblewrap.found()
        assert bwrap is not None  # noqa: S101 (the level says so)
        read = readable.folders(readable.added())
        return bubblewrap.command(bwrap, argv, read, self.inbox, self.outbox)

    def environment(self) -> dict[str, str]:
        """The environment variables that it gets: none that it does not need, no secret."""
        kept = {name: value for name, value in os.environ.items() if name in NEEDED}
        if site.ENABLE_USER_SITE:  # it lies in the home
            kept["PYTHONUSERBASE"] = site.getuserbase()
        return {
            **kept,
            "HOME": str(self.outbox / HOME),
            "TMPDIR": str(self.outbox / TEMPORARY),
            "PYTHONPATH": readable.module_path(),
            "PYTHONSAFEPATH": "1",
            ADDED: os.pathsep.join(map(str, readable.added())),
        }


def lock(level_name: str, inbox: Path, outbox: Path) -> None:
    """Locks this process in, for good, and whatever it starts.

    To be called by a worker first of all, while it has one thread.

    Args:
        level_name: That of its prison's level.
        inbox: What it may read.
        outbox: What it may write.

    Raises:
        OSError: the kernel refused; nothing may be opened in this process.
    """
    for name in (HOME, TEMPORARY):
        (outbox / name).mkdir(exist_ok=True)
    confined = level_name != NONE
    if confined:
        _assert_alone()
    rights.give_up(confined=confined)
    if not confined:
        return
    version = landlock.version()
    own_proc = level_name == BUBBLEWRAP
    if version >= landlock.LEAST_VERSION:
        landlock.restrict(dict(_allowed(inbox, outbox, own_proc=own_proc)), version)
    elif not own_proc:
        raise OSError("Landlock, which confined this process's siblings, is not there any more.")
    seccomp.restrict(signals_are_scoped=own_proc or version >= landlock.SCOPES_VERSION)


def _allowed(inbox: Path, outbox: Path, *, own_proc: bool) -> Iterator[tuple[Path, Access]]:
    added = map(Path, filter(None, os.environ.get(ADDED, "").split(os.pathsep)))
    for path in (*readable.folders(added), inbox):
        yield path, landlock.READ
    for path in readable.listed():
        yield path, Access.READ_DIR
    for path in readable.programs():
        yield path, landlock.RUN
    for path in map(Path, readable.DEVICES):
        yield path, landlock.USE
    if own_proc:  # it holds this worker's processes only
        yield Path("/proc"), landlock.READ | Access.WRITE_FILE
    else:
        for path in (*map(Path, readable.PROCESS), Path("/proc/self").resolve()):
            yield path, landlock.READ
    yield outbox, landlock.WRITE


def _assert_alone() -> None:
    """Threads that run already would stay free."""
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise OSError(f"A worker has to be locked in before it has threads; it has {threads}.")
