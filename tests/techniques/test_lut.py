"""tests of techniques/: weights in lookup tables, held against the file byte by byte."""

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from ai_edge_litert import schema_py_generated as schema

from optimizer.arrays import Array
from optimizer.data.data_options import DataFiles
from optimizer.errors import ConversionError, StudyError
from optimizer.export.kits.write import write_kit
from optimizer.export.lines import packed_in_words
from optimizer.export.results import results
from optimizer.export.script.write import write_script
from optimizer.jobs.device_results import bundled
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import parse
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.techniques import lut
from optimizer.techniques.lut import Lut
from optimizer.techniques.packing import Checked, Packed
from optimizer.techniques.packings import lookup_tables
from optimizer.techniques.packings.lookup_tables import Table, tables_for
from tests.export.script.clean import environment, ran
from tests.refused import refused
from tests.store.golden import HERE
from tests.tflite_files import look_inside, read_contents
from tests.variants import SUMMARY, dataset

INT8 = next((HERE / "schema-2" / "variants").glob("int8-*.tflite"))
LARGE = 1000  # weights: of the hidden layer alone
SAMPLES = 5


def constants(file: Path) -> list[npt.NDArray[np.uint8] | None]:
    """The bytes of each tensor as the flatbuffer has them; None of those without."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(file.read_bytes()), 0))
    [graph] = model.subgraphs
    found = [model.buffers[tensor.buffer].data for tensor in graph.tensors]
    return [None if one is None else np.asarray(one, np.uint8) for one in found]


def quiet(_: str, __: float) -> None:
    """Reports to nobody."""


def checked(file: Path) -> Checked:
    random = np.random.default_rng(0)
    samples: Sequence[Sequence[Array]] = [
        [random.random((1, 8, 8, 1)).astype(np.float32)] for _ in range(SAMPLES)
    ]
    contents = read_contents(file)
    return Checked(SAMPLES, samples.__getitem__, 1, contents.arena_bytes, contents.macs)


@pytest.fixture
def clustered(tmp_path: Path) -> Path:
    """A study's int8 file, the weights of its hidden layer rounded to sixteen values."""
    content = bytearray(INT8.read_bytes())
    model = schema.Model.GetRootAs(content, 0)
    graph = model.Subgraphs(0)
    for place in range(graph.TensorsLength()):
        tensor = graph.Tensors(place)
        data = model.Buffers(tensor.Buffer()).DataAsNumpy()
        if tensor.Type() == schema.TensorType.INT8 and np.size(data) > LARGE:
            values = data.view(np.int8)
            values[:] = values // 16 * 16 + 3
    file = tmp_path / "clustered.tflite"
    file.write_bytes(content)
    return file


@pytest.mark.needs_micro
def test_each_weight_is_the_number_of_its_value_in_its_channels_table(
    clustered: Path, tmp_path: Path
) -> None:
    """Read back by hand: 4 bits a weight, the first in the upper half, and a table a channel."""
    packed = tmp_path / "packed.tflite"
    [table] = tables_for(clustered)
    assert (table.bits, table.axis) == (4, 0)
    made = Lut().pack(clustered, packed, checked(clustered), quiet)

    weights = constants(clustered)[table.tensor]
    assert weights is not None
    numbers = constants(packed)[table.tensor]
    assert numbers is not None
    assert len(numbers) == len(weights) // 2
    [header] = [
        one for one in constants(packed)[len(constants(clustered)) :] if one is not None
    ]  # the one constant that is new
    channels = 16
    tables = header[16:].reshape(channels, -1)
    halves = np.stack([numbers >> 4, numbers & 15], axis=1).reshape(channels, -1)
    unpacked = np.take_along_axis(tables, halves.astype(np.intp), axis=1)
    assert np.array_equal(unpacked.ravel(), weights)

    assert made == Packed(
        runs_on="tflite_micro",
        runtime=made.runtime,
        tensors=1,
        samples=SAMPLES,
        unpacked_bytes=clustered.stat().st_size,
        arena_bytes=made.arena_bytes,
        head_bytes=made.head_bytes,
        unpacked_arena_bytes=made.unpacked_arena_bytes,
    )
    assert packed.stat().st_size < made.unpacked_bytes
    assert made.arena_bytes
    assert made.unpacked_arena_bytes
    assert made.arena_bytes > made.unpacked_arena_bytes, "weights are unpacked into it"
    contents = read_contents(packed)
    assert made.head_bytes == contents.arena_bytes, "our own scan of the file finds the same"
    assert contents.operators["TFLM_DECODE"] == 1
    assert look_inside(packed).runs_on["tflite_micro"]


@pytest.mark.needs_micro
def test_a_table_that_does_not_go_with_the_scales_is_found_out(
    clustered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TFLite Micro computes something else then, and does not say so."""

    def one_for_all(file: Path) -> tuple[Table, ...]:
        return tuple(replace(table, axis=None) for table in tables_for(file))

    monkeypatch.setattr(lookup_tables, "tables_for", one_for_all)
    with refused(ConversionError, "says something else", "evaluation sample", "Leave lut out"):
        Lut().pack(clustered, tmp_path / "packed.tflite", checked(clustered), quiet)


def test_weights_that_share_no_values_are_refused(tmp_path: Path) -> None:
    with refused(ConversionError, "No weights share so few values", "cluster("):
        Lut().pack(INT8, tmp_path / "packed.tflite", checked(INT8), quiet)


def test_without_tflite_micro_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lut, "micro_version", lambda: None)
    reason = parse("int8+lut").refusal(SUMMARY, dataset())
    assert reason
    assert "pip install 'liteweigh[micro]'" in reason


@pytest.mark.slow
@pytest.mark.needs_micro
def test_a_clustered_cnn_of_100_kb_is_a_quarter_smaller(
    scheduler: Scheduler, tmp_path: Path
) -> None:
    study = scheduler.open_model(_cnn(tmp_path / "cnn.keras"), "cnn").result()
    random = np.random.default_rng(0)
    np.savez(
        tmp_path / "data.npz",
        x=random.random((400, 28, 28, 1), np.float32),
        y=random.integers(0, 10, 400),
    )
    study = scheduler.add_data(study, DataFiles(tmp_path / "data.npz"), "noise").result()
    plain = "cluster(epochs=1)+int8(io=int8)"
    scheduler.start(study, [parse(plain), parse(f"{plain}+lut")])
    scheduler.wait(study)
    before, after = study.variant(plain), study.variant(f"{plain}+lut")
    assert before, study.index.jobs
    assert after, study.index.jobs
    assert 80_000 < before.size_bytes < 130_000
    assert after.size_bytes <= 0.75 * before.size_bytes, (before.size_bytes, after.size_bytes)
    assert after.packed
    assert after.packed.unpacked_bytes == before.size_bytes
    assert study.index.dataset
    assert after.packed.samples == study.index.dataset.evaluation
    assert (after.metric, after.fidelity) == (before.metric, before.fidelity)
    assert after.unpacked
    assert (study.folder / after.unpacked).read_bytes() == (study.folder / before.file).read_bytes()
    assert before.latency
    assert after.latency is None
    assert after.runs_on["tflite_micro"]
    assert after.runs_on["integer_only"]
    _runs_where_it_is_shipped(scheduler, study, after, tmp_path)
    _is_packed_again(study, after, tmp_path)


def _is_packed_again(study: Study, packed: Variant, folder: Path) -> None:
    """By a script, where there is no Liteweigh."""
    place = folder / "again"
    place.mkdir()
    [script] = write_script(study, packed, place / "make.py")
    assert "tflite-micro==" in script.read_text()
    python = environment(folder / "clean")
    said = ran(python, place, script, folder / "cnn.keras", folder / "data.npz")
    assert "the same file as in the study" in said


def _runs_where_it_is_shipped(
    scheduler: Scheduler, study: Study, packed: Variant, folder: Path
) -> None:
    """In kits for TFLite Micro, in no others, and in no bundle."""
    assert packed.packed
    [_, found] = scheduler.estimate(study, [packed.recipe], ()).result()
    assert found.micro
    assert found.micro.arena_bytes == packed.packed.arena_bytes
    assert "TFLM_DECODE" in packed.contents.operators
    gathered = scheduler.gather_kit(study, packed, in_micro=True).result()
    kit = write_kit(study, packed, gathered, "tflite_micro", folder / "kit.zip")
    with zipfile.ZipFile(kit) as archive:
        [config] = [one for one in archive.namelist() if one.endswith("micro_config.h")]
        assert "AddDecode()" in archive.read(config).decode()
    with refused(StudyError, "a packed file runs in TFLite Micro alone"):
        write_kit(study, packed, gathered, "python", folder / "other.zip")
    with refused(StudyError, "is packed for another runtime", "Leave it out"):
        bundled(study, [packed.recipe])
    told = next(one for one in results(study)["variants"] if one["recipe"] == packed.recipe)
    assert told["packed"]["unpacked_bytes"] == packed.packed.unpacked_bytes
    assert told["latency"] is None
    [said] = packed_in_words(packed)
    assert "bit for bit, on all" in said


def _cnn(file: Path) -> Path:
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, strides=2, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(48, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(150, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.save(file)
    return file
