"""tests of devices/: what a device measured is a number of the study's, with its interval."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.choose.choice import choose
from optimizer.choose.comparison import compare
from optimizer.choose.proofs import LATENCY_RATIO, Answer
from optimizer.devices.measured import DeviceState
from optimizer.devices.throttling import signs_of
from optimizer.errors import DeviceError
from optimizer.export.results import results
from optimizer.jobs.scheduler import Scheduler
from optimizer.measure.rounds import RoundTimes
from optimizer.store.device_runs import found_there
from optimizer.store.limits import Limits
from optimizer.store.study import Study, read_index
from tests.devices import bundles
from tests.refused import refused
from tests.terminal import Terminal

Golden = Callable[[], Study]
QUIET = DeviceState("performance", 1500.0, 1500.0, 50.0, 0, 3, 0, 0.1)


@pytest.fixture
def study(golden: Golden, scheduler: Scheduler, result: Path) -> Study:
    """One into which a result was imported, from a device called “board”."""
    made = golden()
    scheduler.import_result(made, result, "board").result()
    return made


def test_each_file_has_its_latency_and_ratio_there(study: Study, result: Path) -> None:
    """Reckoned anew from the times with plain NumPy."""
    wall = np.array(bundles.read(result)["wall_ms"], float)
    [run] = study.index.device_runs
    assert [one.recipe for one in run.files] == ["float32", *bundles.RECIPES]
    for place, file in enumerate(run.files):
        assert file.latency is not None
        assert file.latency.runs == np.count_nonzero(~np.isnan(wall[..., place]))
        assert file.latency.min_ms == pytest.approx(np.nanmin(wall[..., place]), rel=0.5)
        assert file.latency.ratio is not None
        if place and file.latency.ratio_low and file.latency.ratio_high:
            assert file.latency.ratio_low <= file.latency.ratio <= file.latency.ratio_high
        assert file.memory is None or file.memory.peak_bytes > file.memory.model_bytes
    assert run.files[0].latency
    assert (run.files[0].latency.ratio_low, run.files[0].latency.ratio_high) == (1, 1)


def test_it_is_kept_with_the_study(study: Study) -> None:
    kept = read_index(study.folder)
    assert kept.device_runs == study.index.device_runs
    [device] = [one for one in kept.devices if one.by == "bundle"]
    assert (device.name, device.id) == ("board", kept.device_runs[0].device)
    with np.load(study.folder / "devices" / f"{kept.device_runs[0].id}.npz") as times:
        assert times["wall_ms"].shape == times["cpu_ms"].shape == times["preempted"].shape


def test_the_same_result_is_taken_once(study: Study, scheduler: Scheduler, result: Path) -> None:
    with refused(DeviceError, "imported before"):
        scheduler.import_result(study, result).result()
    assert len(study.index.device_runs) == 1


def test_another_run_of_the_same_machine_is_the_same_device(
    study: Study, scheduler: Scheduler, result: Path, tmp_path: Path
) -> None:
    again = {**bundles.read(result), "id": "0123456789abcdef"}
    before = study.index.devices
    run = scheduler.import_result(study, bundles.put(again, tmp_path / "again.json")).result()
    assert study.index.devices == before
    variant = study.index.variants[0]
    found = found_there(study.index, variant, run.device)
    assert found
    assert found[0].id == "0123456789abcdef"  # the latest counts


def test_another_machine_is_another_device(
    study: Study, scheduler: Scheduler, result: Path, tmp_path: Path
) -> None:
    other = bundles.read(result)
    other |= {"id": "0123456789abcdef", "device": {**other["device"], "fingerprint": "1" * 64}}
    scheduler.import_result(study, bundles.put(other, tmp_path / "other.json"), "two").result()
    assert [one.name for one in study.index.devices if one.by == "bundle"] == ["board", "two"]


def test_a_study_can_be_seen_as_a_device_sees_it(study: Study) -> None:
    device = study.index.device_runs[0].device
    rows = {row.variant.recipe: row.variant for row in compare(study, device)}
    assert rows["int8"].latency == study.index.device_runs[0].files[1].latency
    assert rows["int16x8"].latency is None  # it was not in the bundle
    here = {row.variant.recipe: row.variant for row in compare(study)}
    assert here["int8"].latency == study.index.variants[3].latency


def test_a_limit_on_latency_holds_on_the_device_that_was_chosen(study: Study, result: Path) -> None:
    """The bound lies between what was measured there and half of it, or twice."""
    device = study.index.device_runs[0].device
    there = study.index.device_runs[0].files[1].latency
    assert there
    assert there.ratio_low
    assert there.ratio_high
    for bound, verdict in (
        (there.ratio_high * 1.01, Answer.HELD),
        (there.ratio_low * 0.99, Answer.BROKEN),
    ):
        limits = Limits(latency_ratio=bound, device=device)
        proofs = choose(study, limits).of("int8").proofs
        assert {one.limit: one.verdict for one in proofs}[LATENCY_RATIO] is verdict
    proofs = choose(study, Limits(latency_ratio=0.01, device=device)).of("int16x8").proofs
    assert {one.limit: one.verdict for one in proofs}[LATENCY_RATIO] is Answer.OPEN


def test_results_json_has_every_device_beside_each_variant(study: Study) -> None:
    told = results(study)
    by_recipe = {one["recipe"]: one for one in told["variants"]}
    ids = [one["id"] for one in told["devices"]]
    assert [one["device"] for one in by_recipe["int8"]["devices"]] == ids
    assert [one["device"] for one in by_recipe["int16x8"]["devices"]] == ids[:1]
    there = by_recipe["int8"]["devices"][1]
    assert (there["how"], there["run"]) == ("measured", told["device_runs"][0]["id"])


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"firmware": 0x50005}, "too little voltage, throttling"),
        ({"firmware": 0x20000}, "a capped clock"),
        ({"throttle_count": 5}, "throttled 2 times"),
        ({"cooling": 1}, "against heat"),
    ],
)
def test_a_machine_that_throttled_is_marked(changes: dict[str, Any], sign: str) -> None:
    after = DeviceState(**{**QUIET.__dict__, **changes})
    [said] = signs_of(QUIET, after, steady(), 1)
    assert sign in said


def test_a_machine_that_did_not_is_not_marked() -> None:
    since_long = DeviceState(**{**QUIET.__dict__, "firmware": 0x50000})  # before, not meanwhile
    assert signs_of(QUIET, QUIET, steady(), 1) == ()
    assert signs_of(since_long, since_long, steady(), 1) == ()


def test_a_machine_that_becomes_slower_is_marked_without_any_sensor() -> None:
    silent = DeviceState("", None, None, None, None, None, None, None)
    [said] = signs_of(silent, silent, steady(slower=1.4), 1)
    assert "1.4" in said


def steady(slower: float = 1.0) -> RoundTimes:
    """20 sittings; the second half takes longer."""
    wall = np.ones((20, 5, 2))
    wall[10:] *= slower
    return RoundTimes(wall, wall.copy(), np.zeros(wall.shape, bool))


def test_the_command_line_goes_from_bundle_to_choice(
    golden: Golden, terminal: Terminal, result: Path, tmp_path: Path
) -> None:
    made = golden()
    made.close()
    folder = made.folder
    said = terminal("device", "bundle", folder, "--recipe", "int8", "--out", tmp_path / "b.zip")
    assert said.returncode == 0, said.stderr
    assert "has 2 files" in said.stdout
    said = terminal("device", "import", folder, result, "--name", "my board")
    assert said.returncode == 0, said.stderr
    assert "my board" in said.stdout
    said = terminal("choose", folder, "--device", "my board", "--max-latency", "1000x")
    assert "Latencies are those on my board." in said.stdout, said
    said = terminal("choose", folder, "--device", "toaster")
    assert said.returncode == 2
    assert "my board" in said.stderr
