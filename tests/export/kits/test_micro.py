"""tests of export/kits/: kits for microcontrollers compile, and hold what TFLite Micro computes."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from optimizer.errors import StudyError
from optimizer.export.kits.micro_parts import adder, known_operators
from optimizer.jobs.scheduler import Scheduler
from optimizer.measure.micro import run_in_micro
from optimizer.store.study import Study
from tests.export.kits.unpacked import Unpack, unpacked

HERE = Path(__file__).parent
DECLARATIONS = HERE / "declarations"
GXX, ARM = shutil.which("g++"), shutil.which("arm-none-eabi-g++")
STRICT = ("-std=c++17", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off")
PARTS = ("model_data.cpp", "model_facts.cpp", "model_io.cpp", "vector_data.cpp")
needs_compiler = pytest.mark.skipif(GXX is None, reason="there is no g++")


def compile_all(folder: Path, compiler: str, *options: str, which: str = "*.cpp") -> None:
    """Sources of a folder, without linking: of TFLite Micro there are declarations only."""
    for source in sorted(folder.glob(which)):
        done = subprocess.run(
            [compiler, *STRICT, *options, "-I", DECLARATIONS, "-c", source.name, "-o", "/dev/null"],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def dump(program: Path, *arguments: object) -> bytes:
    """What a kit's own code has or makes."""
    return subprocess.run([program, *map(str, arguments)], capture_output=True, check=True).stdout


@needs_compiler
@pytest.mark.needs_micro
def test_what_is_in_flash_computes_in_tflite_micro_what_the_kit_expects(
    unpack: Unpack, study: Study, tmp_path: Path
) -> None:
    folder, variant = unpack("int8", "tflite_micro"), study.variant("int8")
    assert GXX is not None
    assert variant is not None
    compile_all(folder, GXX, which="m*[ln].cpp")  # micro_model and main; the rest is built below
    program = tmp_path / "dump"
    subprocess.run(
        [GXX, *STRICT, "-I", folder, HERE / "dump.cpp", *[folder / part for part in PARTS],
         "-o", program], check=True,
    )  # fmt: skip
    file = tmp_path / "model.tflite"
    file.write_bytes(dump(program, "model"))
    assert file.read_bytes() == (study.folder / variant.file).read_bytes()

    fed = [np.frombuffer(dump(program, "fed", number, 0), "<f4") for number in range(3)]
    ran = run_in_micro(file, [[one.reshape(1, 8, 8, 1)] for one in fed], 1, 4096)
    config = (folder / "micro_config.h").read_text()
    assert f"kArenaBytes = {ran.arena_bytes};" in config
    assert "// measured: the smallest" in config
    told = (folder / "vector_data.cpp").read_text()
    for number, [output] in enumerate(ran.outputs):
        [values] = re.findall(rf"kReal{number}Output0\[\] = {{([^}}]*)}}", told)
        expected = [float(one.rstrip("f")) for one in values.replace("\n", "").split(",")[:-1]]
        assert np.asarray(expected, np.float32).tobytes() == output.astype(np.float32).tobytes()


def test_the_resolver_has_exactly_the_operators_of_the_file(unpack: Unpack, study: Study) -> None:
    variant = study.variant("int8")
    assert variant is not None
    config = (unpack("int8", "tflite_micro") / "micro_config.h").read_text()
    added = re.findall(r"resolver\.(Add\w+)\(\)", config)
    assert added == sorted(set(added))
    assert len(added) == len(variant.contents.operators)
    assert f"MicroMutableOpResolver<{len(added)}>" in config
    assert "AddFullyConnected" in added


def test_every_operator_of_the_published_list_has_its_method() -> None:
    methods = (DECLARATIONS / "tensorflow/lite/micro/micro_mutable_op_resolver.h").read_text()
    builtin = [one for one in known_operators() if one.isupper()]
    assert len(builtin) > 80
    assert [one for one in builtin if f" {adder(one)}();" not in methods] == []
    with pytest.raises(StudyError, match="no kernel for TOPK_V2"):
        adder("TOPK_V2")


def test_without_tflite_micro_the_arena_is_said_to_be_a_rule(
    study: Study, scheduler: Scheduler, tmp_path: Path
) -> None:
    variant = study.variant("float32")
    assert variant is not None
    folder = unpacked(study, scheduler, tmp_path, in_micro=False)("float32", "tflite_micro")
    config = (folder / "micro_config.h").read_text()
    assert "// a rule, not measured" in config
    [arena] = map(int, re.findall(r"kArenaBytes = (\d+);", config))
    assert arena > variant.contents.arena_bytes


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("target", ["arduino", "zephyr"])
def test_sources_in_other_layouts_are_the_same(unpack: Unpack, target: str) -> None:
    folder, plain = unpack("int8", target), unpack("int8", "tflite_micro")
    place = folder / {"arduino": "LiteweighModel", "zephyr": "src"}[target]
    for file in plain.glob("*.[ch]*"):
        if file.name != "main.cpp" or target == "zephyr":
            assert (place / file.name).read_bytes() == file.read_bytes()
    if target == "zephyr":
        listed = set(re.findall(r"src/(\w+\.cpp)", (folder / "CMakeLists.txt").read_text()))
        assert listed == {file.name for file in place.glob("*.cpp")} - {"main.cpp"}
    else:
        assert (place / f"{place.name}.ino").exists()


@pytest.mark.slow
@pytest.mark.skipif(ARM is None, reason="there is no arm-none-eabi-g++")
def test_it_compiles_for_a_cortex_m4(unpack: Unpack) -> None:
    assert ARM is not None
    options = ("-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-O2",
               "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics")  # fmt: skip
    compile_all(unpack("int8", "tflite_micro"), ARM, *options)
