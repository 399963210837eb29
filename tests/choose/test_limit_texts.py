"""tests of choose/: limits as people write them."""

import pytest

from optimizer.choose.limit_texts import parse_bytes, parse_latency, parse_loss, parse_size
from optimizer.choose.loss_unit import unit_of
from optimizer.errors import LimitError
from optimizer.measure.metrics import METRICS
from optimizer.store.limits import Loss
from tests.refused import refused


@pytest.mark.parametrize(
    ("text", "share", "value", "relative"),
    [
        ("1", True, 0.01, False),
        ("0.5", True, 0.005, False),
        ("1", False, 1.0, False),
        ("5%", True, 0.05, True),
        ("5 %", False, 0.05, True),
    ],
)
def test_a_loss(text: str, share: bool, value: float, relative: bool) -> None:
    loss = parse_loss(text, share=share)
    assert loss.value == pytest.approx(value)
    assert loss.relative == relative


@pytest.mark.parametrize(
    ("text", "count"),
    [("200KB", 200_000), ("1.5 MB", 1_500_000), ("64KiB", 65_536), ("512", 512), (".5kb", 500)],
)
def test_a_size(text: str, count: int) -> None:
    assert parse_bytes(text) == count


@pytest.mark.parametrize(
    ("text", "found"),
    [("200KB", (200_000, False)), ("150KB gzip", (150_000, True)), ("64KiBGZIP", (65_536, True))],
)
def test_a_size_may_be_meant_of_the_packed_file(text: str, found: tuple[int, bool]) -> None:
    assert parse_size(text) == found


@pytest.mark.parametrize("text", ["gzip", "0 gzip", "packed", "-1KB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with refused(LimitError, "is no size", "200KB"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [("10ms", (10.0, None)), ("0.5x", (None, 0.5)), ("2 ×", (None, 2.0))],
)
def test_a_latency(text: str, found: tuple[float | None, float | None]) -> None:
    assert parse_latency(text) == found


@pytest.mark.parametrize(
    ("loss", "metric", "told"),
    [
        (Loss(value=0.01), "accuracy", "1 point"),
        (Loss(value=0.11), "accuracy", "11 points"),
        (Loss(value=0.0043), None, "0.43 points"),
        (Loss(value=1), "accuracy", "100 points"),
        (Loss(value=0.05, relative=True), "mae", "5 %"),
        (Loss(value=2.5), "mae", "2.5"),
    ],
)
def test_a_loss_is_told_as_it_is_written(loss: Loss, metric: str | None, told: str) -> None:
    assert unit_of(loss, METRICS[metric] if metric else None).told(loss.value) == told
