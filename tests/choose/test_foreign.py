"""tests of choose/: which machine a study's latencies come from."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from optimizer.choose.foreign import foreign
from optimizer.measure.environment import environment
from tests.variants import study, variant

HERE = environment()


@pytest.mark.parametrize(
    "other",
    [{"cpu": "Another CPU"}, {"cores": HERE.cores + 1}, {"os": "Plan9-4"}],
    ids=["cpu", "cores", "system"],
)
def test_a_study_measured_elsewhere_names_that_machine(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    there = replace(HERE, **other)
    kept = study(
        tmp_path / "s",
        variant("float32", environment=HERE, timed_on=HERE),
        variant("int8", environment=HERE, timed_on=there),
    )
    assert foreign(kept) == there


def test_a_study_measured_here_is_not_foreign(tmp_path: Path) -> None:
    """Not even after an update of the system, or if another machine converted it."""
    elsewhere = replace(HERE, cpu="Another CPU")
    updated = replace(HERE, os=f"{HERE.os.partition('-')[0]}-999", python="2.7")
    kept = study(
        tmp_path / "s",
        variant("float32", environment=elsewhere, timed_on=HERE),
        variant("int8", environment=elsewhere, timed_on=updated),
    )
    assert foreign(kept) is None


def test_an_older_study_was_measured_where_it_was_made(tmp_path: Path) -> None:
    elsewhere = replace(HERE, cpu="Another CPU")
    assert foreign(study(tmp_path / "a", variant("float32", environment=elsewhere))) == elsewhere
    assert foreign(study(tmp_path / "b", variant("float32", environment=HERE))) is None


def test_where_nothing_was_timed_nothing_is_foreign(tmp_path: Path) -> None:
    elsewhere = replace(HERE, cpu="Another CPU")
    assert (
        foreign(study(tmp_path / "s", variant("float32", environment=elsewhere, latency=None)))
        is None
    )
