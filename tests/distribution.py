"""tests: which tests stay in one process when `pytest -n` runs them in several, and their order.

Fixtures of a module, or of a whole folder, are made by each process that needs them, so tests that
share costly ones stay together. Those that take longest begin, so that none is left over at the
end while the other processes have nothing to do.
"""

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/browser/", "tests/pages/")
LONGEST = ("tests/browser/", "tests/pages/", "tests/techniques/", "tests/jobs/", "tests/tasks/",
           "tests/models/", "tests/test_command_line", "tests/hostile/", "tests/fuzz/")  # fmt: skip


def unit(nodeid: str) -> str:
    """What a test stays together with: a folder that shares a server, else its file."""
    folder = next((folder for folder in TOGETHER if nodeid.startswith(folder)), None)
    return folder or nodeid.partition("::")[0]


class Units(LoadScopeScheduling):
    """Gives whole units to the processes, in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: object) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Units:
    return Units(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest units first; the order within a unit stays."""
    items.sort(key=lambda item: _place(item.nodeid, LONGEST))


def _place(nodeid: str, order: Sequence[str]) -> int:
    return next((i for i, start in enumerate(order) if nodeid.startswith(start)), len(order))
