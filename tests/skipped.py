"""tests: what cannot run here is skipped by a marker, and counted at the end."""

import importlib.util
from collections import Counter

import pytest

NO_MICRO = "tflite-micro is not installed: it has wheels for Linux on x86-64 only"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips what needs TFLite Micro where there is none."""
    if importlib.util.find_spec("tflite_micro") is None:
        for item in items:
            if item.get_closest_marker("needs_micro"):
                item.add_marker(pytest.mark.skip(reason=NO_MICRO))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each reason: how many tests were skipped for it."""
    reports = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in reports)
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} tests were skipped: {reason}.", yellow=True)
