"""choose/: limits as people write them: `1`, `5%`, `200KB`, `150KB gzip`, `10ms`, `0.5x`."""

import re
from dataclasses import dataclass

from optimizer.choose.loss_unit import headline, in_shares
from optimizer.errors import LimitError
from optimizer.measure.inside.targets import TARGETS
from optimizer.store.limits import Limits, Loss
from optimizer.store.records import StudyIndex

NUMBER = r"(\d+(?:\.\d+)?|\.\d+)"
BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}

GZIP = "gzip"


def parse_loss(text: str, *, share: bool) -> Loss:
    """`1` is one point of an accuracy, or one unit of an error; `5%` a share of the baseline's.

    Args:
        text: What was written.
        share: Whether the metric lies in 0..1 and is shown in per cent.

    Raises:
        LimitError: it is neither.
    """
    found = re.fullmatch(NUMBER + r"\s*(%?)", text.strip())
    if not found:
        raise LimitError(f"“{text}” is no loss. Give points such as 1, or a share such as 5%.")
    relative = bool(found[2])
    return Loss(value=float(found[1]) / (100 if share or relative else 1), relative=relative)


def parse_bytes(text: str) -> int:
    """`200KB` is 200,000 bytes, `64KiB` 65,536; without a unit it is bytes.

    Raises:
        LimitError: it is no size above 0.
    """
    found = re.fullmatch(NUMBER + r"\s*([KMG]?I?B)?", text.strip().upper())
    count = round(float(found[1]) * BYTES[found[2] or "B"]) if found else 0
    if count < 1:
        raise LimitError(f"“{text}” is no size. Give one such as 200KB, 1.5MB or 64KiB.")
    return count


def parse_size(text: str) -> tuple[int, bool]:
    """The size of a file as `parse_bytes` reads it, and whether `gzip` behind it means it packed.

    Raises:
        LimitError: it is no size above 0.
    """
    packed = text.strip().lower().endswith(GZIP)
    return parse_bytes(text.strip()[: -len(GZIP)] if packed else text), packed


def parse_latency(text: str) -> tuple[float | None, float | None]:
    """`10ms` is milliseconds, `0.5x` a share of the baseline's latency: one of the two is None.

    Raises:
        LimitError: it is neither, or 0.
    """
    found = re.fullmatch(NUMBER + r"\s*(ms|x|×)", text.strip().lower())
    value = float(found[1]) if found else 0.0
    if not found or value <= 0:
        raise LimitError(
            f"“{text}” is no latency. Give one such as 10ms, or 0.5x of the baseline's."
        )
    return (value, None) if found[2] == "ms" else (None, value)


@dataclass(frozen=True)
class LimitTexts:
    """Limits as they were written; an empty one keeps the study's."""

    loss: str = ""
    size: str = ""
    memory: str = ""
    latency: str = ""
    must_run: str = ""
    confidence: float | None = None

    def over(self, index: StudyIndex) -> Limits:
        """The study's limits with these in their place.

        Raises:
            LimitError: one cannot be read, or names no target.
        """
        new: dict[str, object] = {}
        if self.loss:
            new["loss"] = parse_loss(self.loss, share=in_shares(headline(index)))
        if self.size:
            new["size_bytes"], new["packed"] = parse_size(self.size)
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
