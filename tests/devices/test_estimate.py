"""tests of devices/: what files need in TFLite Micro and on Ethos-U."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from optimizer.devices import vela
from optimizer.devices.boards import boards
from optimizer.devices.vela import ACCELERATORS, USUAL, run_in_vela
from optimizer.errors import DeviceError, StudyError
from optimizer.export.estimate_lines import estimate_lines
from optimizer.export.results import results
from optimizer.jobs.scheduler import Scheduler
from optimizer.measure import micro
from optimizer.store.estimates import estimate_of, fits_of
from optimizer.store.study import LOCK, Study
from optimizer.tasks.estimate_devices import EstimateDevices
from tests.refused import refused
from tests.results_schema import check_schema
from tests.terminal import Terminal

Golden = Callable[[], Study]
ARENA = """
import sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from tflite_micro.python.tflite_micro import runtime

file, size = sys.argv[1], int(sys.argv[2])
interpreter = runtime.Interpreter.from_file(file, arena_size=size)
[needed] = Interpreter(file).get_input_details()
interpreter.set_input(np.zeros(needed["shape"], needed["dtype"]), 0)
interpreter.invoke()
"""


@pytest.fixture(scope="module")
def tried(golden: Golden, scheduler: Scheduler) -> Study:
    """The golden study, of which two files were tried for one accelerator."""
    study = golden()
    scheduler.estimate(study, ["int8"], ["ethos-u55-128"]).result()
    return study


@pytest.mark.needs_micro
def test_the_arena_is_the_smallest_with_which_tflite_micro_runs(tried: Study) -> None:
    """With one alignment less it does not, with it it does; asked of the wheel directly."""
    for variant in (tried.index.variants[0], tried.variant("int8")):
        assert variant
        found = estimate_of(tried.index, variant)
        assert found
        assert found.micro
        assert found.micro.arena_bytes
        file = tried.folder / variant.file
        assert runs(file, found.micro.arena_bytes)
        assert not runs(file, found.micro.arena_bytes - micro.ALIGNMENT)
        assert found.micro.head_bytes == variant.contents.arena_bytes
        assert found.missing == ()


def runs(file: Path, arena: int) -> bool:
    command = [sys.executable, "-c", ARENA, str(file), str(arena)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode == 0


@pytest.mark.parametrize("fewest", [*range(7, 40), 100, 101])
def test_the_fewest_steps_are_found(fewest: int) -> None:
    found = micro._fewest(7, 100, lambda steps: steps >= fewest)
    assert found == (fewest if fewest <= 71 else None), "71 is the last that doubling reaches"


def test_vela_says_of_an_integer_file_what_its_own_table_has(tried: Study, tmp_path: Path) -> None:
    variant = tried.variant("int8")
    assert variant
    found = estimate_of(tried.index, variant)
    assert found
    [npu] = found.npus
    subprocess.run(
        [Path(sys.executable).with_name("vela"), tried.folder / variant.file,
         "--accelerator-config", "ethos-u55-128", "--output-dir", tmp_path],
        capture_output=True, check=True,
    )  # fmt: skip
    [summary] = tmp_path.glob("*_summary_*.csv")
    names, values = (line.split(",") for line in summary.read_text().splitlines())
    row = dict(zip(names, values, strict=True))
    assert npu.cycles == float(row["cycles_total"])
    assert npu.milliseconds == pytest.approx(1e3 * float(row["inference_time"]))
    assert npu.milliseconds == pytest.approx(npu.cycles / (1e3 * (npu.clock_mhz or 0)))
    assert npu.sram_bytes == round(1024 * float(row["sram_memory_used"]))
    assert npu.flash_bytes == round(1024 * float(row["off_chip_flash_memory_used"]))
    assert npu.on_npu > 0


def test_of_a_float_file_nothing_runs_on_the_npu_and_that_is_said(tried: Study) -> None:
    found = estimate_of(tried.index, tried.index.variants[0])
    assert found
    [npu] = found.npus
    assert npu.cycles is npu.milliseconds is npu.sram_bytes is None
    assert "Vela refuses the file: " in str(npu.reason)


def test_what_is_known_is_in_lines_and_in_results_json(tried: Study) -> None:
    lines = "\n".join(estimate_lines(tried.index, boards()))
    assert "estimated by Vela" in lines
    content = results(tried)
    check_schema(content)
    said = {made["recipe"]: made["microcontrollers"] for made in content["variants"]}
    assert said["weight_only_int8"] is None, "nobody asked"
    variant = tried.variant("int8")
    assert variant
    found = estimate_of(tried.index, variant)
    assert found
    room = fits_of(variant, found, boards())
    assert [one["fits"] for one in said["int8"]["boards"]] == [one.fits for one in room]
    assert {one["how"] for one in said["int8"]["npus"]} == {"estimated"}
    assert said["int8"]["operators"] == sorted(variant.contents.operators)


def test_where_neither_is_installed_that_is_said(
    tried: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from optimizer.tasks.estimate_devices import AskedFile
    from optimizer.tasks.study_files import StudyData

    monkeypatch.setattr(vela, "vela_version", lambda: "")
    monkeypatch.setattr(micro, "micro_version", lambda: None)
    variant = tried.index.variants[0]
    file = tried.folder / variant.file
    asked = AskedFile("float32", file, file, variant.sha256, 0)
    work = EstimateDevices(
        out=tmp_path, files=(asked,), data=StudyData.of(tried), accelerators=USUAL
    )
    [found] = work.run(lambda *_: None)
    assert (found.micro, found.vela, found.npus) == (None, "", ())


def test_what_there_is_not_is_refused(tried: Study, scheduler: Scheduler) -> None:
    with refused(DeviceError, "ethos-u99", "ethos-u55-128"):
        scheduler.estimate(tried, ["int8"], ["ethos-u99"])
    with refused(StudyError, "qat"):
        scheduler.estimate(tried, ["qat+int8"])


def test_a_file_that_is_no_network_has_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "broken.tflite"
    file.write_bytes(b"\x1c\0\0\0TFL3" + np.random.default_rng(3).bytes(500))
    (tmp_path / "out").mkdir()
    [found] = run_in_vela(file, ["ethos-u55-128"], tmp_path / "out")
    assert found.cycles is None
    assert str(found.reason).startswith("Vela ")


@pytest.mark.slow
def test_every_accelerator_is_one_of_velas(tried: Study, tmp_path: Path) -> None:
    variant = tried.variant("int8")
    assert variant
    found = run_in_vela(tried.folder / variant.file, ACCELERATORS, tmp_path)
    assert [one.accelerator for one in found if one.cycles] == list(ACCELERATORS)


def test_the_terminal_says_it(tried: Study, terminal: Terminal, tmp_path: Path) -> None:
    shutil.copytree(tried.folder, tmp_path / "study", ignore=shutil.ignore_patterns(LOCK))
    chosen = ("--recipe", "int8", "--board", "Pico 2", "--accelerator", "ethos-u65-256")
    done = terminal("device", "estimate", tmp_path / "study", *chosen)
    assert done.returncode == 0, done.stderr
    assert "ethos-u65-256: " in done.stdout
    assert "no accurate picture of performance" in done.stdout
    assert "Raspberry Pi Pico 2: fits" in done.stdout
