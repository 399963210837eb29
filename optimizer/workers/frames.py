"""workers/: what goes through the pipes between the server and a worker: lengths, then bytes."""

import os
import struct

from optimizer.errors import JobError

LARGEST = 128 * 2**20  # bytes of an answer: a hundred variants of 32,768 outputs have half of it
LENGTH = struct.Struct(">Q")
CHUNK = 2**16


def framed(content: bytes) -> bytes:
    """What is written for `content`."""
    return LENGTH.pack(len(content)) + content


def read(descriptor: int) -> bytes | None:
    """Waits for the next content; None once the other side is gone."""
    header = _read_all(descriptor, LENGTH.size)
    return None if header is None else _read_all(descriptor, *LENGTH.unpack(header))


def write(descriptor: int, content: bytes) -> None:
    """Writes all of it, and waits until it is taken."""
    rest = memoryview(framed(content))
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _read_all(descriptor: int, length: int) -> bytes | None:
    parts = []
    while length:
        part = os.read(descriptor, min(length, 2**20))
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


class Incoming:
    """What a worker writes, read without ever waiting for it, and never more than `LARGEST`.

    Attributes:
        ended: Whether the worker has closed its side, as it does when it dies.
    """

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._kept = bytearray()
        self.ended = False

    def next(self) -> bytes | None:
        """The next whole content; None until it is there.

        Raises:
            JobError: there is to be more of it than any task has to say.
        """
        while (content := self._whole()) is None and not self.ended:
            try:
                part = os.read(self._descriptor, CHUNK)
            except BlockingIOError:
                return None
            self.ended = not part
            self._kept += part
        return content

    def _whole(self) -> bytes | None:
        if len(self._kept) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(self._kept)
        if length > LARGEST:
            raise JobError(
                f"The job’s answer has {length:,} bytes, more than the {LARGEST:,} that are taken. "
                "Use fewer samples or variants."
            )
        end = LENGTH.size + length
        if len(self._kept) < end:
            return None
        content = bytes(memoryview(self._kept)[LENGTH.size : end])
        del self._kept[:end]
        return content


class Outgoing:
    """What is written to a worker, without ever waiting for it to read."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._rest = b""

    @property
    def waits(self) -> bool:
        """Whether there is something left to write."""
        return bool(self._rest)

    def send(self, content: bytes) -> None:
        """Has `content` written as the worker reads it; `go_on` writes what is left."""
        self._rest += framed(content)
        self.go_on()

    def go_on(self) -> None:
        """Writes what the pipe takes now."""
        rest = memoryview(self._rest)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except BlockingIOError:
            pass
        except BrokenPipeError:  # it died, which its end of the other pipe tells too
            rest = rest[:0]
        self._rest = bytes(rest)
