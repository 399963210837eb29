"""models/: what only the user can say about a model file, and how it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.errors import ModelError
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
    """

    trusted: bool = False
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    select_tf_ops: bool = False


@dataclass(frozen=True)
class ModelQuestion:
    """What has to be decided before a model can be opened; all but one are empty.

    Attributes:
        code: Names of the code in the file that would run; the user may trust it.
        open_inputs: Inputs without a fixed size.
        graph_inputs: Tensors of a frozen graph that can be inputs.
        graph_outputs: Tensors of a frozen graph that can be outputs.
        operators: TensorFlow operators that the builtins lack.
    """

    code: tuple[str, ...] = ()
    open_inputs: tuple[TensorSpec, ...] = ()
    graph_inputs: tuple[TensorSpec, ...] = ()
    graph_outputs: tuple[TensorSpec, ...] = ()
    operators: tuple[str, ...] = ()


class UndecidedModelError(ModelError):
    """The user has to decide something first; the message says what, for the command line too."""

    def __init__(self, message: str, question: ModelQuestion) -> None:
        """`question` is what the page asks."""
        super().__init__(message, question)
        self.question = question

    def __str__(self) -> str:
        return str(self.args[0])
