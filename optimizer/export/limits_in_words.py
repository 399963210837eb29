"""export/: a study's limits in one line."""

from optimizer.choose.choice import default
from optimizer.choose.loss_unit import headline, unit_of
from optimizer.export import numbers
from optimizer.store.records import StudyIndex


def limits_in_words(index: StudyIndex) -> str:
    """`at most 1 point lost, 200 KB`."""
    limits = index.limits
    loss = limits.loss or default(index)
    parts = [f"at most {unit_of(loss, headline(index)).told(loss.value)} lost"]
    if limits.size_bytes:
        parts.append(numbers.size(limits.size_bytes) + (" after gzip" if limits.packed else ""))
    if limits.memory_bytes:
        parts.append(f"an arena of {numbers.size(limits.memory_bytes)}")
    if limits.latency_ms:
        parts.append(numbers.milliseconds(limits.latency_ms))
    if limits.latency_ratio:
        parts.append(f"{limits.latency_ratio:.3g} × the latency of float32")
    if limits.must_run:
        parts.append(f"runs on {', '.join(limits.must_run)}")
    if limits.io:
        parts.append(f"inputs and outputs of {limits.io}")
    return ", ".join(parts)
