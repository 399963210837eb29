"""choose/: limits as people write them: `1`, `5%`, `200KB`, `150KB gzip`, `10ms`, `0.5x`."""

import re
from dataclasses import dataclass
from typing import get_args

from optimizer.choose.loss_unit import by_noise, headline, in_shares
from optimizer.errors import LimitError
from optimizer.measure.inside.targets import TARGETS
from optimizer.store.limits import Io, Limits, Loss
from optimizer.store.records import StudyIndex
from optimizer.words import one_line

DECIBELS = re.compile(r"(\d+(?:\.\d+)?)\s*dB", re.IGNORECASE)
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


def parse_noise(text: str) -> Loss:
    """`1` and `1%` are noise of 1 % of the signal's power, and so is `20dB`.

    Raises:
        LimitError: it is none of them.
    """
    found = DECIBELS.fullmatch(text.strip())
    if found:
        return Loss(value=10 ** (-float(found[1]) / 10), relative=True)
    try:
        return parse_loss(text, share=True).model_copy(update={"relative": True})
    except LimitError as error:
        raise LimitError(
            f"“{text}” is no noise. Give a share of the signal such as 1%, or a ratio such as 20dB."
        ) from error


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


def parse_targets(text: str) -> tuple[str, ...]:
    """The names of targets, by commas.

    Raises:
        LimitError: there is no target of such a name.
    """
    names = tuple(filter(None, (name.strip() for name in text.split(","))))
    for name in names:
        if name not in TARGETS:
            raise LimitError(f"“{name}” is no target. There are: {', '.join(TARGETS)}.")
    return names


def parse_io(text: str) -> str:
    """The type of inputs and outputs.

    Raises:
        LimitError: they cannot have such a one.
    """
    if text.strip() not in get_args(Io):
        raise LimitError(f"“{text}” is no type. There are: {', '.join(get_args(Io))}.")
    return text.strip()


def parse_device(text: str, index: StudyIndex) -> str:
    """The id of a device of the study, from its id or its name.

    Raises:
        LimitError: nothing was measured on such a one.
    """
    found = [one.id for one in index.devices if text.strip() in {one.id, one.name}]
    if len(found) == 1:
        return found[0]
    there = "; ".join(f"{one.id} ({one.name})" for one in index.devices) or "none"
    raise LimitError(
        f"Nothing was measured on a device “{one_line(text)}”, so no latency can be held there. "
        f"There are: {there}."
    )


@dataclass(frozen=True)
class LimitTexts:
    """Limits as they were written; an empty one keeps the study's."""

    loss: str = ""
    size: str = ""
    memory: str = ""
    latency: str = ""
    must_run: str = ""
    confidence: float | None = None
    io: str = ""
    device: str = ""

    def over(self, index: StudyIndex) -> Limits:
        """The study's limits with these in their place.

        Raises:
            LimitError: one cannot be read, or names no target or type.
        """
        new: dict[str, object] = {}
        if self.loss:
            new["loss"] = (
                parse_noise(self.loss)
                if by_noise(index)
                else parse_loss(self.loss, share=in_shares(headline(index)))
            )
        if self.size:
            new["size_bytes"], new["packed"] = parse_size(self.size)
        if self.memory:
            new["memory_bytes"] = parse_bytes(self.memory)
        if self.latency:
            new["latency_ms"], new["latency_ratio"] = parse_latency(self.latency)
        if self.must_run:
            new["must_run"] = parse_targets(self.must_run)
        if self.io:
            new["io"] = parse_io(self.io)
        if self.device:
            new["device"] = parse_device(self.device, index)
        if self.confidence is not None:
            new["confidence"] = self.confidence
        return index.limits.model_copy(update=new)
