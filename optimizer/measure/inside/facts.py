"""measure/inside/: what is known of a file's inside, as plain values stored as JSON.

Nothing here opens a model, so that a page can show these without the libraries that read them.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from optimizer.errors import MeasurementError

Role = Literal["input", "output", "activation", "weight", "other constant", "state"]


@dataclass(frozen=True)
class Quantization:
    """How a tensor's integers stand for real numbers: real = scale * (integer - zero point).

    Attributes:
        kind: whether there is one scale for the tensor, one a slice along `axis`, or one a block
            of values along `axis`.
        scales: how many scales there are.
        first_scale: the first of them.
        min_scale: the smallest.
        max_scale: the largest.
        min_zero_point: the smallest zero point.
        max_zero_point: the largest.
        axis: the dimension along which scales differ; None for one scale.
    """

    kind: Literal["per tensor", "per axis", "blockwise"]
    scales: int
    first_scale: float
    min_scale: float
    max_scale: float
    min_zero_point: int
    max_zero_point: int
    axis: int | None


@dataclass(frozen=True)
class TensorFacts:
    """One tensor of the main graph.

    Attributes:
        index: its place in the file, which is also the interpreter's.
        name: its name in the file.
        role: an input or output of the model; an activation, which an operator computes; a weight,
            which an operator multiplies with or looks up in; any other constant, such as a bias
            or a shape; or a state that is kept from one inference to the next.
        dtype: the type, such as "INT8".
        shape: dimensions, at the file's own batch size; () for a scalar.
        size_bytes: what its values take: in the file for constants, in memory for others. None
            where the size depends on what they hold, as for texts.
        quantization: scales and zero points; None without.
    """

    index: int
    name: str
    role: Role
    dtype: str
    shape: tuple[int, ...]
    size_bytes: int | None
    quantization: Quantization | None


@dataclass(frozen=True)
class OperatorUse:
    """One operator of the main graph.

    Attributes:
        index: its place in the order of execution.
        name: the operator, such as "CONV_2D"; a custom one has its own name, such as "FlexErf".
        version: which edition of the operator the file asks for; editions add types and options.
        min_runtime_version: the oldest TensorFlow Lite that has this edition, such as "2.3.0";
            None for custom operators and where it is not known.
        macs: multiply-accumulate operations of one inference; 0 for operators that do none.
        output_shape: dimensions of the first output; () if it is a scalar or there is none.
        input_types: types of the inputs; optional ones that are left out are not listed.
        output_types: types of the outputs.
        location: where it stands in the model: the name of its first output.
    """

    index: int
    name: str
    version: int
    min_runtime_version: str | None
    macs: int
    output_shape: tuple[int, ...]
    input_types: tuple[str, ...]
    output_types: tuple[str, ...]
    location: str


@dataclass(frozen=True)
class Source:
    """Who says what a target can run.

    Attributes:
        name: the document or the file of source code.
        url: where it is.
        version: its version, commit or date.
    """

    name: str
    url: str
    version: str


@dataclass(frozen=True)
class Obstacle:
    """What keeps a file from running wholly on a target.

    Attributes:
        what: an operator, such as "SOFTMAX", or the name of a tensor.
        count: how often it occurs in the file.
        reason: why, in a few words without a full stop.
    """

    what: str
    count: int
    reason: str


@dataclass(frozen=True)
class Verdict:
    """Whether a file can run wholly on a target, by its published lists.

    Attributes:
        target: the target's name for people, such as "TFLite Micro".
        key: its name for programs, such as "tflite_micro".
        fits: whether every operator can run there; None where the lists do not tell.
        sentence: the same for people.
        obstacles: what stands in the way, most frequent first; empty if the file fits.
        source: where the rules are from.
    """

    target: str
    key: str
    fits: bool | None
    sentence: str
    obstacles: tuple[Obstacle, ...]
    source: Source


@dataclass(frozen=True)
class Inside:
    """Everything inside a file.

    Attributes:
        operators: those of the main graph, in the order of execution.
        tensors: those of the main graph, by index.
        weight_bytes: bytes in the file of the weights of each type, largest first, also of those in
            the body of a loop.
        activation_bytes: bytes of all inputs, outputs and activations of each type, largest
            first, which need not lie in memory at once.
        verdicts: one for each target.
    """

    operators: tuple[OperatorUse, ...]
    tensors: tuple[TensorFacts, ...]
    weight_bytes: dict[str, int]
    activation_bytes: dict[str, int]
    verdicts: tuple[Verdict, ...]

    @property
    def runs_on(self) -> dict[str, bool | None]:
        """For each target's key whether the file fits."""
        return {verdict.key: verdict.fits for verdict in self.verdicts}


_INSIDE = TypeAdapter(Inside)


def to_json(inside: Inside) -> bytes:
    """What `read_inside` reads; scales of models that overflowed stay infinite or NaN."""
    return json.dumps(asdict(inside)).encode()


def read_inside(path: Path) -> Inside:
    """Reads what a study keeps beside a variant.

    Raises:
        MeasurementError: it is missing or damaged.
    """
    try:
        return _INSIDE.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise MeasurementError(
            f"{path.name} cannot be read; run the recipe again to see inside its file."
        ) from error
