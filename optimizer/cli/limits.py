"""cli/: the options of limits, and how their texts become a study's limits."""

from dataclasses import dataclass
from typing import Annotated

from optimizer.choose.limit_texts import parse_bytes, parse_latency, parse_loss
from optimizer.cli.options import in_panel
from optimizer.data.labels import HEADLINE
from optimizer.errors import LimitError
from optimizer.measure.inside.target import TARGETS
from optimizer.measure.metrics import METRICS
from optimizer.store.limits import Limits
from optimizer.store.records import StudyIndex

of_limits = in_panel("What may be lost, and what there is room for")

MaxLoss = Annotated[
    str, of_limits("--max-loss", metavar="1|5%",
                   help="Points of an accuracy, units of an error, or a share of either."),
]  # fmt: skip
MaxSize = Annotated[str, of_limits("--max-size", metavar="200KB", help="Of the file.")]
MaxMemory = Annotated[str, of_limits("--max-memory", metavar="64KB", help="Of the arena.")]
MaxLatency = Annotated[
    str, of_limits("--max-latency", metavar="10ms|0.5x", help="Absolute, or of the baseline's."),
]  # fmt: skip
MustRun = Annotated[
    str, of_limits("--must-run", metavar="TARGET,…", help=f"Targets: {', '.join(TARGETS)}."),
]  # fmt: skip
Confidence = Annotated[
    float | None,
    of_limits("--confidence", help="Of a proof, 0.95 without it.", min=0.5, max=0.9999),
]


@dataclass(frozen=True)
class LimitTexts:
    """Limits as they were written; an empty one keeps the study's."""

    loss: str
    size: str
    memory: str
    latency: str
    must_run: str
    confidence: float | None

    def over(self, index: StudyIndex) -> Limits:
        """The study's limits with these in their place.

        Raises:
            LimitError: one cannot be read, or names no target.
        """
        new: dict[str, object] = {}
        if self.loss:
            name = HEADLINE.get(index.dataset.task) if index.dataset else None
            new["loss"] = parse_loss(self.loss, share=name is None or METRICS[name].share)
        if self.size:
            new["size_bytes"] = parse_bytes(self.size)
        if self.memory:
            new["memory_bytes"] = parse_bytes(self.memory)
        if self.latency:
            new["latency_ms"], new["latency_ratio"] = parse_latency(self.latency)
        if self.must_run:
            names = tuple(filter(None, (name.strip() for name in self.must_run.split(","))))
            for name in names:
                if name not in TARGETS:
                    raise LimitError(f"“{name}” is no target. There are: {', '.join(TARGETS)}.")
            new["must_run"] = names
        if self.confidence is not None:
            new["confidence"] = self.confidence
        return index.limits.model_copy(update=new)
