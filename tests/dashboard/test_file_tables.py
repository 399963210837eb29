"""tests of dashboard/: the tables and figures of the Inspect page, as functions."""

from typing import Any

import pytest

from dashboard.figures import operator_time, weight_spread
from dashboard.figures.colours import NEUTRAL
from dashboard.tables import file_tables
from optimizer.measure.histograms import WeightHistogram
from optimizer.measure.inside.facts import Inside, Obstacle, Source, Verdict
from optimizer.measure.measurements import OperatorTime, Profile
from optimizer.techniques.family import BASELINE
from optimizer.tflite.facts import OperatorUse, Quantization, TensorFacts


def use(index: int, name: str, macs: int = 0, **changes: Any) -> OperatorUse:
    fields: dict[str, Any] = {
        "version": 1, "min_runtime_version": "1.5.0", "output_shape": (1, 4),
        "input_types": ("INT8", "INT8"), "output_types": ("INT8",), "location": f"op/{index}",
    }  # fmt: skip
    return OperatorUse(index, name, macs=macs, **{**fields, **changes})


INSIDE = Inside(
    operators=(
        use(0, "QUANTIZE", input_types=("FLOAT32",)),
        use(1, "CONV_2D", 100, version=3, min_runtime_version="1.14.0"),
        use(2, "CONV_2D", 200, version=5, min_runtime_version="2.4.0"),
        use(3, "FlexErf", min_runtime_version=None),
    ),
    tensors=(),
    weight_bytes={"INT8": 1500},
    activation_bytes={},
    verdicts=(),
)


def profiled(*steps: tuple[str, int | None, float, bool]) -> Profile:
    total = sum(step[2] for step in steps)
    return Profile(
        tuple(OperatorTime(name, node, ms, ms / total, fast) for name, node, ms, fast in steps), 20
    )


# ---- tables ----------------------------------------------------------------------------------


def test_operators_of_a_kind_stand_together_and_the_most_work_first() -> None:
    frame = file_tables.operators(INSIDE, {})
    assert frame["Operator"].tolist() == ["CONV_2D", "QUANTIZE", "FlexErf"]
    assert frame["Count"].tolist() == [2, 1, 1]
    assert frame["MACs"].tolist() == [300, 0, 0]
    assert frame["Share"].tolist() == [100, 0, 0]
    assert frame["Version"].tolist() == ["3; 5", "1", "1"]
    assert frame["Since"].tolist() == ["2.4.0", "1.5.0", "–"]
    assert frame["Types"].tolist()[1] == "float32 → int8"
    assert "Time" not in frame


def test_times_are_told_only_where_every_operator_has_its_own() -> None:
    steps = [(use.name, use.index, 2.0, False) for use in INSIDE.operators]
    spent = file_tables.times(profiled(*steps), INSIDE)
    assert file_tables.operators(INSIDE, spent)["Time"].tolist() == [4, 2, 2]
    assert file_tables.each_operator(INSIDE, spent)["Time"].tolist() == [2, 2, 2, 2]
    together = profiled(("Convolution", None, 1.0, True), *steps[:1])
    assert file_tables.times(together, INSIDE) == file_tables.times(None, INSIDE) == {}


def test_tensors_show_their_scales_and_zero_points() -> None:
    per_tensor = Quantization("per tensor", 1, 0.5, 0.5, 0.5, -128, -128, None)
    per_axis = Quantization("per axis", 16, 0.1, 0.1, 0.25, 0, 0, 3)
    facts = (
        TensorFacts(0, "in", "input", "INT8", (1, 28, 28, 1), 784, per_tensor),
        TensorFacts(1, "w", "weight", "INT8", (16, 3), 48, per_axis),
        TensorFacts(2, "text", "activation", "STRING", (), None, None),
    )
    frame = file_tables.tensors(facts)
    assert frame["Shape"].tolist() == ["1 × 28 × 28 × 1", "16 × 3", "scalar"]
    assert frame["Quantization"].tolist() == ["per tensor", "per axis 3", ""]
    assert frame["Scale"].tolist() == ["0.5", "0.1 to 0.25 (16)", ""]
    assert frame["Zero point"].tolist() == ["−128", "0", ""]


def test_what_stands_in_the_way_is_told_as_it_is_written() -> None:
    verdict = Verdict(
        "Edge TPU", "edge_tpu", False, "No.", (Obstacle("a*b*", 1200, "no [kernel]"),),
        Source("list", "https://example.org", "1"),
    )  # fmt: skip
    [row] = file_tables.obstacles(verdict).to_dict("records")
    assert row == {"In the way": r"a\*b\*", "Count": "1,200", "Why": r"no \[kernel\]"}


# ---- the profile -----------------------------------------------------------------------------


def test_steps_of_a_kind_are_one_bar_and_the_longest_is_first() -> None:
    shown = operator_time.bars(
        profiled(("MEAN", 3, 1.0, False), ("Conv", None, 2.0, True), ("Conv", None, 5.0, True))
    )
    assert [(bar.name, bar.count) for bar in shown] == [("Conv", 2), ("MEAN", 1)]
    assert [bar.share for bar in shown] == pytest.approx([7 / 8, 1 / 8])
    assert [bar.milliseconds for bar in shown] == [7, 1]


def test_who_runs_a_step_shows_in_its_colour() -> None:
    figure = operator_time.figure(profiled(("Conv", None, 3.0, True), ("MEAN", 1, 1.0, False)))
    fast, own = figure.data
    assert (fast.name, own.name) == (operator_time.FAST, operator_time.OWN)
    assert fast.marker.color != own.marker.color
    assert list(fast.x) == [75]
    assert list(own.x) == [25]
    texts = [note.text for note in figure.layout.annotations]
    assert texts == ["Conv: 75.0 %, 3.00 ms", "MEAN: 25.0 %, 1.00 ms"]


def test_the_many_small_ones_are_one_bar_and_nothing_is_lost() -> None:
    shown = operator_time.bars(profiled(*((f"op {n}", n, 1.0 + n, False) for n in range(40))))
    assert len(shown) == operator_time.MOST_BARS
    assert shown[-1].name == f"{40 - operator_time.MOST_BARS + 1} others"
    assert sum(bar.share for bar in shown) == pytest.approx(1)
    assert sum(bar.count for bar in shown) == 40


def test_long_names_and_tiny_times_stay_readable() -> None:
    [note] = operator_time.figure(profiled(("x" * 200, 0, 1e-6, True))).layout.annotations
    assert len(note.text) < 70
    assert "under 0.001 ms" in note.text


# ---- the weights -----------------------------------------------------------------------------


def histogram(after: tuple[int, ...], before: tuple[int, ...] = (), **changes: Any) -> Any:
    fields: dict[str, Any] = {
        "name": "w", "layer": "conv", "operator": "CONV_2D", "dtype": "INT8", "shape": (10, 10),
        "limit": 1.5, "zeros": 20, "zeros_before": 1, "snr_db": 42.0,
    }  # fmt: skip
    return WeightHistogram(after=after, before=before, **{**fields, **changes})


def test_the_weights_lie_over_those_of_float32_in_their_colours() -> None:
    figure = weight_spread.figure(histogram((10, 80, 10), (20, 60, 20)), "int8", "#123456")
    before, after = figure.data
    assert (before.name, before.marker.color) == ("float32", NEUTRAL)
    assert (after.name, after.marker.color) == ("int8", "#123456")
    assert list(before.x) == list(after.x) == [-1, 0, 1]
    assert list(before.y) == [20, 60, 20]
    assert figure.layout.barmode == "overlay"


def test_the_baseline_lies_alone() -> None:
    made = histogram((1, 2, 1), snr_db=None)
    [alone] = weight_spread.figure(made, "float32", BASELINE.colour).data
    assert alone.name == "float32"


def test_the_zeros_of_pruning_do_not_flatten_the_rest() -> None:
    figure = weight_spread.figure(histogram((2, 96, 2), (10, 80, 10)), "prune+int8", "#123456")
    assert figure.layout.yaxis.range[1] < 20
    assert [note.text for note in figure.layout.annotations] == [
        "float32: 80 % around 0", "prune+int8: 96 % around 0",
    ]  # fmt: skip
    assert not weight_spread.figure(histogram((30, 40, 30)), "int8", "#123456").layout.annotations


def test_what_the_histogram_does_not_show_is_said() -> None:
    text = weight_spread.in_words(histogram((1, 98, 1), (2, 96, 2)))
    assert text.startswith("100 weights, 20.0 % of them exactly 0; in float32 1.0 %.")
    assert "42.0 dB" in text
    same = histogram((1, 98, 1), (1, 98, 1), snr_db=None)
    assert weight_spread.in_words(same).endswith("They are the same as in float32.")
    assert weight_spread.in_words(histogram((1, 2, 1))) == "100 weights, 20.0 % of them exactly 0."
