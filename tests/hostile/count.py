"""tests of hostile files: counts them by form: python -m tests.hostile.count

Each is opened by the product's own check, as the tests do it, while a judge looks on.
"""

import sys
from collections import Counter, defaultdict
from typing import Any

import pytest

TITLES = {
    "test_archives": "zips", "test_data": "data", "test_keras_files": "Keras models",
    "test_graphs": "SavedModels and frozen graphs", "test_tflite_files": ".tflite",
}  # fmt: skip
COLUMNS = ("files", "ours", "theirs", "harmless", "effects")
HEAD = ("form", "files", "refused by us", "by a library only", "opened, nothing ran", "effects")


class Counting:
    """A plugin of pytest that adds up what the tests show.

    Attributes:
        forms: Numbers by column, for each form.
        failed: Tests that failed for another reason.
    """

    def __init__(self) -> None:
        self.forms: dict[str, Counter[str]] = defaultdict(Counter)
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Takes what `judged` noted of a test (tests/hostile/conftest.py)."""
        module, _, name = report.nodeid.partition("::")
        if name.startswith("test_control"):
            return
        title = TITLES.get(module.rpartition("/")[2].removesuffix(".py"))
        if title is None:
            return
        form = self.forms[title]
        effects = report.failed and "effects outside" in str(report.longrepr)
        if report.when == "teardown":
            counts = dict(report.user_properties)
            form.update(counts)
            form["files"] += sum(counts.values())
        if effects:
            form.update(effects=1, files=1)
        elif report.failed and "refused by a library only" not in str(report.longrepr):
            self.failed.append(report.nodeid)


def table(forms: dict[str, Counter[str]]) -> list[tuple[str, ...]]:
    """The rows to print, the last of which is the sum."""
    rows = [(form, *(str(count[one]) for one in COLUMNS)) for form, count in forms.items()]
    total: Counter[str] = sum(forms.values(), Counter())
    return [HEAD, *rows, ("all", *(str(total[one]) for one in COLUMNS))]


def main() -> int:
    """Runs the tests of hostile files and prints the table."""
    counting = Counting()
    pytest.main(["-q", "-p", "no:randomly", "tests/hostile", *sys.argv[1:]], plugins=[counting])
    rows = table(counting.forms)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))  # noqa: T201
    for nodeid in counting.failed:
        print(f"failed: {nodeid}")  # noqa: T201
    last = dict(zip(HEAD, rows[-1], strict=True))
    return int(last["by a library only"] != "0" or last["effects"] != "0" or bool(counting.failed))


if __name__ == "__main__":
    raise SystemExit(main())
