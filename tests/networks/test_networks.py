"""tests: networks of many tasks go from their file to compared variants by the terminal.

What is reported first of each file is what a plain loop over that file finds. `python -m
tests.networks` prints the table.
"""

from pathlib import Path

import pytest

from tests.networks import detectors, pictures, rows  # noqa: F401 (networks register themselves)
from tests.networks.network import NETWORKS
from tests.networks.walk import walk
from tests.terminal import Terminal

TOLERANCE = 2e-4  # of scores that are stored in float32, and of ties


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_compared_by_its_own_measure(
    name: str, terminal: Terminal, tmp_path: Path
) -> None:
    one = NETWORKS[name]()
    printed = []

    def run(*arguments: object) -> int:
        said = terminal(*arguments)
        printed.append(said.stdout + said.stderr)
        return said.returncode

    found = walk(one, tmp_path, run)
    assert {row.recipe for row in found} >= set(one.recipes)
    for row in found:
        assert row.metric == one.metric
        assert row.told == pytest.approx(row.by_hand, rel=TOLERANCE, abs=TOLERANCE), row
        assert row.recipe in printed[0]
    assert one.least <= found[0].told <= one.most, "the float model does its task"


def test_there_are_more_networks_than_were_asked_for() -> None:
    assert len(NETWORKS) >= 15
