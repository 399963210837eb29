"""tests of measure/: memory of the process that runs a file, and what becomes of a crash."""

import sys
from pathlib import Path
from typing import Any

import pytest

from optimizer.measure import memory
from optimizer.measure.own_process import OwnProcessRun, measure_in_own_process

CRASHES = "tests.measure.crashes"
BEFORE, AFTER, ASLEEP = "before the interpreter", "after the interpreter", "asleep"


def test_a_process_needs_more_than_the_file_and_the_file_more_than_its_weights(
    variants: dict[str, Path], images: Any
) -> None:
    found = measure_in_own_process(variants["float32"], images, seconds=0.01).memory
    assert found
    assert 0 < found.model_bytes < found.peak_bytes
    assert found.model_bytes > variants["float32"].stat().st_size
    assert found.peak_bytes < 200e6, "TensorFlow or scipy was loaded"


@pytest.mark.slow
def test_a_large_file_needs_more_memory(tmp_path: Path, convert: Any, images: Any) -> None:
    import keras

    inputs = keras.Input((12, 12, 3))
    x = keras.layers.Flatten()(inputs)
    small, large = (
        measure_in_own_process(
            convert(keras.Model(inputs, keras.layers.Dense(units)(x))), images, seconds=0.01
        ).memory
        for units in (8, 20_000)
    )
    assert small
    assert large
    assert large.model_bytes - small.model_bytes > 12 * 12 * 3 * 20_000 * 4


def test_a_file_that_cannot_run_has_neither_memory_nor_profile(
    flex_file: Path, images: Any
) -> None:
    told = measure_in_own_process(flex_file, images, seconds=0.01)
    assert (told.crashed, told.memory, told.profile) == (False, None, None)
    assert told.reason
    assert flex_file.name in told.reason


def crash(file: Path, samples: Any, when: str) -> OwnProcessRun:
    """Asks a process that crashes instead of the real one; it reads from the file's name when."""
    return measure_in_own_process(
        file.with_name(when), samples, seconds=0.01, process=CRASHES, limit=5
    )


def test_an_interpreter_that_aborts_leaves_a_reason(tmp_path: Path, images: Any) -> None:
    told = crash(tmp_path / "x", images, BEFORE)
    assert (told.crashed, told.memory, told.profile) == (True, None, None)
    assert told.reason
    assert "SIGABRT" in told.reason


def test_a_profiler_that_aborts_leaves_the_memory(tmp_path: Path, images: Any) -> None:
    told = crash(tmp_path / "x", images, AFTER)
    assert not told.crashed, "the interpreter did not"
    assert told.memory
    assert told.profile is None
    assert told.reason
    assert "SIGABRT" in told.reason


def test_a_process_that_never_ends_is_ended(tmp_path: Path, images: Any) -> None:
    told = measure_in_own_process(
        tmp_path / ASLEEP, images, seconds=0.01, process=CRASHES, limit=0.5
    )
    assert (told.crashed, told.memory, told.profile) == (False, None, None)
    assert told.reason
    assert "longer than 0.5 s" in told.reason


def test_where_the_system_does_not_tell_memory_is_unknown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(memory, "STATUS", tmp_path / "absent")
    monkeypatch.setattr(memory, "RESET", tmp_path / "absent" / "too")
    memory.reset_peak()
    most = memory.peak_bytes()
    assert most, "Linux tells a process without /proc its peak"
    assert most > 10_000_000
    assert memory.resident_bytes() == most
    monkeypatch.setattr(sys, "platform", "darwin")
    assert memory.resident_bytes() is None
    assert memory.peak_bytes() is None


def test_the_peak_is_forgotten_when_it_is_reset() -> None:
    block = bytearray(b"x" * 50_000_000)
    before = memory.peak_bytes()
    del block
    memory.reset_peak()
    after, resident = memory.peak_bytes(), memory.resident_bytes()
    assert before
    assert after
    assert resident
    assert after < before - 40_000_000
    assert after == pytest.approx(resident, rel=0.05)
