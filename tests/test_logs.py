"""tests of the log: what of it is shown, and how."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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
