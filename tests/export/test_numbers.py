"""tests of export/: numbers as people read them."""

from dataclasses import replace

import pytest

from optimizer.export import numbers
from optimizer.measure.measurements import Latency, Metric
from tests.variants import accuracy, difference, latency


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.00 KB"),
        (9_999, "10 KB"),
        (187_456, "187 KB"),
        (999_499, "999 KB"),
        (999_600, "1.00 MB"),
        (1_400_000, "1.40 MB"),
        (25_340_000, "25.3 MB"),
        (3_000_000_000, "3.00 GB"),
        (None, "–"),
    ],
)
def test_a_size_has_three_digits_and_the_unit_that_shops_use(count: float, text: str) -> None:
    assert numbers.size(count) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(7, "7"), (999.6, "1.00 k"), (139_018, "139 k"), (8_250_000, "8.25 M"), (None, "–")],
)
def test_a_large_count_is_shortened(number: float, text: str) -> None:
    assert numbers.count(number) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0834, "0.083 ms"),
        (6.1, "6.10 ms"),
        (9.999, "10 ms"),
        (33.33, "33.3 ms"),
        (99.99, "100 ms"),
        (164.4, "164 ms"),
        (None, "–"),
    ],
)
def test_a_latency_has_three_digits(value: float, text: str) -> None:
    assert numbers.milliseconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.3, "0 s"), (59.4, "59 s"), (59.7, "1 min 0 s"), (119.8, "2 min 0 s"), (125, "2 min 5 s")],
)
def test_a_duration_never_has_sixty_seconds(value: float, text: str) -> None:
    assert numbers.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(-0.0012, "−0.12 pt"), (0.0123, "+1.23 pt"), (0.0, "±0.00 pt"), (-0.00001, "±0.00 pt")],
)
def test_a_change_of_accuracy_is_in_points_with_a_real_minus(value: float, text: str) -> None:
    assert numbers.change("accuracy", difference(value)) == text


def test_a_change_of_an_error_is_in_its_own_unit() -> None:
    assert numbers.change("mae", difference(-0.0421)) == "−0.0421"


def test_a_change_that_was_not_measured_is_a_dash() -> None:
    assert numbers.change("accuracy", None) == "–"
    assert numbers.change("accuracy", difference(None)) == "–"


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.475, "2.1× faster"),
        (2.5, "2.5× slower"),
        (33.4, "33× slower"),
        (9.99, "10× slower"),
        (1.005, "same speed"),
        (1.03, "3 % slower"),
        (0.96, "4 % faster"),
    ],
)
def test_speed_against_the_baseline_is_in_words(ratio: float, text: str) -> None:
    assert numbers.ratio(latency(1.0, ratio)) == text


@pytest.mark.parametrize(("low", "high"), [(None, None), (1.002, 1.006)])
def test_what_rounds_to_nothing_is_the_same_speed(low: float | None, high: float | None) -> None:
    nearly = replace(latency(1.0, 1.004), ratio_low=low, ratio_high=high)
    assert numbers.ratio(nearly) == "same speed"


def test_speed_that_was_not_measured_is_a_dash() -> None:
    assert numbers.ratio(None) == "–"
    assert numbers.ratio(Latency.of_failure(1)) == "–"


def test_a_metric_has_its_unit_and_its_interval() -> None:
    assert numbers.metric(accuracy(0.9286)) == "92.86 %"
    assert numbers.interval(accuracy(0.9)) == "85.0 to 95.0 %"
    error = Metric("mae", 0.12345, 0.1, 0.15, 100)
    assert numbers.metric(error) == "0.1235"
    assert numbers.interval(error) == "0.1 to 0.15"
    assert numbers.metric(accuracy(None)) == numbers.interval(accuracy(None)) == "–"


def test_a_signal_to_noise_ratio_has_a_real_minus() -> None:
    assert numbers.decibels(39.16) == "39.2 dB"
    assert numbers.decibels(-3.0) == "−3.0 dB"
    assert numbers.decibels(None) == "–"
