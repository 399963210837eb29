"""dashboard/tables/: what variants answer for one sample, as data frames for people."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.arrays import Float32s, Float64s, Int64s
from optimizer.data.anomaly_labels import ANOMALY, NORMAL
from optimizer.data.boxes.box_labels import CLASS, COLUMNS
from optimizer.data.dataset import DatasetRecord
from optimizer.data.labels import Task
from optimizer.export import numbers
from optimizer.measure.detection.apart import alone_of
from optimizer.measure.metrics.class_of_output import threshold
from optimizer.measure.probabilities import sum_to_1
from optimizer.tasks.sample_question import Answer, Positions, Reply
from optimizer.words import number

RUNNERS_UP = 2
MOST_VALUES = 6  # of an output that is no class, in a row of the table
MOST_SHARES = 4  # of positions
RIGHT, WRONG = "✓", "✗"


@exportable
def table(reply: Reply, record: DatasetRecord) -> pd.DataFrame:
    """Every variant's answer: classes, decisions or values; “Error” where it could not be run."""
    rows = [_row(answer, reply, record) for answer in reply.answers]
    frame = pd.DataFrame(rows)
    frame.insert(0, "Recipe", [answer.recipe for answer in reply.answers])
    return frame


def label(reply: Reply, record: DatasetRecord) -> str | None:
    """What the answer should be, in words; None where nobody said."""
    values = reply.sample.label
    if values is None:
        return None
    if record.task in {Task.CLASSIFICATION, Task.ANOMALY}:
        return class_name(int(values[0]), record)
    if record.task is Task.PER_POSITION:
        return _shares(np.array(values, np.int64), record)
    if record.task is Task.DETECTION:
        return _things(box_rows(values), record)
    if record.task is Task.MULTI_LABEL:
        return _together([place for place, value in enumerate(values) if value > 0], record)
    return _values(values)


def class_name(number: int, record: DatasetRecord) -> str:
    """A class for people: its name, or its number where it has none."""
    names = record.class_names
    return names[number] if 0 <= number < len(names) else f"class {number}"


def are_classes(reply: Reply, record: DatasetRecord) -> bool:
    """Whether one class is the answer: the labels say so, or without them the outputs look so."""
    if record.task is Task.UNLABELLED:
        return all(
            sum_to_1(np.array(answer.values)) for answer in reply.answers if not answer.error
        )
    return record.task is Task.CLASSIFICATION


def _row(answer: Answer, reply: Reply, record: DatasetRecord) -> dict[str, object]:
    if answer.error:
        return {"Error": answer.error}
    values = np.array(answer.values, np.float32)
    if are_classes(reply, record):
        return _class_row(values, reply, record)
    if record.task is Task.MULTI_LABEL:
        return _decisions_row(values, reply, record)
    return _values_judged(values, answer, reply, record)


def _values_judged(
    values: Float32s, answer: Answer, reply: Reply, record: DatasetRecord
) -> dict[str, object]:
    """Of outputs that are no classes of the sample."""
    if record.task is Task.DETECTION:
        return _boxes_row(answer, reply, record)
    if answer.error_of_rebuilding is not None:
        return _anomaly_row(answer.error_of_rebuilding, reply, record)
    if answer.positions:
        return _positions_row(answer.positions, answer is reply.answers[0], record)
    return _values_row(values, answer, reply)


def _class_row(values: Float32s, reply: Reply, record: DatasetRecord) -> dict[str, object]:
    if len(values) == 1:  # a single output decides between class 0 and 1
        sure = _threshold(values, record) > 0
        values = np.array([1 - values[0], values[0]]) if sure else np.array([0, values[0]])
    order = np.argsort(-values, kind="stable")
    known = sum_to_1(values)
    row: dict[str, object] = {"Answer": class_name(int(order[0]), record)}
    row["Probability" if known else "Output"] = float(values[order[0]]) * (100 if known else 1)
    for title, place in zip(("Second", "Third"), order[1 : 1 + RUNNERS_UP], strict=False):
        share = numbers.share(values[place]) if known else f"{values[place]:.3g}"
        row[title] = f"{class_name(int(place), record)}, {share}"
    if reply.sample.label is not None:
        row["Right"] = RIGHT if int(order[0]) == int(reply.sample.label[0]) else WRONG
    return row


def _anomaly_row(error: float, reply: Reply, record: DatasetRecord) -> dict[str, object]:
    row: dict[str, object] = {"Answer": numbers.NONE, "Error": f"{error:.4g}"}
    if record.threshold is not None:
        said = ANOMALY if error > record.threshold else NORMAL
        row["Answer"], row["Alarm above"] = class_name(said, record), f"{record.threshold:.4g}"
        if reply.sample.label is not None:
            row["Right"] = RIGHT if said == int(reply.sample.label[0]) else WRONG
    return row


def _decisions_row(values: Float32s, reply: Reply, record: DatasetRecord) -> dict[str, object]:
    least = _threshold(values, record)
    known = least > 0
    yes = [place for place, value in enumerate(values) if value > least]
    order = np.argsort(-values, kind="stable")[: 1 + RUNNERS_UP]
    highest = [
        f"{class_name(int(place), record)} "
        f"{numbers.share(values[place]) if known else format(values[place], '.3g')}"
        for place in order
    ]
    row: dict[str, object] = {
        "Answer": _together(yes, record),
        "Most likely": ", ".join(highest),
    }
    if reply.sample.label is not None:
        wanted = np.array(reply.sample.label) > 0
        decided = np.isin(np.arange(len(values)), yes)
        row["Right"] = f"{int((wanted == decided).sum())} of {len(values)}"
    return row


def _threshold(values: Float32s, record: DatasetRecord) -> float:
    """As the float model's outputs told it; studies of before do not know it."""
    return threshold(values) if record.threshold is None else record.threshold


def _positions_row(said: Positions, is_baseline: bool, record: DatasetRecord) -> dict[str, object]:
    row: dict[str, object] = {"Answer": _shares(np.array(said.counts, np.int64), record)}
    if said.right is not None:
        row["Right"] = f"{said.right:,} of {said.judged:,} positions"
    if not is_baseline:
        row["Apart"] = f"{said.apart:,} of {sum(said.counts):,} positions"
    return row


def box_rows(values: Sequence[float]) -> Float64s:
    """Boxes (k, 6) of an answer or a label."""
    return np.array(values, np.float64).reshape(-1, COLUMNS)


def _boxes_row(answer: Answer, reply: Reply, record: DatasetRecord) -> dict[str, object]:
    mine = box_rows(answer.values)
    row: dict[str, object] = {"Answer": _things(mine, record)}
    if reply.sample.label is not None:
        true = box_rows(reply.sample.label)
        alone, missed = alone_of(mine, true)
        row["Right"] = f"{len(true) - int(missed.sum())} of {len(true)}, {int(alone.sum())} wrong"
    if answer is not reply.answers[0] and not reply.answers[0].error:
        added, lost = alone_of(mine, box_rows(reply.answers[0].values))
        row["Boxes"] = f"{int(lost.sum())} lost, {int(added.sum())} added"
    return row


def _things(rows: Float64s, record: DatasetRecord) -> str:
    """How many of each class: `2 cat, 1 dog`."""
    numbers_, counts = np.unique(rows[:, CLASS].astype(np.int64), return_counts=True)
    told = [
        f"{count} {class_name(int(number), record)}"
        for number, count in zip(numbers_, counts, strict=True)
    ]
    return ", ".join(told) or "nothing"


def _shares(counts: Int64s, record: DatasetRecord) -> str:
    """How many positions have each class, the most frequent first: `sky 61 %, road 30 %, …`."""
    order = [int(place) for place in np.argsort(-counts, kind="stable") if counts[place]]
    shown = [
        f"{class_name(place, record)} {numbers.share(counts[place] / counts.sum())}"
        for place in order[:MOST_SHARES]
    ]
    return ", ".join(shown) + (", …" if len(order) > MOST_SHARES else "")


def _values_row(values: Float32s, answer: Answer, reply: Reply) -> dict[str, object]:
    row: dict[str, object] = {"Answer": _values(answer.values, answer.count)}
    wanted = reply.sample.label
    if wanted is not None and len(wanted) == len(values):
        row["Error"] = f"{np.abs(values - np.array(wanted)).mean():.3g}"
    baseline = reply.answers[0]
    if answer is not baseline and len(baseline.values) == len(values):
        row["From float32"] = f"{np.abs(values - np.array(baseline.values)).max():.3g}"
    return row


def _values(values: Sequence[float], count: int | None = None) -> str:
    """`0.12, −3.4, …`."""
    shown = [number(value, ".4g") for value in values[:MOST_VALUES]]
    count = len(values) if count is None else count
    more = f", … ({count:,} values)" if count > MOST_VALUES else ""
    return ", ".join(shown) + more


def _together(places: Sequence[int], record: DatasetRecord) -> str:
    return ", ".join(class_name(place, record) for place in places) or "none"
