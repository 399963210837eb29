"""tests of devices/: a machine has an id that a study keeps, and latencies refer to it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.choose.choice import choose
from optimizer.choose.limit_texts import LimitTexts
from optimizer.devices.device import Device, device_of
from optimizer.errors import LimitError
from optimizer.export.results import results
from optimizer.jobs.install import install_timed
from optimizer.measure.environment import environment
from optimizer.measure.measurements import Environment
from optimizer.store.records import Timed
from optimizer.store.study import Study
from tests import variants
from tests.variants import latency, variant

HERE = environment()
ELSEWHERE = replace(HERE, cpu="Another CPU")


def timed(there: Environment) -> Timed:
    return Timed(
        latency=latency(1.0), other_latencies=(), memory=None, profile=None, unprofiled=None,
        timed_on=there,
    )  # fmt: skip


@pytest.fixture
def study(tmp_path: Path) -> Study:
    right = np.ones(2000, bool)
    made = variant("float32", size_bytes=400_000), variant("int8")
    return variants.study(tmp_path / "s", *made, scores=[right, right])


def measure(study: Study, there: Environment) -> Device:
    """Times all variants on a machine; the device that did."""
    made = study.index.variants
    install_timed(study, made, [timed(there) for _ in made])
    [used] = {one.device for one in study.index.variants}
    return next(one for one in study.index.devices if one.id == used)


def test_a_machine_has_one_id_also_after_the_study_was_reopened_and_the_system_updated(
    study: Study,
) -> None:
    first = measure(study, HERE)
    study.close()
    again = Study(study.folder)
    kind = HERE.os.partition("-")[0]
    assert measure(again, replace(HERE, os=f"{kind}-999", python="2.7")) == first
    assert again.index.devices == (first,)
    assert HERE.cpu in first.name


@pytest.mark.parametrize("other", [{"cpu": "Another CPU"}, {"cores": 999}, {"os": "Plan9-4"}])
def test_a_study_that_is_measured_elsewhere_shows_another_device(
    study: Study, other: dict[str, Any]
) -> None:
    first, second = measure(study, HERE), measure(study, replace(HERE, **other))
    assert first.id != second.id
    assert study.index.devices == (first, second)


def test_two_studies_do_not_share_ids() -> None:
    assert device_of(HERE, ()).id != device_of(HERE, ()).id


def test_a_latency_holds_for_the_device_on_which_it_was_measured_alone(study: Study) -> None:
    first, second = measure(study, ELSEWHERE), measure(study, HERE)
    here = LimitTexts(latency="2ms", device=second.id).over(study.index)
    there = LimitTexts(latency="2ms", device=first.name).over(study.index)
    verdicts = [choose(study, limits).of("int8").proofs[1].verdict for limits in (here, there)]
    assert verdicts == ["held", "open"]


def test_a_device_on_which_nothing_was_measured_is_refused_with_those_that_there_are(
    study: Study,
) -> None:
    with pytest.raises(LimitError, match="There are: none"):
        LimitTexts(device="phone").over(study.index)
    known = measure(study, HERE)
    with pytest.raises(LimitError, match=known.id):
        LimitTexts(device="phone").over(study.index)


def test_results_say_which_device_measured(study: Study) -> None:
    known = measure(study, HERE)
    told = results(study)
    assert [one["device"] for one in told["variants"]] == [known.id, known.id]
    assert [one["name"] for one in told["devices"]] == [known.name]
