"""tests/fuzz: whatever a file of a stranger says, it names, writes, reads and runs nothing else.

The judge sees what is imported, written, started and asked, and what lies in the folder afterwards,
also where it was native code that wrote it.
"""

import importlib
import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings

from optimizer.errors import LiteweighError
from optimizer.models.packages import register
from optimizer.models.trust import (
    check,
    check_graph,
    make_canonical,
    named_plainly,
    write_canonical_tflite,
)
from tests.fuzz.effects import HOSTILE, IMPORT, nowhere_but_in
from tests.fuzz.grammar import described, graphs, planted, tables
from tests.fuzz.isolation import Isolation
from tests.fuzz.mutations import CORPUS
from tests.fuzz.saved_models import KINDS, planted_saved_models
from tests.fuzz.test_fuzz import SHORT
from tests.levels import some

LIBRARIES = ["keras", "tf_keras"]
COUNTS = some([60, 2000], quick=[60])
GRAPH = "saved_model.pb"
REFUSED, BUILT, FAILED = "refused", "built", "failed"


def build(library: Any, config: dict[str, Any]) -> str:
    """Does with a description what opening a model does, but for its weights."""
    try:
        register(config)
        check(config, library, stored=1000)
    except LiteweighError:
        return REFUSED
    return give(library, named_plainly(config, library))


def give(library: Any, config: dict[str, Any]) -> str:
    """Has a library build what is described, as it does with a `.keras` or another file."""
    try:
        with library.src.saving.serialization_lib.SafeModeScope(safe_mode=True):
            if "module" in config:
                library.saving.deserialize_keras_object(config)
            else:
                library.models.model_from_json(json.dumps(config))
    except Exception:  # noqa: BLE001 (a library answers anything)
        return FAILED
    return BUILT


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Any:
    found = importlib.import_module(request.param)
    for config in described(found):
        assert build(found, config) == BUILT  # and loads what a library loads late
    return found


@pytest.mark.parametrize("count", COUNTS, ids="{} descriptions".format)
def test_a_description_leads_to_nothing_else(library: Any, tmp_path: Path, count: int) -> None:
    marker, ends = tmp_path / "marker", set()

    @settings(SHORT, max_examples=count)
    @given(planted(described(library), str(marker)))
    def holds(config: dict[str, Any]) -> None:
        with nowhere_but_in(tmp_path / "nowhere"):
            ends.add(build(library, config))
        assert not list(tmp_path.iterdir())

    holds()
    assert REFUSED in ends
    assert ends & {BUILT, FAILED}, "some reach the library, or nothing was tried"


@pytest.mark.slow
def test_control_some_descriptions_lead_to_others_where_nobody_looks(tmp_path: Path) -> None:
    import tf_keras

    def imports(config: dict[str, Any]) -> bool:
        try:
            with nowhere_but_in(tmp_path / "nowhere"):
                give(tf_keras, config)
        except AssertionError as error:
            return f"{IMPORT} {HOSTILE}" in str(error)
        return False

    searched = settings(SHORT, max_examples=2000, phases=[Phase.generate])
    config = find(
        planted(described(tf_keras), str(tmp_path / "marker")), imports, settings=searched
    )
    assert build(tf_keras, config) == REFUSED


@pytest.mark.parametrize("count", COUNTS, ids="{} graphs".format)
def test_a_graph_leads_to_nothing_else(tmp_path: Path, count: int) -> None:
    ends = set()

    @settings(SHORT, max_examples=count)
    @given(graphs((CORPUS / "frozen.pb").read_bytes(), str(tmp_path / "marker")))
    def holds(content: bytes) -> None:
        with nowhere_but_in(tmp_path / "nowhere"):
            ends.add(run_graph(content, look=True))
        assert not list(tmp_path.iterdir())

    holds()
    assert {REFUSED, BUILT} <= ends


def test_control_the_same_graphs_write_where_nobody_looks(tmp_path: Path) -> None:
    @settings(SHORT, max_examples=60)
    @given(graphs((CORPUS / "frozen.pb").read_bytes(), str(tmp_path / "marker")))
    def gives(content: bytes) -> None:
        run_graph(content, look=False)

    gives()
    assert list(tmp_path.iterdir())


def run_graph(content: bytes, *, look: bool) -> str:
    """Runs every node of a frozen graph on ones."""
    import tensorflow as tf
    from tensorflow.core.framework.graph_pb2 import GraphDef

    definition = GraphDef.FromString(content)
    try:
        if look:
            check_graph(definition)
    except LiteweighError:
        return REFUSED
    v1, end = tf.compat.v1, BUILT
    with tf.Graph().as_default() as graph, v1.Session() as session:
        try:
            tf.graph_util.import_graph_def(definition, name="")
        except Exception:  # noqa: BLE001 (a library answers anything)
            return FAILED
        for operation in graph.get_operations():
            with suppress(tf.errors.OpError, TypeError, ValueError):
                session.run(operation, {"x:0": [[1.0] * 4]})
    return end


@pytest.fixture(scope="module", params=KINDS)
def saved_model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder, opened once, so that what a library loads late is loaded."""
    folder = KINDS[request.param](tmp_path_factory.mktemp("whole") / "m")
    assert open_saved_model(folder, look=True) == BUILT
    return folder


@pytest.mark.parametrize("count", COUNTS, ids="{} files".format)
def test_a_saved_model_leads_to_nothing_else(saved_model: Path, tmp_path: Path, count: int) -> None:
    folder, ends = tmp_path / "m", set()
    shutil.copytree(saved_model, folder)
    before = set(folder.rglob("*"))
    content = (saved_model / GRAPH).read_bytes()

    @settings(SHORT, max_examples=count)
    @given(planted_saved_models(content, str(tmp_path / "marker")))
    def holds(content: bytes) -> None:
        (folder / GRAPH).write_bytes(content)
        with nowhere_but_in(folder):
            ends.add(open_saved_model(folder, look=True))
        assert list(tmp_path.iterdir()) == [folder]
        assert set(folder.rglob("*")) == before

    holds()
    assert REFUSED in ends
    assert ends & {BUILT, FAILED}, "some reach TensorFlow, or nothing was tried"


def test_control_the_same_saved_models_write_where_nobody_looks(
    saved_model: Path, tmp_path: Path
) -> None:
    folder, marker = tmp_path / "m", tmp_path / "marker"
    shutil.copytree(saved_model, folder)
    content = (saved_model / GRAPH).read_bytes()

    def writes(content: bytes) -> bool:
        (folder / GRAPH).write_bytes(content)
        open_saved_model(folder, look=False)
        return marker.exists() or len(list(tmp_path.iterdir())) > 1

    searched = settings(SHORT, max_examples=300, phases=[Phase.generate])
    found = find(planted_saved_models(content, str(marker)), writes, settings=searched)
    (folder / GRAPH).write_bytes(found)
    assert open_saved_model(folder, look=True) == REFUSED


def open_saved_model(folder: Path, *, look: bool) -> str:
    """Loads a SavedModel, and runs each of its signatures on ones."""
    import tensorflow as tf

    try:
        if look:
            make_canonical(folder)
    except LiteweighError:
        return REFUSED
    try:
        loaded = tf.saved_model.load(str(folder))
    except Exception:  # noqa: BLE001 (a library answers anything)
        return FAILED
    with suppress(Exception):  # another object may stand for its signatures
        for serve in loaded.signatures.values():
            with suppress(Exception):
                serve(x=tf.ones((1, 4)))
    return BUILT


@pytest.fixture
def isolation() -> Iterator[Isolation]:
    isolation = Isolation()
    yield isolation
    isolation.close()


@pytest.mark.parametrize("count", COUNTS, ids="{} files".format)
def test_a_tflite_leads_to_nothing_else(isolation: Isolation, tmp_path: Path, count: int) -> None:
    """Nor does what is let through end the process that runs it."""
    ends = set()

    @settings(SHORT, max_examples=count)
    @given(tables((CORPUS / "model.tflite").read_bytes()))
    def holds(content: bytes) -> None:
        ends.add(isolation.run(run_tflite, content, tmp_path))
        assert isolation.crashes == 0

    holds()
    assert {REFUSED, BUILT} <= ends


def run_tflite(content: bytes, folder: Path) -> str:
    """Runs what is understood of a file on zeros; only that is there afterwards."""
    from ai_edge_litert.interpreter import Interpreter

    given_file, made = folder / "given", folder / "made"
    given_file.write_bytes(content)
    made.unlink(missing_ok=True)
    with nowhere_but_in(folder):
        try:
            write_canonical_tflite(given_file, made)
        except LiteweighError:
            return REFUSED
        try:
            interpreter = Interpreter(model_path=str(made), num_threads=1)
            interpreter.allocate_tensors()
            interpreter.invoke()
        except (RuntimeError, ValueError):
            return FAILED
    assert {path.name for path in folder.iterdir()} == {"given", "made"}
    return BUILT
