"""tests of choose/: limits as people write them."""

import pytest

from optimizer.choose.limit_texts import parse_bytes, parse_latency, parse_loss


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
    [("10ms", (10.0, None)), ("0.5x", (None, 0.5)), ("2 ×", (None, 2.0))],
)
def test_a_latency(text: str, found: tuple[float | None, float | None]) -> None:
    assert parse_latency(text) == found
