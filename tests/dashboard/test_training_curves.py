"""tests of dashboard/: the curves of a training, as functions from its history to a figure."""

from typing import Any

import pytest

from dashboard.figures import training_curves
from optimizer.techniques.family import PRUNED
from optimizer.techniques.training.history import Moment

STEPS = 10  # in an epoch


def moments(count: int, *, pruned: bool = False, tuning: bool = True) -> list[Moment]:
    """A training whose loss falls; the tuning role is looked at when an epoch ends."""
    return [
        Moment(
            step=step,
            epoch=step / STEPS,
            loss=1 / step,
            metric=0.5,
            tuning_loss=2 / step if tuning and step % STEPS == 0 else None,
            tuning_metric=0.875 if tuning and step % STEPS == 0 else None,
            sparsity=0.8 * step / count if pruned else None,
            learning_rate=1e-3,
        )
        for step in range(1, count + 1)
    ]


def traces(figure: Any) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data}


def test_the_loss_on_both_roles_is_drawn_where_it_was_measured() -> None:
    drawn = traces(training_curves.figure(moments(25), "accuracy"))
    assert list(drawn) == ["Training", "Tuning"]
    assert list(drawn["Training"].x) == [step / STEPS for step in range(1, 26)]
    assert list(drawn["Training"].y) == [1 / step for step in range(1, 26)]
    assert list(drawn["Tuning"].x) == [1, 2]
    assert list(drawn["Tuning"].y) == [2 / 10, 2 / 20]
    assert "markers" in drawn["Tuning"].mode, "one point alone has no line"


def test_sparsity_stands_beside_the_loss_in_percent_and_in_the_colour_of_pruning() -> None:
    figure = training_curves.figure(moments(10, pruned=True), None)
    sparsity = traces(figure)["Sparsity"]
    assert sparsity.y[-1] == pytest.approx(80)
    assert sparsity.yaxis == "y2"
    assert figure.layout.yaxis2.title.text == "Sparsity (%)"
    assert figure.layout.yaxis2.visible
    assert sparsity.line.color == PRUNED.colour


def test_what_was_not_measured_leaves_no_trace() -> None:
    figure = training_curves.figure(moments(10, tuning=False), None)
    assert list(traces(figure)) == ["Training"]
    assert not figure.layout.yaxis2.visible
    assert not training_curves.figure([], None).data


def test_the_axes_say_what_they_show_and_what_is_better() -> None:
    layout = training_curves.figure(moments(10), None).layout
    assert layout.xaxis.title.text == "Epoch"
    assert layout.yaxis.title.text == "Loss  ↓ better"
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"


@pytest.mark.parametrize(
    ("name", "told"),
    [("accuracy", ", accuracy 87.5 %"), ("mae", ", mae 0.875"), (None, "")],
    ids=str,
)
def test_a_point_tells_the_metric_besides(name: str | None, told: str) -> None:
    tuning = traces(training_curves.figure(moments(10), name))["Tuning"]
    assert tuning.customdata[-1] == told


@pytest.mark.parametrize("pruned", [False, True], ids=["loss", "loss and sparsity"])
def test_the_live_chart_shows_what_the_figure_will_show(pruned: bool) -> None:
    history = moments(25, pruned=pruned)
    data, specification = training_curves.live(history)
    drawn = traces(training_curves.figure(history, None))
    assert set(data.columns) == {"Epoch", *drawn}
    for name, trace in drawn.items():
        points = data[["Epoch", name]].dropna()
        assert points["Epoch"].tolist() == list(trace.x)
        assert points[name].tolist() == list(trace.y)
    scale = specification["encoding"]["color"]["scale"]
    assert dict(zip(scale["domain"], scale["range"], strict=True)) == {
        name: trace.line.color for name, trace in drawn.items()
    }


def test_new_points_change_the_data_of_the_live_chart_only() -> None:
    """Otherwise the browser would draw it anew, and it would flicker."""
    few, before = training_curves.live(moments(20, pruned=True))
    more, after = training_curves.live(moments(30, pruned=True))
    assert len(more) > len(few)
    assert after == before
