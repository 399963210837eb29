"""measure/inside/: what a target's table may ask of an operator; the meaning is in `checks`."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """A part of a target's table: immutable, and strict about what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(Table):
    """A limit on one attribute of an operator.

    Attributes:
        name: of the attribute, as in the schema.
        otherwise: the reason where the limit is not kept.
        allowed: all values it may have; None if any but the forbidden ones.
        forbidden: values that it must not have.
    """

    name: str
    otherwise: str
    allowed: tuple[float, ...] | None = None
    forbidden: tuple[float, ...] = ()


class Filled(Table):
    """Constant inputs all of whose values must be the same.

    Attributes:
        value: what all must be.
        otherwise: the reason where they are not.
        position: of the input; None for all constant inputs.
    """

    value: int
    otherwise: str
    position: int | None = None


class Rule(Table):
    """The limits of one operator on a target; the default is none at all.

    Attributes:
        max_version: the newest version of the operator that is known.
        data: position of the input whose type `levels` is about.
        levels: for each type of the data the API level that brought it; empty for any type.
        types: for the position of an input its allowed types.
        also: types of inputs and outputs on top of what the target computes with.
        outputs: allowed types of outputs; empty for any.
        weights: for each type of the first input the types that the second may have with it.
        gives: for each type of the first input the types of the output.
        per_tensor: positions of inputs that must have one scale for the whole tensor.
        inputs: how many inputs there must be; None for any number.
        constant: positions of inputs that must be constants.
        ranks: for the position of an input the least and the largest number of its dimensions.
        max_rank: the largest number of dimensions of any input and output.
        scalar_output: whether the output may be a scalar.
        one_dimensional: inputs and outputs, such as "input 0", of which only the last dimension
            may be larger than 1.
        max_elements: of the first input.
        options: limits on attributes.
        equal_options: attributes that must have one value.
        filled: constant inputs that must have one value.
        axes: position of the constant with axes, none of which may be the batch dimension.
        depth_multiple: what the last dimension must be a multiple of where it is among the axes.
        unpadded_batch: whether the second input must not pad the batch dimension.
        leading_ones: whether only leading dimensions may be removed.
    """

    max_version: int | None = None
    data: int = 0
    levels: dict[str, int] = {}
    types: dict[int, tuple[str, ...]] = {}
    also: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    weights: dict[str, tuple[str, ...]] = {}
    gives: dict[str, tuple[str, ...]] = {}
    per_tensor: tuple[int, ...] = ()
    inputs: int | None = None
    constant: tuple[int, ...] = ()
    ranks: dict[int, tuple[int, int]] = {}
    max_rank: int | None = None
    scalar_output: bool = True
    one_dimensional: tuple[str, ...] = ()
    max_elements: int | None = None
    options: tuple[Option, ...] = ()
    equal_options: tuple[str, ...] = ()
    filled: Filled | None = None
    axes: int | None = None
    depth_multiple: int | None = None
    unpadded_batch: bool = False
    leading_ones: bool = False
