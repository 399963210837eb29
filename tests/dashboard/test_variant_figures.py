"""tests of dashboard/: figures, as functions from variants to a plotly figure."""

import colorsys
import math
import re
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from dashboard.figures import class_balance, measure_bars, sweep_lines, trade_off
from dashboard.figures.colours import INK
from dashboard.figures.house_style import in_ink
from optimizer.choose.choice import Choice
from optimizer.choose.comparison import Comparison
from optimizer.choose.proofs import Answer
from optimizer.export.charts.measures import QUALITY, axes, measures, quality
from optimizer.export.charts.trade_off import AXIS, HEIGHT, legend
from optimizer.measure.measurements import Fidelity, Latency, Metric
from optimizer.recipes import parse
from optimizer.store.limits import Limits, Loss
from optimizer.techniques.family import BASELINE, HALF, WEIGHTS
from optimizer.techniques.registry import TECHNIQUES
from tests.dashboard.contrast import PAGES, contrast
from tests.variants import accuracy, choice, difference, latency, row, variant

RECIPES = (
    "float16", "dynamic_range", "weight_only_int8", "int8", "int8(io=uint8)", "int16x8"
)  # fmt: skip
UNIT = re.compile(r"\((KB|ms|%|dB|points|unit of the labels)\)")


TRAINED = (
    "shrink+int8",
    "factorize+int8",
    "finetune+int8",
    "prune+int8",
    "prune+cluster+int8",
    "cluster+qat+int8",
)


def rows(**changes: Any) -> list[Comparison]:
    """The baseline and one variant of each recipe, smaller one after the other."""
    made = [
        row(variant(recipe, size_bytes=300_000 - 30_000 * place, **changes), difference(-0.01))
        for place, recipe in enumerate(RECIPES)
    ]
    return [row(variant("float32", size_bytes=400_000, **changes)), *made]


def answers(shown: list[Comparison], **verdicts: Answer) -> Choice:
    """A choice among these in which all are held but what is named."""
    return choice(*((one.variant, verdicts.get(one.variant.recipe, Answer.HELD)) for one in shown))


def drawn(shown: list[Comparison], selected: str | None = None, **given: Any) -> Any:
    """The chart of these variants, quality over size unless it is said otherwise."""
    axes = {"across": "size", "up": quality(shown).key, **given}
    return trade_off.figure(shown, answers(shown), selected, **axes)


def by_recipe(figure: Any, *path: str) -> dict[str, Any]:
    """An attribute of each dot."""
    dots = figure.data[0]
    found = dots
    for name in path:
        found = found[name]
    return dict(zip(dots.customdata, found, strict=True))


def opacity(figure: Any) -> dict[str, float]:
    colours = by_recipe(figure, "marker", "color")
    return {recipe: float(colour[5:-1].split(",")[3]) for recipe, colour in colours.items()}


def rgb(colour: str) -> str:
    return f"rgba({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))}"


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
    for recipe, colour in by_recipe(drawn(shown), "marker", "color").items():
        assert colour.startswith(rgb(expected[recipe]))
    for measure in measures(shown):
        [bars] = measure_bars.figure(shown, measure, None).data
        assert dict(zip(bars.y, bars.marker.color, strict=True)) == expected
    assert expected["int8"] == expected["int8(io=uint8)"]


def test_without_data_latency_is_drawn_once() -> None:
    shown = rows(metric=None, fidelity=None, random_inputs=True)
    assert [measure.key for measure in measures(shown)] == ["size", "gzip", "latency"]


def test_the_legend_names_the_families_that_are_there() -> None:
    named = legend(rows()[:3])
    assert named == [BASELINE, HALF, WEIGHTS]
    recipes = ("float32", *RECIPES, "mixed(float=0)", *TRAINED)
    everything = [row(variant(recipe)) for recipe in recipes]
    assert len(legend(everything)) == len({kind.family for kind in TECHNIQUES.values()})


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
    across, up = titles(drawn(shown))
    assert UNIT.search(across)
    assert UNIT.search(up)
    assert "← better" in across
    assert f"{arrow} better" in up
    for measure in measures(shown):
        title, _ = titles(measure_bars.figure(shown, measure, None))
        assert UNIT.search(title), title
        better = {"↑": "→", "↓": "←"}[arrow] if measure.key == QUALITY else "←"
        assert f"{better} better" in title


def test_points_stand_at_their_size_and_accuracy_and_the_chosen_has_its_interval() -> None:
    shown = [row(variant("float32", size_bytes=550_124, metric=accuracy(0.9298)))]
    dots, _ = drawn(shown, "float32").data
    assert dots.x == (550.124,)
    assert dots.y[0] == pytest.approx(92.98)
    assert (dots.error_y.array[0], dots.error_y.arrayminus[0]) == pytest.approx((5, 5))
    assert drawn(shown).data[0].error_y.array is None


def test_first_of_all_it_shows_the_paired_change_over_size() -> None:
    shown = rows()
    figure = trade_off.figure(shown, answers(shown), "int8")
    assert titles(figure)[0].startswith("Size (KB)")
    assert titles(figure)[1].startswith("Accuracy, change against float32 (points)")
    assert by_recipe(figure, "y")["float32"] == 0
    assert by_recipe(figure, "y")["int8"] == pytest.approx(-1)
    assert by_recipe(figure, "error_y", "array")["int8"] == pytest.approx(1)
    assert by_recipe(figure, "error_y", "array")["float16"] == 0
    assert "−1.00 pt against float32 (−2.00 to ±0.00 pt)" in figure.data[0].hovertext[4]


def test_the_chosen_variant_has_a_thicker_rim_and_does_not_fade() -> None:
    shown = rows()  # each is smaller and as good, so that the last alone is on the front
    figure = drawn(shown, "int8")
    rims = by_recipe(figure, "marker", "line", "width")
    assert [recipe for recipe, rim in rims.items() if rim == max(rims.values())] == ["int8"]
    assert opacity(figure)["int8"] == 1
    [bars] = measure_bars.figure(shown, measures(shown)[0], "int8").data
    faded = dict(zip(bars.y, bars.marker.opacity, strict=True))
    assert all(faded[recipe] < faded["int8"] / 2 for recipe in faded if recipe != "int8")


def test_what_is_off_the_front_fades_whichever_axes_are_chosen() -> None:
    shown = [
        row(variant("float32", size_bytes=400_000, metric=accuracy(0.92), latency=latency(1.0))),
        row(variant("float16", size_bytes=200_000, metric=accuracy(0.90), latency=latency(3.0))),
        row(variant("int8", size_bytes=100_000, metric=accuracy(0.91), latency=latency(2.0))),
    ]
    figure = drawn(shown)
    assert {recipe for recipe, solid in opacity(figure).items() if solid == 1} == {
        "float32", "int8",
    }  # fmt: skip
    assert figure.data[1].x == (100.0, 400.0)
    by_time = drawn(shown, across="latency", up="size")
    assert opacity(by_time)["float16"] < 0.5
    fastest = drawn(shown, across="latency")
    assert [recipe for recipe, solid in opacity(fastest).items() if solid == 1] == ["float32"]


def test_what_is_marked_is_named_and_does_not_fade_off_the_front() -> None:
    shown = rows()  # the last alone is on the front
    figure = drawn(shown, named={"float16": "most accurate"})
    assert opacity(figure)["float16"] == 1
    assert opacity(figure)["dynamic_range"] < 0.5
    assert "float16 · most accurate" in {note.text for note in figure.layout.annotations}


def test_of_several_marks_the_first_is_written_so_that_a_phone_has_room() -> None:
    shown = rows()
    marks = {"float32": "choice, most accurate, smallest, fastest"}
    figure = drawn(shown, named=marks)
    assert "float32 · choice" in {note.text for note in figure.layout.annotations}


@pytest.mark.parametrize(("theme", "page"), PAGES)
def test_texts_of_a_chart_can_be_read_in_both_themes(theme: str, page: str) -> None:
    figure = in_ink(drawn(rows()), theme)
    axes_ = (figure.layout.xaxis, figure.layout.yaxis)
    texts = [note.font.color for note in figure.layout.annotations]
    texts += [colour for axis in axes_ for colour in (axis.tickfont.color, axis.title.font.color)]
    assert len(texts) > 4
    assert min(contrast(text, page) for text in texts) > 4.5


def test_a_dots_shape_says_the_verdict() -> None:
    shown = rows()
    verdicts = {"float16": Answer.OPEN, "int8": Answer.BROKEN}
    figure = trade_off.figure(shown, answers(shown, **verdicts), None)
    symbols = by_recipe(figure, "marker", "symbol")
    assert (symbols["float32"], symbols["float16"], symbols["int8"]) == (
        "circle", "circle-open", "x-thin-open",
    )  # fmt: skip
    assert "broken" in figure.data[0].hovertext[4]


def limited(shown: list[Comparison], **limits: Any) -> Choice:
    given = {"loss": Loss(value=0.01), **limits}
    return replace(answers(shown), limits=Limits(**given))


@pytest.mark.parametrize(
    ("limits", "across", "edge"),
    [
        ({"size_bytes": 150_000}, "size", 150),
        ({"size_bytes": 150_000, "packed": True}, "gzip", 150),
        ({"memory_bytes": 15}, "arena", 0.015),
        ({"latency_ms": 0.8, "latency_ratio": 0.5}, "latency", 0.5),
    ],
    ids=["size", "gzip", "arena", "latency"],
)
def test_the_room_inside_the_limits_is_shaded(
    limits: dict[str, Any], across: str, edge: float
) -> None:
    shown = rows()
    figure = trade_off.figure(shown, limited(shown, **limits), None, across, "change")
    room, *_ = figure.layout.shapes
    assert room.x1 == pytest.approx(edge)
    assert room.y0 == pytest.approx(-1)
    by_value = trade_off.figure(shown, limited(shown, **limits), None, across, QUALITY)
    assert by_value.layout.shapes[0].y0 == pytest.approx(89)


def test_a_limit_on_an_error_shades_below_it_in_its_unit_or_as_a_share() -> None:
    shown = rows(metric=Metric("mae", 0.5, 0.4, 0.6, 100))
    for relative, edge in ((False, 0.51), (True, 0.505)):
        chosen = limited(shown, loss=Loss(value=0.01, relative=relative))
        room, *_ = trade_off.figure(shown, chosen, None, "size", QUALITY).layout.shapes
        assert room.y1 == pytest.approx(edge)
        assert room.x1 == figure_end(shown, chosen), "there is no limit on the size"


def figure_end(shown: list[Comparison], chosen: Choice) -> float:
    end: float = trade_off.figure(shown, chosen, None).layout.xaxis.range[1]
    return end


def test_without_labels_the_limit_is_on_agreement() -> None:
    shown = rows(metric=None)
    room, *_ = trade_off.figure(shown, limited(shown), None).layout.shapes
    assert room.y0 == pytest.approx(99)


@pytest.mark.parametrize(("slowest", "kind"), [(11.0, "log"), (9.0, "linear")])
def test_an_axis_is_logarithmic_where_costs_span_more_than_a_decade(
    slowest: float, kind: str
) -> None:
    shown = [
        row(variant("float32", latency=latency(1.0))),
        row(variant("int16x8", latency=latency(slowest)), difference(-0.01)),
    ]
    figure = drawn(shown, "int16x8", across="latency")
    low, high = figure.layout.xaxis.range
    assert figure.layout.xaxis.type == kind
    ends = (10**low, 10**high) if kind == "log" else (low, high)
    assert ends[0] < 1
    assert ends[1] > slowest
    note = next(note for note in figure.layout.annotations if "int16x8" in note.text)
    assert note.x == pytest.approx(math.log10(slowest) if kind == "log" else slowest)


def test_every_axis_that_has_values_can_be_chosen() -> None:
    shown = rows(others=(Metric("macro_f1", 0.8, 0.7, 0.9, 100),))
    assert list(axes(shown)) == [
        "change", QUALITY, "macro_f1", "size", "gzip", "arena", "latency",
    ]  # fmt: skip
    for key in axes(shown):
        across, up = titles(drawn(shown, across=key, up=key))
        assert UNIT.search(across)
        assert UNIT.search(up)
    assert by_recipe(drawn(shown, up="macro_f1"), "y")["int8"] == 80
    assert "latency" not in axes(rows(latency=None))


def test_no_bar_fades_while_nothing_is_chosen() -> None:
    shown = rows()
    [bars] = measure_bars.figure(shown, measures(shown)[0], None).data
    assert len(set(bars.marker.opacity)) == 1


def test_dots_have_one_size_however_slow_a_variant_is() -> None:
    shown = [
        row(variant("float32", latency=latency(4.0))),
        row(variant("int16x8", latency=latency(160.0))),
    ]
    assert isinstance(drawn(shown).data[0].marker.size, int)


def test_a_variant_that_could_not_be_timed_still_has_its_point() -> None:
    shown = rows()
    failed = Latency.of_failure(1)
    shown[1] = replace(shown[1], variant=variant("float16", latency=None))
    shown[2] = replace(shown[2], variant=variant("dynamic_range", latency=failed))
    assert len(drawn(shown).data[0].x) == len(shown)
    assert "float16" not in by_recipe(drawn(shown, across="latency"), "x")
    measure = next(m for m in measures(shown) if m.key == "latency")
    [bars] = measure_bars.figure(shown, measure, None).data
    assert bars.x[1:3] == (None, None)
    assert bars.text[1:3] == ("–", "–")
    assert bars.x[3] == 1.0


def test_a_variant_whose_outputs_are_no_numbers_has_no_point_and_a_dash_for_a_bar() -> None:
    shown = rows()
    shown[4] = replace(shown[4], variant=variant("int8", metric=accuracy(None)))
    assert "int8" not in by_recipe(drawn(shown, "int8"), "x")
    measure = quality(shown)
    [bars] = measure_bars.figure(shown, measure, None).data
    assert (bars.x[4], bars.text[4]) == (None, "–")


def test_figures_do_not_break_where_nothing_at_all_was_measured() -> None:
    shown = rows(metric=None, fidelity=None, latency=None)
    trade_off.figure(shown, answers(shown), None)
    for measure in measures(shown):
        measure_bars.figure(shown, measure, None)


def test_without_labels_agreement_with_the_float_model_is_shown() -> None:
    shown = rows(metric=None)
    assert titles(drawn(shown))[1].startswith("Agreement with the float model")
    assert set(drawn(shown).data[0].y) == {98.0}
    assert quality(shown).text(shown[0]) == "98.0 %"


def test_without_labels_and_classes_the_signal_to_noise_ratio_is_shown() -> None:
    shown = rows(metric=None, fidelity=Fidelity(None, 31.4, 0.1))
    shown[0] = replace(
        shown[0], variant=variant("float32", metric=None, fidelity=Fidelity(None, None, 0.0))
    )
    figure = drawn(shown)
    assert titles(figure)[1].startswith("Signal to noise against the float model (dB)")
    assert len(figure.data[0].y) == len(shown) - 1, "the baseline has no noise"
    assert figure.data[0].y[0] == 31.4
    assert quality(shown).text(shown[1]) == "31.4 dB"


def test_bars_start_at_zero_except_accuracies_that_lie_close_together() -> None:
    shown = rows()
    for measure in measures(shown):
        low, high = measure_bars.figure(shown, measure, None).layout.xaxis.range
        assert low <= min(measure.value(r) or 0 for r in shown) <= high
        assert (low == 0) == (measure.key != QUALITY)


def test_values_that_lie_close_together_are_dots_with_their_intervals() -> None:
    """A bar that does not begin at zero would show a difference of a point as one of half."""
    shown = rows()
    [dots] = measure_bars.figure(shown, quality(shown), None).data
    assert dots.type == "scatter"
    assert dots.x[0] - dots.error_x.arrayminus[0] == pytest.approx(85)  # accuracy is ± 5 points
    assert dots.x[0] + dots.error_x.array[0] == pytest.approx(95)
    low, high = measure_bars.figure(shown, quality(shown), None).layout.xaxis.range
    assert low < 85
    assert high > 95
    for measure in measures(shown):
        if measure.key != QUALITY:
            assert measure_bars.figure(shown, measure, None).data[0].type == "bar"


def test_an_axis_that_does_not_begin_at_zero_says_so() -> None:
    shown = rows()
    for measure in measures(shown):
        figure = measure_bars.figure(shown, measure, None)
        low, _ = figure.layout.xaxis.range
        assert ("axis from" in titles(figure)[0]) == (low != 0)
    said = titles(measure_bars.figure(shown, quality(shown), None))[0]
    assert float(said.rpartition("axis from ")[2]) == pytest.approx(84, abs=0.5)  # 85 to 95


def test_long_recipes_have_short_names_at_their_bars_and_the_text_on_hover() -> None:
    shown = [
        row(variant(str(parse(f"prune(final_sparsity={share},epochs=9)+int8"))))
        for share in (0.6, 0.7)
    ]
    [bars] = measure_bars.figure(shown, measures(shown)[0], None).data
    assert all(len(name) < 25 for name in bars.y)
    assert len(set(bars.y)) == 2
    assert list(bars.customdata) == [one.variant.recipe for one in shown]
    assert "customdata" in bars.hovertemplate


def test_bars_are_labelled_as_people_read_numbers() -> None:
    shown = rows()
    size, gzip, quality, latency_ = (
        measure_bars.figure(shown, measure, None).data[0].text[0] for measure in measures(shown)
    )
    assert (size, gzip, quality, latency_) == ("400 KB", "80 KB", "90.00 %", "1.00 ms")


def boxes(figure: Any, width: float) -> list[tuple[float, float, float, float]]:
    """Left, right, bottom and top of each label, in pixels of a plot this wide."""
    ends = [(axis.range, axis.type) for axis in (figure.layout.xaxis, figure.layout.yaxis)]
    assert all(kind == "linear" for _, kind in ends)
    found = []
    for note in figure.layout.annotations:
        (low, high), (bottom, top) = (end for end, _ in ends)
        x = (note.x - low) / (high - low) * width + note.ax
        y = (note.y - bottom) / (top - bottom) * (HEIGHT - AXIS) - note.ay
        half = 3.2 * len(note.text.removeprefix("<b>").removesuffix("</b>"))
        found.append((x - half, x + half, y - 8, y + 8))
    return found


@pytest.mark.parametrize("width", [290, 700, 1100])
@pytest.mark.parametrize("count", [6, 46, 200])
def test_no_label_covers_another_or_leaves_the_plot(count: int, width: int) -> None:
    generator = np.random.default_rng(count)
    shown = [row(variant("float32", size_bytes=550_000))] + [
        row(
            variant(f"int8(calibration_samples={place})", size_bytes=int(size)),
            difference(float(change)),
        )
        for place, (size, change) in enumerate(
            generator.normal((200_000, 0), (30_000, 0.02), (count, 2)), 1
        )
    ]
    chosen = shown[3].variant.recipe
    figure = trade_off.figure(shown, answers(shown), chosen)
    placed = boxes(figure, width)
    assert len(placed) >= 2
    assert any(chosen in note.text for note in figure.layout.annotations)
    for one, other in combinations(placed, 2):
        across = one[1] <= other[0] or other[1] <= one[0]
        assert across or one[3] <= other[2] or other[3] <= one[2]
    for left, right, bottom, top in placed[1:]:
        assert left >= 0
        assert right <= width
        assert bottom >= 0
        assert top <= HEIGHT - AXIS


def test_of_many_variants_the_front_and_the_chosen_are_named_and_hovering_names_all() -> None:
    many = [
        row(variant(f"int8(calibration_samples={count})", size_bytes=1000 * count))
        for count in range(1, 31)
    ]
    chosen = many[17].variant.recipe
    [label] = drawn(many).layout.annotations
    assert label.text == many[0].variant.recipe
    assert {note.text for note in drawn(many, chosen).layout.annotations} == {
        f"<b>{chosen}</b>", many[0].variant.recipe,
    }  # fmt: skip
    assert by_recipe(drawn(many), "hovertext")[chosen].startswith(f"<b>{chosen}</b>")


def test_the_balance_of_classes_counts_samples() -> None:
    figure = class_balance.figure((5, 0, 7))
    [bars] = figure.data
    assert bars.x == ("0", "1", "2")
    assert bars.y == (5, 0, 7)
    assert titles(figure) == ("Class", "Samples")


def test_figures_are_transparent_so_that_they_fit_a_light_and_a_dark_page() -> None:
    shown = rows()
    for figure in (
        drawn(shown),
        measure_bars.figure(shown, measures(shown)[0], None),
        class_balance.figure((1, 2)),
    ):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"


def swept(**changes: Any) -> list[Comparison]:
    """Four pruned variants and two that are none of the sweep."""
    recipes = [f"prune(final_sparsity={n},epochs={k})+int8" for n in (0.6, 0.7) for k in (3, 4)]
    made = [row(variant(str(parse(one)), **changes), difference(-0.01)) for one in recipes]
    return [row(variant("float32", **changes)), *made, row(variant("int8", **changes))]


def test_recipes_that_differ_in_numbers_alone_are_a_sweep() -> None:
    [sweep] = sweep_lines.sweeps(swept())
    assert sweep.name == "prune+int8"
    assert dict(sweep.differing) == {
        "Prune: Epochs": (3, 4, 3, 4), "Prune: Sparsity": (0.6, 0.6, 0.7, 0.7),
    }  # fmt: skip
    assert not sweep_lines.sweeps(swept()[:3]), "two are none"


@pytest.mark.parametrize("metric", [accuracy(0.9), None], ids=["labels", "no labels"])
def test_a_sweep_has_an_axis_for_each_number_and_measure(metric: Metric | None) -> None:
    [sweep] = sweep_lines.sweeps(swept(metric=metric))
    [lines] = sweep_lines.figure(sweep, "dark").data
    axes_ = {one.label: list(one.values) for one in lines.dimensions}
    assert axes_["Prune: Sparsity"] == [0.6, 0.6, 0.7, 0.7]
    assert axes_["Size (KB)  ↓"] == [100.0] * 4
    assert any(label.startswith("Accuracy change" if metric else "Agreement") for label in axes_)
    assert lines.labelfont.color == INK["dark"]
