"""tests of devices/: a real sshd on the loopback, with keys, known hosts and a home of its own.

`ssh` and `scp` are the system's; what stands before them on the path only names the configuration
file, for the tests must not touch the user's own.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

import psutil

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        folder: Has its files, and the client's.
        home: Where its users begin.
        port: Of the loopback.
        process: The one that waits for connections.
    """

    folder: Path
    home: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def address(self) -> str:
        """As a user writes it."""
        return f"{getuser()}@127.0.0.1:{self.port}"

    @property
    def tools(self) -> Path:
        """What has to stand before all else on the path."""
        return self.folder / "bin"

    def use_key(self, name: str) -> None:
        """The client shows this key."""
        _configure(self.folder, name, "known_hosts")

    def forget_host(self) -> None:
        """The client knows no host."""
        _configure(self.folder, "key", "no_hosts")

    def sessions(self) -> list[psutil.Process]:
        """The processes of the server's connections."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def left(self) -> list[str]:
        """What lies in the home."""
        return sorted(entry.name for entry in self.home.iterdir())


@contextmanager
def serving(folder: Path, home: Path) -> Iterator[Server]:
    """A server whose users begin in `home`."""
    assert SSHD
    for name in ("host", "key", "wrong"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name],  # noqa: S607
            check=True,
        )
    shutil.copy(folder / "key.pub", folder / "authorized")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    host_key = " ".join((folder / "host.pub").read_text().split()[:2])
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}\n")
    (folder / "no_hosts").write_text("")
    # Every command begins in the home of the test, with this Python as python3.
    (folder / "there").mkdir()
    python = folder / "there" / "python3"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')  # a link would lose its packages
    python.chmod(0o755)
    begin = folder / "begin.sh"
    begin.write_text(
        f'#!/bin/sh\nexport PATH="{folder}/there:$PATH" HOME="{home}"\ncd "{home}"\n'
        'case "$SSH_ORIGINAL_COMMAND" in\n'
        f"  *sftp*) exec /usr/lib/openssh/sftp-server -d '{home}';;\n"
        '  *) exec sh -c "$SSH_ORIGINAL_COMMAND";;\nesac\n'
    )
    begin.chmod(0o755)
    (folder / "sshd_config").write_text(
        f"""
        ListenAddress 127.0.0.1
        Port {port}
        HostKey {folder}/host
        AuthorizedKeysFile {folder}/authorized
        PidFile none
        StrictModes no
        UsePAM no
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        Subsystem sftp internal-sftp
        ForceCommand {begin}
        """
    )
    _configure(folder, "key", "known_hosts")
    (folder / "bin").mkdir()
    for program in ("ssh", "scp"):
        shim = folder / "bin" / program
        shim.write_text(f'#!/bin/sh\nexec {shutil.which(program)} -F {folder}/ssh_config "$@"\n')
        shim.chmod(0o755)
    Path("/run/sshd").mkdir(exist_ok=True)  # for privilege separation, where this is root
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", folder / "sshd_config"], stdin=subprocess.DEVNULL, stderr=log
        )
    try:
        _wait_for(port, process)
        yield Server(folder, home, port, process)
    finally:
        with suppress(psutil.NoSuchProcess):  # a test has ended it
            for one in psutil.Process(process.pid).children(recursive=True):
                one.kill()
        process.kill()
        process.wait()


def _configure(folder: Path, key: str, hosts: str) -> None:
    (folder / "ssh_config").write_text(
        f"IdentityFile {folder / key}\nIdentitiesOnly yes\nUserKnownHostsFile {folder / hosts}\n"
        "GlobalKnownHostsFile none\n"
    )


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("sshd did not begin")


def environment(server: Server) -> str:
    """The path on which the client's programs are found."""
    return f"{server.tools}{os.pathsep}{os.environ['PATH']}"
