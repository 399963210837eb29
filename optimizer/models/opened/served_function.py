"""models/opened/: which function of a SavedModel is the model where no signature says so.

Workers only: it imports TensorFlow. A function that was saved has its traces: the graphs that were
made of it, for tensors of certain shapes and for Python values such as `training=False`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.errors import ModelError
from optimizer.models.open_options import ModelQuestion, UndecidedModelError
from optimizer.models.opened.tensors import flat
from optimizer.models.summary import TensorSpec
from optimizer.words import listed, one_line, sizes

CALL = "__call__"
OF_KERAS = re.compile(r"_\w*|call_and_return_\w*")  # what it keeps beside a model's __call__
LARGEST_LIST = 8


@dataclass(frozen=True)
class Trace:
    """One graph of a function.

    Attributes:
        name: Of the function, with a number where it has several graphs to choose from.
        function: As TensorFlow restored it.
        arguments: What it was made for: `(args, kwargs)`, with tensors' specs and Python values.
    """

    name: str
    function: Any
    arguments: Any

    @property
    def tensors(self) -> list[Any]:
        """The specs of the tensors among its arguments, in their order."""
        return [one for one in _leaves(self.arguments) if _is_spec(one)]

    @property
    def said(self) -> str:
        """For people: `encode(x: any × 4)`."""
        told = [
            f"{name}: {sizes(tuple(spec.shape)) if spec.shape.rank is not None else 'any shape'}"
            for name, spec in zip(names_of(self.tensors), self.tensors, strict=True)
        ]
        return f"{one_line(self.name)}({', '.join(told)})"


def choose(restored: Any, signatures: Sequence[str], wanted: str) -> "Trace | str":
    """What is the model: a signature by its name, or a function.

    Args:
        restored: The SavedModel as TensorFlow has loaded it.
        signatures: Names of its signatures, none of which is the usual one.
        wanted: What the user chose; empty where nothing was chosen yet.

    Raises:
        UndecidedModelError: there are several; the message names them.
        ModelError: there is none, or none that is called as `wanted`.
    """
    if wanted in signatures:
        return wanted
    if not wanted and len(signatures) == 1:
        return signatures[0]
    traces = {trace.name: trace for trace in _traces(restored)}
    if wanted in traces:
        return traces[wanted]
    there = [*signatures, *traces]
    if wanted:
        raise ModelError(
            f"The SavedModel has no function “{wanted}”; it has "
            f"{listed([*map(one_line, there)]) or 'none'}. Choose one of those."
        )
    called = [trace for trace in traces.values() if trace.name == CALL]
    if called and not signatures:
        return called[0]
    if len(traces) == 1 and not signatures:
        return next(iter(traces.values()))
    if not there:
        raise ModelError(
            "The SavedModel has no signature and no function that was called before it was saved, "
            "so nothing of it can be run. Export it with model.export(folder), or give "
            "tf.saved_model.save the function as signatures=…."
        )
    told = [*map(one_line, signatures), *(trace.said for trace in traces.values())]
    raise UndecidedModelError(
        "The SavedModel does not say which of its functions is the model: it has "
        f"{listed(told, LARGEST_LIST)}. Choose one with --function NAME.",
        ModelQuestion(functions=tuple(there)),
    )


def served(trace: Trace, inputs: Sequence[TensorSpec] = ()) -> Any:
    """A trace as a function of tensors by name that gives tensors by name.

    Args:
        trace: The trace.
        inputs: The shapes for which it is made, in the order of the tensors; as the trace has them
            if none are given.

    Raises:
        ModelError: it cannot be called so.
    """
    import tensorflow as tf  # noqa: PLC0415 (workers only)

    specs = trace.tensors
    names = names_of(specs)
    by_name = {spec.name: spec for spec in inputs}
    taken = {
        name: tf.TensorSpec(
            by_name[name].shape if name in by_name and not by_name[name].any_rank else spec.shape,
            spec.dtype, name,
        )
        for name, spec in zip(names, specs, strict=True)
    }  # fmt: skip

    def serve(**tensors: Any) -> dict[str, Any]:
        following = iter([tensors[name] for name in names])
        leaves = [next(following) if _is_spec(one) else one for one in _leaves(trace.arguments)]
        args, kwargs = tf.nest.pack_sequence_as(trace.arguments, leaves)
        return _named(trace.function(*args, **kwargs))

    try:
        return tf.function(serve, autograph=False).get_concrete_function(**taken)
    except (ValueError, TypeError) as error:
        raise ModelError(
            f"The function “{one_line(trace.name)}” of the SavedModel cannot be called by itself "
            f"({one_line(str(error))}). Export the model with model.export(folder)."
        ) from error


def names_of(specs: Sequence[Any]) -> list[str]:
    """A name for each tensor, of letters, digits and underscores; no name twice."""
    names: list[str] = []
    for at, spec in enumerate(specs):
        name = re.sub(r"\W", "_", spec.name or "") or f"input_{at}"
        names.append(name if name not in names else f"{name}_{at}")
    return names


def _named(outputs: Any) -> dict[str, Any]:
    if isinstance(outputs, Mapping) and all(_is_spec(one) for one in outputs.values()):
        return {re.sub(r"\W", "_", str(name)): one for name, one in outputs.items()}
    import tensorflow as tf  # noqa: PLC0415 (workers only)

    return {f"output_{at}": one for at, one in enumerate(flat(tf.nest.flatten(outputs)))}


def _traces(restored: Any) -> Iterator[Trace]:
    """What can be the model: functions of the object that was saved, or else of its parts."""
    found = list(_of_object(restored, ""))
    if not found:
        parts = {name: part for name, part in vars(restored).items() if not name.startswith("_")}
        for name, part in parts.items():
            if hasattr(part, "__dict__") and name != "signatures":
                found += _of_object(part, f"{name}.")
    named = {trace.name for trace in found}
    yield from (
        trace
        for trace in found
        if CALL not in named or not OF_KERAS.fullmatch(trace.name) or trace.name == CALL
    )


def _of_object(thing: Any, prefix: str) -> Iterator[Trace]:
    for name, function in sorted(vars(thing).items()):
        concrete = getattr(function, "concrete_functions", None)
        if concrete is None and hasattr(function, "structured_input_signature"):
            concrete = [function]  # one that was saved as it was traced
        usable = _most_general([one.structured_input_signature for one in concrete or ()])
        for at, arguments in enumerate(usable):
            number = f":{at + 1}" if len(usable) > 1 else ""
            yield Trace(f"{prefix}{name}{number}", function, arguments)


def _most_general(traces: Sequence[Any]) -> list[Any]:
    """The traces that are not for training and that no other one contains."""
    with_tensors = [one for one in traces if any(map(_is_spec, _leaves(one)))]
    calm = [one for one in with_tensors if not any(leaf is True for leaf in _leaves(one))]
    different = list({_key(one): one for one in calm or with_tensors}.values())
    return _batch_of_one(
        [one for one in different if not any(_contains(other, one) for other in different)]
    )


def _key(trace: Any) -> tuple[str, ...]:
    """What a trace was made for; the same function called in two ways has two traces alike."""
    return tuple(
        f"{leaf.shape} {leaf.dtype}" if _is_spec(leaf) else repr(leaf) for leaf in _leaves(trace)
    )


def _contains(wide: Any, narrow: Any) -> bool:
    """Whether the first takes all that the second takes, and more."""
    pairs = list(zip(_leaves(wide), _leaves(narrow), strict=False))
    same = len(_leaves(wide)) == len(_leaves(narrow))
    if not same or any(_is_spec(a) != _is_spec(b) for a, b in pairs):
        return False
    specs = [(a, b) for a, b in pairs if _is_spec(a)]
    if any(a.dtype != b.dtype or not a.shape.is_compatible_with(b.shape) for a, b in specs):
        return False
    return _open(wide) > _open(narrow)


def _open(trace: Any) -> int:
    """How many dimensions it leaves open."""
    shapes = [leaf.shape for leaf in _leaves(trace) if _is_spec(leaf)]
    return sum(100 if shape.rank is None else list(shape).count(None) for shape in shapes)


def _batch_of_one(traces: list[Any]) -> list[Any]:
    """The one for a single sample, where all differ in the size of the batch alone."""
    samples = {
        tuple(
            (tuple(leaf.shape[1:]), leaf.dtype) if leaf.shape.rank else None
            for leaf in _leaves(trace)
            if _is_spec(leaf)
        )
        for trace in traces
    }
    if len(traces) < 2 or len(samples) > 1 or any(None in one for one in samples):
        return traces
    return [min(traces, key=_batch)]


def _batch(trace: Any) -> int:
    return int(next(leaf for leaf in _leaves(trace) if _is_spec(leaf)).shape[0])


def _leaves(structure: Any) -> list[Any]:
    import tensorflow as tf  # noqa: PLC0415 (workers only)

    return list(tf.nest.flatten(structure))


def _is_spec(leaf: Any) -> bool:
    return hasattr(leaf, "shape") and hasattr(leaf, "dtype")
