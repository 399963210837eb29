"""tests of dashboard/: latency in every setting, and where numbers come from."""

from dataclasses import replace

from dashboard.frames import latencies
from dashboard.tables import latency_table
from optimizer.export.provenance import moment
from optimizer.measure.measurements import Latency
from tests.variants import latency, row, variant


def test_every_setting_has_a_row_and_a_file_that_was_not_timed_none() -> None:
    others = (replace(latency(0.4, 0.8), threads=2), replace(latency(3.0), xnnpack=False))
    frame = latency_table.settings(
        [row(variant("float32", other_latencies=others)), row(variant("int8", latency=None))]
    )
    assert frame["Recipe"].tolist() == ["float32"] * 3
    assert frame["Setting"].tolist() == ["1 thread", "2 threads", "1 thread, without XNNPACK"]
    assert frame["Median"].tolist() == [1.0, 0.4, 3.0]
    assert frame["Interval"].tolist()[1] == "0.790 to 0.810"
    assert set(frame["Ended"]) == {"narrow enough"}


def test_what_could_not_be_timed_is_empty() -> None:
    [line] = latency_table.settings([row(variant("int8", latency=Latency.of_failure(1)))]).to_dict(
        "records"
    )
    assert line["Median"] is None
    assert line["Interval"] == line["Ended"] == ""


def test_the_ratio_stands_first_with_its_interval_and_the_cpu_is_named() -> None:
    assert latencies.in_words(variant("int8", latency=latency(0.5, 0.5))) == (
        "2.0× faster than float32 (95 % interval 1.96× to 2.04×): 0.500 ms on A CPU, 1 thread."
    )
    assert latencies.in_words(variant("int16x8", latency=latency(33.0, 33.0))) == (
        "33× slower than float32 (95 % interval 33.0× to 33.0×): 33 ms on A CPU, 1 thread."
    )
    assert latencies.in_words(variant("float16", latency=latency(1.0, 1.0))) == (
        "The same speed as float32 (95 % interval 0.99× to 1.01×): 1.00 ms on A CPU, 1 thread."
    )
    assert latencies.in_words(variant("float32")) == "1.00 ms on A CPU, 1 thread."
    assert latencies.in_words(variant("int8", latency=None)) == "It was not timed."


def test_a_moment_is_said_for_people() -> None:
    assert moment("2026-03-04T05:06:07+00:00") == "4 March 2026, 05:06 UTC"
