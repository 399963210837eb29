"""store/: what a user may lose and has room for, as a study keeps it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Io = Literal["float32", "int8", "uint8"]
Whole = Annotated[int, Field(gt=0)]


class Loss(BaseModel):
    """What may be lost in the metric that is reported first.

    Attributes:
        value: 0.01 is one point of an accuracy, or with `relative` one per cent; else in the
            metric's own unit. 0 allows no loss at all, which no number of samples can prove.
        relative: Whether it is a share of the baseline's own value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    relative: bool = False


class Limits(BaseModel):
    """The limits of a study; None is no limit.

    Attributes:
        loss: None is the metric's default: one point of an accuracy, 1 % of an error.
        size_bytes: Of the file.
        packed: Whether `size_bytes` is meant of the gzipped file.
        memory_bytes: Of the arena.
        latency_ms: Median of one sample, on `device`.
        latency_ratio: The same as a share of the baseline's.
        must_run: Keys of targets in which the file must be able to run.
        device: The id of the device on which a latency holds; None is the one on which the baseline
            was timed.
        io: The type that every input and output must have; whole numbers that stand for something,
            such as words, keep theirs.
        confidence: With which a proof holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    loss: Loss | None = None
    size_bytes: Whole | None = None
    packed: bool = False
    memory_bytes: Whole | None = None
    latency_ms: Positive | None = None
    latency_ratio: Positive | None = None
    must_run: tuple[str, ...] = ()
    io: Io | None = None
    device: str | None = None
    confidence: Annotated[float, Field(ge=0.5, lt=1)] = 0.95
