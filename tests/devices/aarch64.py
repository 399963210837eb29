"""tests of devices/: a Python of another kind of machine, run by QEMU in user mode.

QEMU 10 or later does it; that of Debian 12, 7.2, crashes in LiteRT. So it comes from Debian 13, and
the Python and what it needs from Debian 12, each into a folder of its own: nothing is installed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SOURCES = f"""\
deb [signed-by={KEYS} arch=amd64] http://deb.debian.org/debian trixie main
deb [signed-by={KEYS} arch=arm64] http://deb.debian.org/debian bookworm main
"""
QEMU = "qemu-user:amd64"
PYTHON = (
    "libc6", "libgcc-s1", "libstdc++6", "zlib1g", "libexpat1", "libffi8", "libbz2-1.0", "liblzma5",
    "libssl3", "libuuid1", "libcrypt1", "libpython3.11-minimal", "libpython3.11-stdlib",
    "python3.11-minimal",
)  # fmt: skip
SECONDS = 600
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
KEPT = CACHE / "liteweigh-tests" / "aarch64"
"""Fetched once, 80 MB."""


def aarch64_python() -> Path:
    """A program that is Python 3.11 on aarch64, as far as what it runs can tell.

    Skips the test where it cannot be had.
    """
    python = KEPT / "python3"
    if not python.exists():
        _fetch(KEPT.with_name("aarch64.unfinished"))
        shutil.rmtree(KEPT, ignore_errors=True)
        KEPT.with_name("aarch64.unfinished").replace(KEPT)
        python.write_text(
            "#!/bin/sh\n"
            "# sys.executable is this file again: the kernel cannot run the real one.\n"
            f"export PYTHONHOME='{KEPT}/root/usr' QEMU_LD_PREFIX='{KEPT}/root'\n"
            f"exec '{KEPT}/qemu/usr/bin/qemu-aarch64' -0 '{python}' "
            f"'{KEPT}/root/usr/bin/python3.11' \"$@\"\n"
        )
        python.chmod(0o755)
    return python


def _fetch(folder: Path) -> None:
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        pytest.skip("QEMU for aarch64 is fetched on Linux on x86-64 alone")
    if not (KEYS.exists() and shutil.which("apt-get") and shutil.which("dpkg-deb")):
        pytest.skip("QEMU for aarch64 is fetched by apt from Debian, whose keys are not here")
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("etc", "state/lists/partial", "cache/archives/partial", "debs"):
        (folder / name).mkdir(parents=True)
    (folder / "state/status").touch()
    (folder / "etc/sources.list").write_text(SOURCES)
    (folder / "apt.conf").write_text(
        f'Dir::Etc "{folder}/etc"; Dir::Etc::sourcelist "{folder}/etc/sources.list";\n'
        f'Dir::Etc::sourceparts "-"; Dir::State "{folder}/state";\n'
        f'Dir::State::status "{folder}/state/status"; Dir::Cache "{folder}/cache";\n'
        'APT::Architectures { "amd64"; "arm64"; }; Acquire::Languages "none";\n'
        'APT::Sandbox::User "";\n'
    )
    env = {**os.environ, "APT_CONFIG": str(folder / "apt.conf")}
    wanted = [QEMU, *(f"{name}:arm64" for name in PYTHON)]
    for command in (["apt-get", "-qq", "update"], ["apt-get", "-qq", "download", *wanted]):
        done = subprocess.run(
            command, env=env, cwd=folder / "debs", capture_output=True, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            pytest.skip(f"QEMU for aarch64 cannot be fetched: {done.stderr.strip()[-200:]}")
    for deb in sorted((folder / "debs").glob("*.deb")):
        into = folder / ("root" if deb.name.endswith("_arm64.deb") else "qemu")
        subprocess.run(["dpkg-deb", "-x", str(deb), str(into)], check=True)  # noqa: S607 (any)
    for program in (folder / "qemu/usr/bin").iterdir():
        if program.name != "qemu-aarch64":  # for some thirty other machines
            program.unlink()
    for name in ("debs", "state", "cache"):
        shutil.rmtree(folder / name)
