"""tests of devices/: a bundle runs anywhere, and says what is off."""

import ast
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from optimizer.devices.carried import run as program
from optimizer.devices.measured import OutputThere
from optimizer.devices.outputs import how_they_differ
from optimizer.errors import StudyError
from optimizer.files.digest import digest
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.study import Study
from tests.devices import bundles
from tests.refused import refused

PROGRAM = Path(program.__file__)
Golden = Callable[[], Study]


def test_a_bundle_has_the_chosen_files_after_the_baseline(ran: Path) -> None:
    manifest = bundles.read(ran / "bundle" / "bundle.json")
    assert [one["recipe"] for one in manifest["files"]] == ["float32", *bundles.RECIPES]
    for one in manifest["files"]:
        assert digest(ran / "bundle" / one["file"]) == one["sha256"]
    with zipfile.ZipFile(ran / "bundle.zip") as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
    assert {"README.txt", "bundle.json", "run.py"} <= names
    assert not any(name.startswith("wheels") for name in names)


def test_its_program_needs_nothing_but_python_numpy_and_litert() -> None:
    tree = ast.parse(PROGRAM.read_text(), feature_version=(3, 10))
    imported = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        str(node.module).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert imported - sys.stdlib_module_names == {"numpy", "ai_edge_litert"}


def test_every_file_says_on_this_machine_what_it_says_at_home(ran: Path) -> None:
    found = bundles.read(ran / "bundle" / "result.json")
    for one in found["files"]:
        assert one["error"] is None
        [output] = one["outputs"]
        assert (output["max_error"], output["same_top"]) == (0, output["samples"])
        assert one["runs"] > 0
    assert "of the baseline" in (ran / "said.txt").read_text()


def test_times_are_of_files_in_turn(ran: Path) -> None:
    """In each round each file has a time, until its ratio is known."""
    wall = np.array(bundles.read(ran / "bundle" / "result.json")["wall_ms"], float)
    assert wall.ndim == 3
    assert wall.shape[2] == 3
    assert (wall[~np.isnan(wall)] > 0).all()
    assert not np.isnan(wall[0]).any()


def test_without_litert_it_says_how_to_get_it(tmp_path: Path) -> None:
    copy = tmp_path / "run.py"
    copy.write_text(PROGRAM.read_text())
    bare = [sys.executable, "-I", "-S", str(copy)]  # no packages at all
    said = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert said.returncode == program.CANNOT
    assert "pip install" in said.stderr
    assert "bundle with the wheels of this machine" in said.stderr


def test_wheels_in_the_bundle_are_used_and_nothing_is_installed(tmp_path: Path) -> None:
    """The wheel of a NumPy that tells where it lies, before it fails."""
    copy = tmp_path / "run.py"
    copy.write_text(PROGRAM.read_text())
    (tmp_path / "wheels").mkdir()
    with zipfile.ZipFile(tmp_path / "wheels" / "numpy-2.0-cp310-cp310-toy.whl", "w") as wheel:
        wheel.writestr("numpy/__init__.py", "raise ImportError(__file__)")
    bare = [sys.executable, "-I", "-S", str(copy)]
    said = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert said.returncode == program.CANNOT
    assert str(tmp_path / ".packages" / "numpy") in said.stderr
    assert "for cp310-cp310-toy" in said.stderr


def test_an_output_that_is_off_is_told_by_how_much() -> None:
    expected = [np.array([[0, 10, 20]], np.int8)] * 4
    found = [*expected[:3], np.array([[20, 10, 0]], np.int8)]
    told = program.compare(found, expected, scale=0.5, zero_point=3)
    assert told == {"samples": 4, "step": 0.5, "max_error": 10, "spread": 10, "same_top": 3}
    there = OutputThere(**told)
    assert "off by 10" in how_they_differ([there], whole_numbers=True)


def test_an_output_of_another_shape_or_not_finite_is_told() -> None:
    expected = [np.zeros((1, 3), np.float32)]
    for found in (np.zeros((1, 4), np.float32), np.array([[0, np.nan, 0]], np.float32)):
        told = OutputThere(**program.compare([found], expected, scale=0, zero_point=0))
        assert told.max_error is None
        assert "not finite" in how_they_differ([told], whole_numbers=False)


@pytest.mark.parametrize(
    ("off", "whole", "differs"),
    [(0.0009, False, False), (0.002, False, True), (0.019, True, False), (0.03, True, True)],
)
def test_another_cpus_rounding_is_no_difference(off: float, whole: bool, differs: bool) -> None:
    there = OutputThere(samples=16, max_error=off, spread=1.0, step=0.0, same_top=16)
    assert bool(how_they_differ([there], whole_numbers=whole)) is differs


def test_a_variant_that_was_not_run_cannot_go_along(
    scheduler: Scheduler, golden: Golden, tmp_path: Path
) -> None:
    with refused(StudyError, "There is no variant “float16”", "float32, int16x8", "Run it first"):
        bundles.write(scheduler, golden(), tmp_path / "bundle.zip", ("float16",))


@pytest.mark.slow
def test_a_file_that_ends_its_process_leaves_the_others(ran: Path, tmp_path: Path) -> None:
    folder = bundles.unpack(ran / "bundle.zip", tmp_path)
    (folder / "files" / "int8.tflite").write_bytes(b"nothing that could be run")
    done = bundles.run(folder, "--seconds", "0.1")
    assert done.returncode == 1
    found = {one["recipe"]: one for one in bundles.read(folder / "result.json")["files"]}
    assert found["int8"]["error"]
    assert found["int8"]["runs"] == 0
    assert found["weight_only_int8"]["runs"] > 0
    assert "cannot be run" in done.stdout


@pytest.mark.slow
@pytest.mark.clock
def test_a_file_in_a_bundle_is_as_fast_as_itself(ran: Path) -> None:
    """Where 95 of 100 intervals hold 1, fewer than 85 do in 4 of 100,000 runs (binomial)."""
    from optimizer.measure.rounds import RoundTimes

    manifest = bundles.read(ran / "bundle" / "bundle.json")
    file = ran / "bundle" / manifest["files"][0]["file"]
    with np.load(ran / "bundle" / manifest["files"][0]["inputs"]) as kept:
        samples = [[kept[f"0-{number}"]] for number in range(manifest["files"][0]["samples"])]
    held = 0
    for seed in range(100):
        both = {at: program.Contender(file, samples, 1) for at in range(2)}
        for one in both.values():
            one.warm_up(0.02)
        wall, cpu, interrupted, _ = program.measure(both, 2, 0.4, seed=seed)
        ratio = RoundTimes(wall, cpu, interrupted).ratio(1, threads=1)
        assert ratio is not None
        assert ratio.low is not None
        assert ratio.high is not None
        held += ratio.low <= 1 <= ratio.high
    assert held >= 85


def test_it_knows_a_ratio_when_liteweigh_does() -> None:
    """The program ends early by the same rule, which it cannot import."""
    from optimizer.measure.rounds import RoundTimes

    rng = np.random.default_rng(0)
    known = set()
    for spread in np.geomspace(0.005, 0.3, 40):
        wall = rng.lognormal(0, spread, (20, 3, 2))
        interrupted = rng.random(wall.shape) < 0.1
        ratio = RoundTimes(wall, wall, interrupted).ratio(1, threads=1)
        assert ratio is not None
        told = program.known(np.stack([wall, wall, interrupted]), 1, 1)
        assert told == ratio.within(program.PRECISION)
        known.add(told)
    assert known == {True, False}
