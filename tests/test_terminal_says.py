"""tests of cli/: what a command says of an operation that has failed."""

import pytest

from optimizer.cli.terminal import LOG_LINES, Terminal
from optimizer.errors import IN_THE_LOG, JobError
from optimizer.jobs.pending import Pending
from tests.refused import refused


def failed(message: str, log: str) -> "Pending[None]":
    pending: Pending[None] = Pending(lambda: None, lambda: None)
    pending.fail(JobError(message), log)
    return pending


@pytest.mark.parametrize("quiet", [False, True])
def test_a_message_that_names_the_log_comes_with_its_end(
    capsys: pytest.CaptureFixture[str], quiet: bool
) -> None:
    log = "\n".join([*map(str, range(100)), "ValueError: \x1b[31mred"])
    terminal = Terminal(quiet=quiet, as_json=True)
    with refused(JobError, "stopped"):
        terminal.wait_for("model", failed(f"It stopped. {IN_THE_LOG}", log))
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[0] == "The end of its log:"
    assert said.err.splitlines()[1:] == [
        *map(str, range(101 - LOG_LINES, 100)),
        "ValueError: ?[31mred",
    ]


def test_another_comes_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with refused(JobError, "It is full"):
        Terminal(quiet=False, as_json=False).wait_for("model", failed("It is full.", "something"))
    assert "something" not in capsys.readouterr().err
