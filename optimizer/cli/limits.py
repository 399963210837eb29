"""cli/: the options of limits; see `optimizer.choose.limit_texts` for how they are read."""

from typing import Annotated

from optimizer.cli.options import in_panel
from optimizer.measure.inside.target import TARGETS

of_limits = in_panel("What may be lost, and what there is room for")

MaxLoss = Annotated[
    str, of_limits("--max-loss", metavar="1|5%",
                   help="Points of an accuracy, units of an error, or a share of either."),
]  # fmt: skip
MaxSize = Annotated[
    str, of_limits("--max-size", metavar="200KB", help="Of the file; “150KB gzip” of it packed."),
]  # fmt: skip
MaxMemory = Annotated[str, of_limits("--max-memory", metavar="64KB", help="Of the arena.")]
MaxLatency = Annotated[
    str, of_limits("--max-latency", metavar="10ms|0.5x", help="Absolute, or of the baseline's."),
]  # fmt: skip
MustRun = Annotated[
    str, of_limits("--must-run", metavar="TARGET,…", help=f"Targets: {', '.join(TARGETS)}."),
]  # fmt: skip
IoType = Annotated[
    str, of_limits("--io", metavar="TYPE", help="Of inputs and outputs: float32, int8 or uint8."),
]  # fmt: skip
OnDevice = Annotated[
    str, of_limits("--device", metavar="NAME", help="On which a latency holds; id or name."),
]  # fmt: skip
Confidence = Annotated[
    float | None,
    of_limits("--confidence", help="Of a proof, 0.95 without it.", min=0.5, max=0.9999),
]
