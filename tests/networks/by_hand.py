"""tests: what a `.tflite` answers, and how good that is, in plain loops over plain NumPy."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Arrays = Mapping[str, Any]


def answers(file: Path, inputs: Arrays, outputs: Sequence[str]) -> list[Any]:
    """What a file says of samples, one after the other, in the order of the names `outputs`.

    Args:
        file: With float or whole-number inputs, as the model has them.
        inputs: By the model's names, (n, …) each, as the model takes them.
        outputs: The names of the model's outputs.
    """
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(file))
    run = interpreter.get_signature_runner()
    named = run.get_input_details()
    if len(named) == 1:  # whatever it is called
        inputs = dict(zip(named, inputs.values(), strict=True))
    assert set(named) == set(inputs)
    count = len(next(iter(inputs.values())))
    said: list[list[Any]] = [[] for _ in outputs]
    for at in range(count):
        found = run(
            **{name: x[at : at + 1].astype(named[name]["dtype"]) for name, x in inputs.items()}
        )
        # Keras exports them as output_0, output_1, … in the model's order.
        named_so = outputs if set(outputs) <= set(found) else sorted(found)
        for place, name in enumerate(named_so):
            said[place].append(found[name][0])
    return [np.stack(one) for one in said]


def right(scores: Any, classes: Any) -> float:
    """The share of samples, or positions, whose largest score is that of their class."""
    return float((scores.reshape(*classes.shape, -1).argmax(axis=-1) == classes).mean())


def decided(values: Any, labels: Any) -> float:
    """The share of decisions, above a half, that are as labelled."""
    return float(((values.reshape(labels.shape) > 0.5) == (labels > 0)).mean())


def balanced(scores: Any, classes: Any) -> float:
    """The mean over classes of the share that is found."""
    said = scores.argmax(axis=-1)
    return float(np.mean([(said[classes == one] == one).mean() for one in np.unique(classes)]))


def off(values: Any, labels: Any) -> float:
    """Mean absolute error."""
    apart = values.reshape(labels.shape).astype(np.float64) - labels.astype(np.float64)
    return float(np.abs(apart).mean())


def pairs_in_order(errors: Any, anomalous: Any) -> float:
    """Of all pairs of a normal sample and an anomaly the share in which that has more error."""
    normal, odd = errors[anomalous == 0], errors[anomalous == 1]
    return float((odd[:, None] > normal).mean() + 0.5 * (odd[:, None] == normal).mean())


def signal_to_noise(given: Sequence[Any], told: Sequence[Any]) -> float:
    """Of all values of all outputs, in decibels."""
    signal, noise = 0.0, 0.0
    for one, other in zip(given, told, strict=True):
        signal += float(np.square(one.astype(np.float64)).sum())
        noise += float(np.square(one.astype(np.float64) - other.astype(np.float64)).sum())
    return 10 * float(np.log10(signal / noise))


# ---- boxes -----------------------------------------------------------------------------------


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Intersection over union of left, top, right, bottom."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    both = wide * high
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return both / (sum(areas) - both)


def suppressed(found: list[tuple[float, tuple[float, ...]]], most: float) -> list[Any]:
    """Of boxes of one class and picture those that no surer one overlaps by more."""
    kept: list[tuple[float, tuple[float, ...]]] = []
    for score, box in sorted(found, key=lambda one: -one[0]):
        if all(overlap(box, better) <= most for _, better in kept):
            kept.append((score, box))
    return kept


def mean_average_precision(boxes: Any, scores: Any, labels: Arrays, least: float = 0.001) -> float:
    """COCO's mAP over overlaps of 0.5, 0.55, … 0.95: 101 points of recall, the mean over classes.

    Args:
        boxes: (n, boxes, 4) corners as shares of the picture.
        scores: (n, boxes, classes).
        labels: `boxes` (n, most, 4) and `classes` (n, most), -1 for none.
        least: Scores below are nothing.
    """
    precisions = []
    for kind in range(scores.shape[2]):
        wanted = [
            [tuple(map(float, box)) for box, own in zip(b, c, strict=True) if own == kind]
            for b, c in zip(labels["boxes"], labels["classes"], strict=True)
        ]
        if not any(wanted):
            continue
        found = [
            suppressed(
                [
                    (float(score), tuple(map(float, box)))
                    for box, score in zip(own, scores[at, :, kind], strict=True)
                    if score >= least
                ],
                0.6,
            )
            for at, own in enumerate(boxes)
        ]
        precisions += [_precision(found, wanted, 0.5 + 0.05 * step) for step in range(10)]
    return float(np.mean(precisions))


def _precision(found: list[Any], wanted: list[Any], enough: float) -> float:
    ranked = []
    for told, true in zip(found, wanted, strict=True):
        free = list(true)
        for score, box in told:
            best = max(free, key=lambda one: overlap(box, one), default=None)
            hit = best is not None and overlap(box, best) >= enough - 1e-10
            if hit:
                free.remove(best)
            ranked.append((score, hit))
    ranked.sort(key=lambda one: -one[0])
    hits = np.cumsum([hit for _, hit in ranked])
    recall = hits / sum(map(len, wanted))
    precision = hits / np.arange(1, len(ranked) + 1)
    reached = [precision[recall >= point - 1e-12].max(initial=0) for point in np.arange(101) / 100]
    return float(np.mean(reached))
