"""models/: what only the user can say about a model file, and how it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from optimizer.errors import Decision, ModelError, UndecidedError
from optimizer.models.summary import TensorSpec


@dataclass(frozen=True)
class OpenOptions:
    """What the user has decided about a model file.

    Attributes:
        trusted: Whether code in the file may run: Lambda layers, operators that touch files.
        sizes: For inputs of open size, by name: the shape of one sample, without the batch.
        inputs: For a frozen graph: names of the tensors that become inputs; empty: as found.
        outputs: For a frozen graph: names of the tensors that become outputs; empty: as found.
        select_tf_ops: Whether operators outside the builtins may stay, for a runtime that has
            TensorFlow's.
        function: The signature or function of a SavedModel that is the model; empty: as found.
        architecture: The network of keras.applications that a file of weights alone is of.
        unroll: Whether recurrent layers are opened as with `unroll=True`: their loops have no
            integer form, their single steps have.
    """

    trusted: bool = False
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    select_tf_ops: bool = False
    function: str = ""
    architecture: str = ""
    unroll: bool = False

    def decided(self, decision: Decision) -> "OpenOptions":
        """With what the user has decided."""
        settings: dict[str, Any] = dict(decision.settings)
        return replace(self, **settings)


@dataclass(frozen=True)
class ModelQuestion:
    """What has to be decided before a model can be opened; all but one are empty.

    Attributes:
        code: Names of the code in the file that would run; the user may trust it.
        layers: Classes and functions that the file names and does not hold; the user may give the
            Python file that defines them.
        open_inputs: Inputs without a fixed size.
        graph_inputs: Tensors of a frozen graph that can be inputs.
        graph_outputs: Tensors of a frozen graph that can be outputs.
        operators: TensorFlow operators that the builtins lack.
        architecture: Whether the file has weights alone, and needs the description of its layers.
        functions: Signatures and functions of a SavedModel that can be the model.
    """

    code: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    open_inputs: tuple[TensorSpec, ...] = ()
    graph_inputs: tuple[TensorSpec, ...] = ()
    graph_outputs: tuple[TensorSpec, ...] = ()
    operators: tuple[str, ...] = ()
    architecture: bool = False
    functions: tuple[str, ...] = ()


class UndecidedModelError(ModelError, UndecidedError):
    """The user has to decide something first; the message says what, for the command line too."""

    def __init__(self, message: str, question: ModelQuestion) -> None:
        """`question` is what the page asks."""
        super().__init__(message, question)
        self.question = question

    @property
    def choices(self) -> tuple[Decision, ...]:
        """See `UndecidedError`: sizes, ends of a graph and files are no list."""
        question = self.question
        if question.code:
            return (Decision("run the code in the file", {"trusted": True}),)
        if question.operators:
            return (Decision("keep TensorFlow's own operators", {"select_tf_ops": True}),)
        return tuple(
            Decision(f"the function “{name}”", {"function": name}) for name in question.functions
        )
