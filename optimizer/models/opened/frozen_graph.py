"""models/opened/: a frozen graph of TensorFlow 1, with the inputs and outputs that it has or gets.

From `export` on it is a SavedModel like any other.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.arrays import Float32s
from optimizer.errors import ModelError
from optimizer.models.fix_shapes import SIGNATURE
from optimizer.models.open_options import ModelQuestion, OpenOptions, UndecidedModelError
from optimizer.models.opened.graph_ends import MOST_OUTPUTS, PLACEHOLDERS, Ends
from optimizer.models.opened.saved_model import refuse_text
from optimizer.models.opened.tensors import spec_of
from optimizer.models.summary import TensorSpec
from optimizer.models.trust import check_graph
from optimizer.words import first_sentence

KEEP = re.compile(r"keep_prob", re.IGNORECASE)


class FrozenGraph:
    """See `Opened`."""

    layers: Sequence[str] = ()
    output_activation = ""
    quantized = False
    select_tf_ops: tuple[str, ...] = ()

    def __init__(self, path: Path, options: OpenOptions) -> None:
        """Reads the file at `path` and finds its inputs and outputs.

        Raises:
            UndecidedModelError: they have to be chosen.
            ModelError: the file is damaged, reaches outside of itself, or the chosen tensors are
                not in it.
        """
        definition = _read(path, options.trusted)
        ends = Ends(_imported(definition))
        self.fixed = _switches(ends.placeholders)
        inputs = _named(ends, options.inputs) or _found_inputs(ends, self.fixed)
        outputs = _named(ends, options.outputs) or _found_outputs(ends, inputs)
        given = [*inputs, *(tensor for tensor in ends.placeholders if tensor.name in self.fixed)]
        between = ends.between(given, outputs)
        _check_needs(between, outputs)
        self._definition = _part(definition, {operation.name for operation in between})
        self._inputs, self._outputs = [t.name for t in inputs], [t.name for t in outputs]
        self.inputs = tuple(
            spec_of(t, name) for t, name in zip(inputs, _names(inputs), strict=True)
        )
        refuse_text(self.inputs, "frozen graph")
        self.outputs = tuple(
            spec_of(t, name) for t, name in zip(outputs, _names(outputs), strict=True)
        )
        self.parameters: int | None = _parameters(self._definition)
        self.notes = (
            *(
                f"“{name.partition(':')[0]}” was set to {value}."
                for name, value in self.fixed.items()
            ),
            f"The graph was cut from {_listed(inputs)} to {_listed(outputs)}.",
        )

    def keras_model(self) -> Any:
        """See `Opened`."""
        raise ModelError("A frozen graph has no Keras layers to train.")

    def export(self, folder: Path, inputs: tuple[TensorSpec, ...]) -> Path:
        """See `Opened`."""
        import tensorflow as tf  # noqa: PLC0415 (workers only)

        function = self._function(inputs)
        tf.saved_model.save(tf.Module(), str(folder), signatures={SIGNATURE: function})
        return folder

    def predict(self, inputs: tuple[npt.NDArray[Any], ...]) -> list[Float32s]:
        """See `Opened`."""
        import tensorflow as tf  # noqa: PLC0415 (workers only)

        values = self._open_function(
            *(tf.constant(x, spec.dtype) for x, spec in zip(inputs, self.inputs, strict=True))
        )
        return [np.asarray(values[spec.name], np.float32) for spec in self.outputs]

    @cached_property
    def _open_function(self) -> Any:
        return self._function(self.inputs)

    def _function(self, inputs: tuple[TensorSpec, ...]) -> Any:
        """The part of the graph between the chosen ends, as a function of TensorFlow 2."""
        import tensorflow as tf  # noqa: PLC0415 (workers only)

        signature = [
            tf.TensorSpec(None if spec.any_rank else spec.shape, spec.dtype, name=spec.name)
            for spec in inputs
        ]

        def between(*tensors: Any) -> dict[str, Any]:
            fed = dict(zip(self._inputs, tensors, strict=True))
            fed |= {name: tf.constant(value) for name, value in self.fixed.items()}
            results = tf.graph_util.import_graph_def(
                self._definition, input_map=fed, return_elements=self._outputs, name=""
            )
            return {spec.name: x for spec, x in zip(self.outputs, results, strict=True)}

        return tf.function(between, input_signature=signature, autograph=False)


def _read(path: Path, trusted: bool) -> Any:
    from google.protobuf.message import DecodeError  # noqa: PLC0415 (workers only)
    from tensorflow.core.framework.graph_pb2 import GraphDef  # noqa: PLC0415

    try:
        definition = GraphDef.FromString(path.read_bytes())
    except DecodeError as error:
        raise ModelError("The frozen graph is damaged. Save or upload the model again.") from error
    check_graph(definition, trusted=trusted)
    definition.DiscardUnknownFields()  # from here on only what was checked is passed on
    variables = [node.name for node in definition.node if node.op in {"VariableV2", "VarHandleOp"}]
    if variables:
        raise ModelError(
            f"The graph is not frozen: it holds {len(variables)} variables without their values "
            f"(e.g. “{variables[0]}”). Freeze it with its checkpoint, or export a SavedModel."
        )
    return definition


def _imported(definition: Any) -> Any:
    import tensorflow as tf  # noqa: PLC0415 (workers only)

    graph = tf.Graph()
    try:
        with graph.as_default():
            tf.graph_util.import_graph_def(definition, name="")
    except Exception as error:
        raise ModelError(
            f"The frozen graph cannot be loaded: {first_sentence(error)} Export it again."
        ) from error
    return graph


# ---- inputs and outputs ----------------------------------------------------------------------


def _switches(placeholders: Sequence[Any]) -> dict[str, bool | float]:
    """Placeholders that only training needs, and what they are when it is over."""
    fixed: dict[str, bool | float] = {}
    for tensor in placeholders:
        if tensor.shape.rank not in {None, 0}:
            continue
        if tensor.dtype.name == "bool":
            fixed[tensor.name] = False
        elif tensor.dtype.name == "float32" and KEEP.search(tensor.name):
            fixed[tensor.name] = 1.0
    return fixed


def _named(ends: Ends, names: Sequence[str]) -> list[Any]:
    """The tensors that the user named, with or without “:0”.

    Raises:
        ModelError: there is none of that name.
    """
    try:
        return [
            ends.graph.get_tensor_by_name(name if ":" in name else f"{name}:0") for name in names
        ]
    except (KeyError, ValueError) as error:
        some = ", ".join(_plain(tensor) for tensor in ends.input_candidates()[:5])
        raise ModelError(
            f"The graph does not have all of the tensors {', '.join(names)}. Choose from those "
            f"that it has, such as {some}."
        ) from error


def _found_inputs(ends: Ends, fixed: dict[str, bool | float]) -> list[Any]:
    inputs = [tensor for tensor in ends.placeholders if tensor.name not in fixed]
    if inputs and not ends.text:
        return inputs
    if ends.text:
        decoders = sorted({op.type for tensor in ends.text for op in tensor.consumers()})
        found = f"begins with text or encoded files ({', '.join(decoders)})"
    else:
        found = "has no placeholder that could be its input"
    raise _undecided(ends, f"The graph {found}.")


def _found_outputs(ends: Ends, inputs: list[Any]) -> list[Any]:
    results = ends.results(inputs)
    if 0 < len(results) <= MOST_OUTPUTS:
        return results
    found = f"{len(results)} results" if results else "no result"
    raise _undecided(ends, f"The graph makes {found} from its inputs.", inputs)


def _undecided(ends: Ends, found: str, inputs: list[Any] | None = None) -> UndecidedModelError:
    """Asks for both ends, since they belong together."""
    candidates = inputs or ends.input_candidates()
    outputs = ends.output_candidates(candidates[:1])
    if not candidates or not outputs:
        return UndecidedModelError(f"{found} It has nothing to convert.", ModelQuestion())
    return UndecidedModelError(
        f"{found} Choose the tensors between which it is cut, e.g. "
        f"--inputs {_plain(candidates[0])} --outputs {_plain(outputs[0])}.",
        ModelQuestion(
            graph_inputs=tuple(spec_of(tensor, _plain(tensor)) for tensor in candidates),
            graph_outputs=tuple(spec_of(tensor, _plain(tensor)) for tensor in outputs),
        ),
    )


def _check_needs(between: Sequence[Any], outputs: Sequence[Any]) -> None:
    needed = [operation.outputs[0] for operation in between if operation.type in PLACEHOLDERS]
    if needed:
        raise ModelError(
            f"{_listed(outputs)} cannot be computed without {_listed(needed)}. Add what is missing "
            "to --inputs, or choose other outputs."
        )


def _part(definition: Any, names: set[str]) -> Any:
    """The nodes of these names, and all functions."""
    part = type(definition)()
    part.CopyFrom(definition)
    del part.node[:]
    for node in definition.node:
        if node.name in names:
            part.node.append(node)
            # An order of execution after what is cut off means nothing any more.
            kept = [x for x in node.input if not x.startswith("^") or x[1:] in names]
            part.node[-1].input[:] = kept
            part.node[-1].attr.pop("_class", None)  # the device of a node that may be cut off
    return part


def _plain(tensor: Any) -> str:
    """A tensor's name as people write it: without “:0”."""
    return str(tensor.name).removesuffix(":0")


def _listed(tensors: Sequence[Any]) -> str:
    return " and ".join(f"“{_plain(tensor)}”" for tensor in tensors)


def _names(tensors: Sequence[Any]) -> list[str]:
    """Names for a signature, which takes letters, digits and underscores."""
    return [re.sub(r"\W", "_", _plain(tensor)) for tensor in tensors]


def _parameters(definition: Any) -> int:
    """Values in constants of floats that are no scalars: weights and biases."""
    import tensorflow as tf  # noqa: PLC0415 (workers only)

    # Reading an attribute that a node does not have would give it an empty one.
    constants = [node.attr["value"].tensor for node in definition.node if node.op == "Const"]
    shapes = [
        [dim.size for dim in tensor.tensor_shape.dim]
        for tensor in constants
        if tf.dtypes.as_dtype(tensor.dtype).is_floating
    ]
    return sum(int(np.prod(shape)) for shape in shapes if shape)
