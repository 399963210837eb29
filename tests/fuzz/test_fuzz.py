"""tests/fuzz: a short, repeatable run; `python -m tests.fuzz --minutes 10` looks further."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.isolation import Isolation
from tests.fuzz.mutations import broken, configs, files
from tests.fuzz.targets import TARGETS, hold, hold_config
from tests.levels import some

SHORT = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # a file is small enough to look at unshrunk
)
MOST_CRASHES = 3  # of 60 files; more would be a reader that trusts what it reads
FILES = some([15, 60], quick=[15])


@pytest.fixture(scope="module")
def isolation() -> Iterator[Isolation]:
    isolation = Isolation()
    yield isolation
    isolation.close()


@pytest.mark.parametrize("count", FILES, ids="{} files".format)
@pytest.mark.parametrize("target", TARGETS)
def test_a_broken_file_is_read_or_refused_and_nothing_else(
    isolation: Isolation, target: str, count: int
) -> None:
    @settings(SHORT, max_examples=count)
    @given(broken(files(*TARGETS[target].suffixes)))
    def holds(given_file: tuple[str, bytes]) -> None:
        isolation.run(hold, target, *given_file)

    before = isolation.crashes
    holds()
    assert isolation.crashes - before <= MOST_CRASHES


@pytest.mark.parametrize("target", TARGETS)
def test_the_corpus_itself_is_read_or_refused(target: str) -> None:
    for file in files(*TARGETS[target].suffixes):
        hold(target, file.name, file.read_bytes())


@settings(SHORT, max_examples=300)
@given(configs(), st.booleans())
def test_any_json_is_let_through_or_refused(config: Any, trusted: bool) -> None:
    hold_config(config, trusted)
