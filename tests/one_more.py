"""tests: those that `make test` leaves to `make test-all` because they are one more of a kind.

What is marked `slow` says it where it is written. One case of many, or a test whose kind another
file holds, stands in `one_more.txt` instead: a line is a test, or one with its case in brackets, or
a whole file. A line that names nothing any more is an error, so that none stays behind.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

LIST = Path(__file__).with_suffix(".txt")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks them as slow."""
    named = set(LIST.read_text().splitlines())
    for item in items:
        if not named.isdisjoint(_names(item.nodeid)):
            item.add_marker(pytest.mark.slow)
    whole = {item.nodeid.partition("::")[0] for item in items} - _in_part(config)
    seen = {name for item in items for name in _names(item.nodeid)}
    lost = [name for name in named - seen if name.partition("::")[0] in whole]
    if lost:
        raise pytest.UsageError(f"{LIST.name} names tests that do not exist: {sorted(lost)}")


def _names(nodeid: str) -> Iterator[str]:
    """Under which a test may stand in the list."""
    yield nodeid
    yield nodeid.partition("[")[0]
    yield nodeid.partition("::")[0]


def _in_part(config: pytest.Config) -> set[str]:
    """The files of which single tests were asked for."""
    if config.getoption("lf", False):  # of any file those that failed
        return {name.partition("::")[0] for name in LIST.read_text().splitlines()}
    return {str(argument).partition("::")[0] for argument in config.args if "::" in str(argument)}
