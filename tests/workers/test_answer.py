"""tests of workers/: nothing that a worker may say does more in the server than be refused."""

import json
import os
import pickle
import struct
from dataclasses import dataclass
from pathlib import Path

import pytest

from optimizer.errors import JobError, LiteweighError
from optimizer.reporting import Report
from optimizer.workers import answer, frames
from optimizer.workers.answer import NoAnswerError
from optimizer.workers.frames import Incoming
from tests.refused import refused
from tests.workers.tasks import Add, Light

EVIL = pickle.dumps(struct.Struct(">Q").size)
DEEP = b"[" * 100_000


@dataclass(frozen=True)
class Where(Light[tuple[Path, str]]):
    def run(self, report: Report) -> tuple[Path, str]:
        return self.out, "text"


def _error(**changes: object) -> bytes:
    fields = {"kinds": ["JobError"], "text": "a", "words": ["a"]}
    return b"!" + json.dumps({**fields, **changes}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"=", b"3", b"=[3]", b"={}", b"=nothing", b"=null", b'="three"', b"=3 3", b"\x80" * 9,
        EVIL, b"=" + EVIL, b"!" + EVIL, b"=" + DEEP, b"!" + DEEP, b"!", b"!3", b"!null", b"![]",
        b"!{}", _error(kinds=[]), _error(kinds=["SystemExit"]), _error(kinds=["Exception"]),
        _error(kinds=[["JobError"]]), _error(kinds=3), _error(text=None), _error(words=[]),
        _error(words=["a", "b"]), _error(words=[3]), _error(words=3),
        _error(kinds=["UndecidedModelError"], words=["a", {"code": 3}]),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_an_error(content: bytes) -> None:
    with refused(NoAnswerError, "none of the answers that it can give", "log"):
        answer.read(Add, content)


def test_an_answer_is_of_the_type_that_the_task_declares() -> None:
    assert answer.read(Add, b"=3") == 3
    with pytest.raises(ValueError, match="unknown type"):
        answer.of_result(Add(Path("/out"), 1, 2), object())


def test_paths_of_the_worker_become_those_that_are_meant() -> None:
    inside, meant = Path("/in/0/“a” b"), Path('/home/me/"x"/é')
    work = Where(Path("/out"))
    sent = answer.of_result(work, (inside / "c", f"{inside} is no model"))
    assert answer.read(Where, sent, {inside: meant}) == (meant / "c", f"{meant} is no model")
    with pytest.raises(LiteweighError, match='/home/me/"x"/é cannot be read'):
        answer.read(Where, answer.of_error(JobError(f"{inside} cannot be read")), {inside: meant})


def test_an_endless_answer_is_refused_before_it_is_read() -> None:
    theirs, ours = os.pipe()
    incoming = Incoming(theirs)
    try:
        os.write(ours, struct.pack(">Q", frames.LARGEST + 1))
        with refused(JobError, "answer has 134,217,729 bytes", "134,217,728", "fewer"):
            incoming.next()
    finally:
        os.close(theirs)
        os.close(ours)


def test_an_answer_in_pieces_is_put_together() -> None:
    theirs, ours = os.pipe()
    incoming = Incoming(theirs)
    sent = frames.framed(b"=1") + frames.framed(b"") + frames.framed(b"=" + b"7" * 300)
    try:
        found = []
        for place in range(len(sent)):
            os.write(ours, sent[place : place + 1])
            found.append(incoming.next())
    finally:
        os.close(ours)
    assert [one for one in found if one is not None] == [b"=1", b"", b"=" + b"7" * 300]
    assert incoming.next() is None
    assert incoming.ended
    os.close(theirs)
