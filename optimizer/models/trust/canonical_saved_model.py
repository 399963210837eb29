"""models/trust/: a SavedModel as the check has understood it, which alone TensorFlow gets to read.

The folder's graph is written anew from the message that was checked: without fields that the
message does not have, and without all that saves variables. What restores them stays, for each file
has its own; its only argument is the place of the checkpoint, which the loader gives.
"""

import errno
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from optimizer.errors import ModelError
from optimizer.files.atomic import write_atomically
from optimizer.models.trust.operators import check_meta_graph, functions_of, refuse

FILE = "saved_model.pb"
DESCRIPTION = "keras_metadata.pb"
VARIABLES = "variables"
WRITES = frozenset({"SaveV2", "MergeV2Checkpoints", "ShardedFilename"})
READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}  # as a worker sees what it was given
INITIALIZERS = ("saved_model_main_op", "legacy_init_op", "saved_model_train_op")


def make_canonical(folder: Path, *, trusted: bool = False) -> None:
    """Checks the SavedModel in `folder`, and puts in its place what was understood of it.

    A folder that was made canonical stays as it is, byte for byte; one that is trusted likewise.

    Raises:
        UndecidedModelError: it reaches outside of itself; the user may trust it.
        ModelError: it is damaged, or cannot be understood.
    """
    content = (folder / FILE).read_bytes()
    saved_model = _parsed(content)
    for meta_graph in saved_model.meta_graphs:
        check_meta_graph(meta_graph, trusted=trusted)
        if not trusted:
            _drop_what_saves(meta_graph)
    if trusted:
        return
    saved_model.DiscardUnknownFields()
    written = saved_model.SerializeToString(deterministic=True)
    try:
        if written != content:
            write_atomically(folder / FILE, written)
        for stranger in _strangers(folder):
            stranger.unlink()
    except OSError as error:
        if error.errno not in READ_ONLY:
            raise
        raise ModelError(
            "This study has its SavedModel as it was uploaded, from before such files were written "
            "anew. Start a new study with the same model."
        ) from error


def _parsed(content: bytes) -> Any:
    """A `saved_model.pb` as TensorFlow's message.

    Raises:
        ModelError: it is none.
    """
    from google.protobuf.message import DecodeError  # noqa: PLC0415 (workers only)
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel  # noqa: PLC0415

    try:
        return SavedModel.FromString(content)
    except DecodeError as error:
        raise ModelError(
            "The SavedModel cannot be loaded: its graph is damaged. Export it again."
        ) from error


def _drop_what_saves(meta_graph: Any) -> None:
    """Takes out what writes a checkpoint, and refuses a graph in which anything else needs it."""
    graph = meta_graph.graph_def
    writers = {
        function.signature.name
        for function in graph.library.function
        if any(node.op in WRITES for node in function.node_def)
    }
    gone = _with_dependents(
        graph.node, (n.name for n in graph.node if n.op in WRITES or writers & set(functions_of(n)))
    )
    needed = gone & {name.lstrip("^").partition(":")[0] for name in _that_run(meta_graph)}
    if needed:
        refuse(sorted({node.op for node in graph.node if node.name in needed}))
    kept = [node for node in graph.node if node.name not in gone]
    del graph.node[:]
    graph.node.extend(kept)
    functions = [f for f in graph.library.function if f.signature.name not in writers]
    del graph.library.function[:]
    graph.library.function.extend(functions)
    # Loaders want some name there, and never run it.
    meta_graph.saver_def.save_tensor_name = meta_graph.saver_def.filename_tensor_name


def _with_dependents(nodes: Iterable[Any], first: Iterable[str]) -> set[str]:
    """Names of nodes, and of all that takes something of theirs or waits for them."""
    users: dict[str, list[str]] = {}
    for node in nodes:
        for source in node.input:
            users.setdefault(source.lstrip("^").partition(":")[0], []).append(node.name)
    found: set[str] = set()
    waiting = list(first)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += users.get(name, [])
    return found


def _that_run(meta_graph: Any) -> Iterator[str]:
    """What a loader runs, or a user of the model."""
    yield meta_graph.saver_def.restore_op_name
    yield meta_graph.saver_def.filename_tensor_name
    for name in INITIALIZERS:
        yield from (
            meta_graph.collection_def[name].node_list.value
            if (name in meta_graph.collection_def)
            else ()
        )
    for signature in meta_graph.signature_def.values():
        yield from (info.name for info in signature.inputs.values())
        yield from (info.name for info in signature.outputs.values())


def _strangers(folder: Path) -> Iterator[Path]:
    """Files that no loader of an untrusted model needs: assets, fingerprints, whatever else."""
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder).parts
        known = place in {(FILE,), (DESCRIPTION,)} or place[0] == VARIABLES
        if not known and not path.is_dir():
            yield path
