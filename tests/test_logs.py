"""tests of the log: what of it is shown, and how."""

import io
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.logs import MOST_ALIKE, OnceAMinute

ROOT = Path(__file__).parents[1]
PROGRAM = """
import logging
from optimizer import logs
logs.set_up("dashboard")
for name in ("optimizer.jobs", "dashboard.server", "asyncio"):
    logging.getLogger(name).info("began")
    try:
        1 / 0
    except ZeroDivisionError:
        logging.getLogger(name).exception("went wrong")
"""
STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} "


def shown(level: dict[str, str]) -> str:
    """What the program above writes to standard error."""
    inherited = {name: value for name, value in os.environ.items() if name != "LITEWEIGH_LOG"}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT, env={**inherited, **level}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout == ""
    return ran.stderr


def test_errors_are_shown_with_time_level_module_and_traceback() -> None:
    text = shown({})
    assert re.search(f"^{STAMP}ERROR optimizer.jobs: went wrong$", text, re.M)
    assert text.count("ZeroDivisionError: division by zero") == 3
    assert "began" not in text


@pytest.mark.parametrize("level", ["INFO", "debug"])
def test_more_is_shown_on_demand_but_not_of_other_libraries(level: str) -> None:
    text = shown({"LITEWEIGH_LOG": level})
    assert re.search(f"^{STAMP}INFO optimizer.jobs: began$", text, re.M)
    assert re.search(f"^{STAMP}INFO dashboard.server: began$", text, re.M)
    assert "asyncio: began" not in text


class Clock:
    """Seconds that pass when it is told so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logged(clock: Clock) -> tuple[logging.Logger, io.StringIO, OnceAMinute]:
    """A logger, what is shown of it, and what counts."""
    shown, logger = io.StringIO(), logging.Logger("a part")
    handler = logging.StreamHandler(shown)
    once = OnceAMinute(handler, clock)
    handler.addFilter(once)
    logger.addHandler(handler)
    return logger, shown, once


Logged = tuple[logging.Logger, io.StringIO, OnceAMinute]


def test_nothing_is_shown_twice_in_a_minute_and_what_came_again_is_counted(
    logged: Logged, clock: Clock
) -> None:
    logger, shown, once = logged

    def say(times: int) -> None:
        for _ in range(times):
            logger.error("Too many files are open (%s)", "a socket")
            clock.now += 0.01

    say(4_813)
    assert shown.getvalue() == "Too many files are open (a socket)\n"
    clock.now += 20
    say(1)
    assert shown.getvalue().count("\n") == 2
    assert shown.getvalue().endswith("Too many files are open (a socket) (repeated 4,812 times)\n")
    say(1)
    assert shown.getvalue().count("\n") == 2
    once.tell_all()
    assert shown.getvalue().endswith("(repeated 2 times)\n")


def test_what_no_longer_comes_is_counted_when_something_else_does(
    logged: Logged, clock: Clock
) -> None:
    logger, shown, _ = logged
    for _ in range(3):
        logger.error("It went wrong")
    clock.now += 61
    logger.error("Something else")
    assert shown.getvalue().splitlines() == [
        "It went wrong", "It went wrong (repeated 2 times)", "Something else",
    ]  # fmt: skip
    clock.now += 61
    logger.error("A third")
    assert shown.getvalue().splitlines()[3:] == ["A third"]


def test_a_traceback_is_shown_once(logged: Logged) -> None:
    logger, shown, once = logged
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        for _ in range(100):
            logger.exception("It went wrong")
    once.tell_all()
    assert shown.getvalue().count("Traceback") == 1


def test_a_line_of_code_that_says_something_else_each_time_is_held_to_a_few_a_minute(
    logged: Logged, clock: Clock
) -> None:
    logger, shown, once = logged
    for minute in range(2):
        for number in range(2_000):
            logger.error("No room for %s", 10_000 * minute + number)
        logger.error("Another line")
        clock.now += 61
    once.tell_all()
    lines = shown.getvalue().splitlines()
    assert len(lines) < 3 * MOST_ALIKE
    assert lines.count("Another line") == 2
    again = [re.search(r"\(repeated ([\d,]+) times\)", line) for line in lines]
    counted = sum(int(found[1].replace(",", "")) for found in again if found)
    assert again.count(None) + counted == 2 * 2_001


def test_a_server_that_is_set_up_repeats_nothing() -> None:
    program = (
        "import logging\nfrom optimizer import logs\nlogs.set_up()\nlogs.set_up()\n"
        "for _ in range(500): logging.getLogger('asyncio').error('socket.accept() failed')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    first, second = ran.stderr.splitlines()
    assert first.endswith("ERROR asyncio: socket.accept() failed")
    assert second.endswith("ERROR asyncio: socket.accept() failed (repeated 499 times)")
