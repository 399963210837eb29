"""tests of dashboard/: figures, as functions from variants to a plotly figure."""

import colorsys
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from dashboard.figures import class_balance, measure_bars, trade_off
from dashboard.figures.measures import QUALITY, measures, quality
from optimizer.choose.comparison import Comparison
from optimizer.measure.measurements import Fidelity, Latency, Metric
from optimizer.techniques.family import BASELINE, HALF, WEIGHTS
from optimizer.techniques.registry import TECHNIQUES
from tests.variants import accuracy, difference, latency, row, variant

RECIPES = (
    "float16", "dynamic_range", "weight_only_int8", "int8", "int8(io=uint8)", "int16x8"
)  # fmt: skip
UNIT = re.compile(r"\((KB|ms|%|dB|unit of the labels)\)")


TRAINED = ("finetune+int8", "prune+int8", "prune+cluster+int8", "cluster+qat+int8")


def rows(**changes: Any) -> list[Comparison]:
    """The baseline and one variant of each recipe, smaller one after the other."""
    made = [
        row(variant(recipe, size_bytes=300_000 - 30_000 * place, **changes), difference(-0.01))
        for place, recipe in enumerate(RECIPES)
    ]
    return [row(variant("float32", size_bytes=400_000, **changes)), *made]


def colours(figure: Any) -> dict[str, str]:
    return {trace.name: trace.marker.color for trace in figure.data}


def titles(figure: Any) -> tuple[str, str]:
    return figure.layout.xaxis.title.text or "", figure.layout.yaxis.title.text or ""


def test_every_family_has_a_colour_of_its_own() -> None:
    families = {kind.family for kind in TECHNIQUES.values()}
    assert len({family.colour for family in families}) == len(families) > 5


def test_the_baseline_is_grey_and_no_other_family_is() -> None:
    def saturation(colour: str) -> float:
        red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        return colorsys.rgb_to_hls(red, green, blue)[2]

    for kind in TECHNIQUES.values():
        assert (saturation(kind.family.colour) < 0.15) == (kind.family == BASELINE)


def test_a_variant_has_its_familys_colour_in_every_figure() -> None:
    shown = rows()
    expected = {r.variant.recipe: r.recipe.family.colour for r in shown}
    assert colours(trade_off.figure(shown, None)) == expected
    for measure in measures(shown):
        [bars] = measure_bars.figure(shown, measure, None).data
        assert dict(zip(bars.y, bars.marker.color, strict=True)) == expected
    assert expected["int8"] == expected["int8(io=uint8)"]


def test_the_legend_names_the_families_that_are_there() -> None:
    legend = trade_off.legend(rows()[:3])
    assert legend == [BASELINE, HALF, WEIGHTS]
    everything = [row(variant(recipe)) for recipe in ("float32", *RECIPES, *TRAINED)]
    assert len(trade_off.legend(everything)) == len({kind.family for kind in TECHNIQUES.values()})


@pytest.mark.parametrize(
    ("changes", "arrow"),
    [
        ({}, "↑"),
        ({"metric": Metric("mae", 0.3, 0.2, 0.4, 100)}, "↓"),
        ({"metric": None}, "↑"),
        ({"metric": None, "fidelity": Fidelity(None, 30.0, 0.1)}, "↑"),
    ],
    ids=["accuracy", "error", "agreement", "signal to noise"],
)
def test_every_axis_has_its_unit_and_the_direction_of_better(
    changes: dict[str, Any], arrow: str
) -> None:
    shown = rows(**changes)
    across, up = titles(trade_off.figure(shown, None))
    assert UNIT.search(across)
    assert UNIT.search(up)
    assert "← better" in across
    assert f"{arrow} better" in up
    for measure in measures(shown):
        title, _ = titles(measure_bars.figure(shown, measure, None))
        assert UNIT.search(title), title
        better = {"↑": "→", "↓": "←"}[arrow] if measure.key == QUALITY else "←"
        assert f"{better} better" in title


def test_points_stand_at_their_size_and_accuracy() -> None:
    shown = [row(variant("float32", size_bytes=550_124, metric=accuracy(0.9298)))]
    [point] = trade_off.figure(shown, None).data
    assert point.x == (550.124,)
    assert point.y[0] == pytest.approx(92.98)
    assert point.error_y.array[0] == point.error_y.arrayminus[0] == pytest.approx(5)


def test_the_chosen_variant_stands_out_and_the_others_fade() -> None:
    shown = rows()
    figure = trade_off.figure(shown, "int8")
    opacity = {trace.name: trace.marker.opacity for trace in figure.data}
    width = {trace.name: trace.marker.line.width for trace in figure.data}
    others = [recipe for recipe in opacity if recipe != "int8"]
    assert all(opacity[recipe] < opacity["int8"] / 2 for recipe in others)
    assert all(width[recipe] < width["int8"] for recipe in others)
    [bars] = measure_bars.figure(shown, measures(shown)[0], "int8").data
    faded = dict(zip(bars.y, bars.marker.opacity, strict=True))
    assert all(faded[recipe] < faded["int8"] / 2 for recipe in others)


def test_nothing_fades_while_nothing_is_chosen() -> None:
    shown = rows()
    assert len({trace.marker.opacity for trace in trade_off.figure(shown, None).data}) == 1
    [bars] = measure_bars.figure(shown, measures(shown)[0], None).data
    assert len(set(bars.marker.opacity)) == 1


def test_a_slower_variant_has_a_larger_point_and_its_area_grows_with_latency() -> None:
    shown = [
        row(variant("float32", latency=latency(4.0))),
        row(variant("int8", latency=latency(1.0))),
        row(variant("int16x8", latency=latency(16.0))),
    ]
    size = {t.name: t.marker.size for t in trade_off.figure(shown, None).data}
    assert size["int16x8"] / size["float32"] == pytest.approx(2)
    assert size["float32"] > size["int8"]


def test_a_variant_that_could_not_be_timed_still_has_its_point() -> None:
    shown = rows()
    failed = Latency.of_failure(1)
    shown[1] = replace(shown[1], variant=variant("float16", latency=None))
    shown[2] = replace(shown[2], variant=variant("dynamic_range", latency=failed))
    assert len(trade_off.figure(shown, None).data) == len(shown)
    measure = next(m for m in measures(shown) if m.key == "latency")
    [bars] = measure_bars.figure(shown, measure, None).data
    assert bars.x[1:3] == (None, None)
    assert bars.text[1:3] == ("–", "–")
    assert bars.x[3] == 1.0


def test_a_variant_whose_outputs_are_no_numbers_has_no_point_and_a_dash_for_a_bar() -> None:
    shown = rows()
    shown[4] = replace(shown[4], variant=variant("int8", metric=accuracy(None)))
    assert "int8" not in colours(trade_off.figure(shown, "int8"))
    measure = quality(shown)
    [bars] = measure_bars.figure(shown, measure, None).data
    assert (bars.x[4], bars.text[4]) == (None, "–")


def test_figures_do_not_break_where_nothing_at_all_was_measured() -> None:
    shown = rows(metric=None, fidelity=None, latency=None)
    assert len(trade_off.figure(shown, None).data) == 0
    for measure in measures(shown):
        measure_bars.figure(shown, measure, None)


def test_without_labels_agreement_with_the_float_model_is_shown() -> None:
    shown = rows(metric=None)
    assert titles(trade_off.figure(shown, None))[1].startswith("Agreement with the float model")
    assert trade_off.figure(shown, None).data[0].y == (98.0,)
    assert quality(shown).text(shown[0]) == "98.0 %"


def test_without_labels_and_classes_the_signal_to_noise_ratio_is_shown() -> None:
    shown = rows(metric=None, fidelity=Fidelity(None, 31.4, 0.1))
    shown[0] = replace(
        shown[0], variant=variant("float32", metric=None, fidelity=Fidelity(None, None, 0.0))
    )
    figure = trade_off.figure(shown, None)
    assert titles(figure)[1].startswith("Signal to noise against the float model (dB)")
    assert len(figure.data) == len(shown) - 1, "the baseline has no noise"
    assert figure.data[0].y == (31.4,)
    assert quality(shown).text(shown[1]) == "31.4 dB"


def test_bars_start_at_zero_except_accuracies_that_lie_close_together() -> None:
    shown = rows()
    for measure in measures(shown):
        low, high = measure_bars.figure(shown, measure, None).layout.xaxis.range
        assert low <= min(measure.value(r) or 0 for r in shown) <= high
        assert (low == 0) == (measure.key != QUALITY)


def test_bars_are_labelled_as_people_read_numbers() -> None:
    shown = rows()
    size, gzip, quality, latency_ = (
        measure_bars.figure(shown, measure, None).data[0].text[0] for measure in measures(shown)
    )
    assert (size, gzip, quality, latency_) == ("400 KB", "80 KB", "90.00 %", "1.00 ms")


def test_labels_of_points_that_lie_close_together_are_apart() -> None:
    sizes = {"dynamic_range": 170, "weight_only_int8": 170, "int8": 187, "int16x8": 206}
    near = [row(variant(recipe, size_bytes=1000 * size)) for recipe, size in sizes.items()]
    shown = [row(variant("float32", size_bytes=550_000)), *near]
    notes = trade_off.figure(shown, None).layout.annotations
    heights = sorted(note.ay for note in notes if note.text in sizes)
    text_height = 20
    assert len(heights) == len(sizes)
    assert all(above - below > text_height for below, above in pairwise(heights))


def test_many_variants_are_named_by_hovering_only() -> None:
    many = [
        row(variant(f"int8(calibration_samples={count})", size_bytes=1000 * count))
        for count in range(1, 31)
    ]
    chosen = many[7].variant.recipe
    assert len(trade_off.figure(many, None).layout.annotations) == 0
    [label] = trade_off.figure(many, chosen).layout.annotations
    assert label.text == f"<b>{chosen}</b>"
    assert chosen in trade_off.figure(many, None).data[7].hovertemplate


def test_the_balance_of_classes_counts_samples() -> None:
    figure = class_balance.figure((5, 0, 7))
    [bars] = figure.data
    assert bars.x == ("0", "1", "2")
    assert bars.y == (5, 0, 7)
    assert titles(figure) == ("Class", "Samples")


def test_figures_are_transparent_so_that_they_fit_a_light_and_a_dark_page() -> None:
    shown = rows()
    for figure in (
        trade_off.figure(shown, None),
        measure_bars.figure(shown, measures(shown)[0], None),
        class_balance.figure((1, 2)),
    ):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
