"""measure/inside/: on which targets a file can run, by their published lists."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from optimizer.measure.inside.checks import first_broken
from optimizer.measure.inside.facts import Obstacle, Source, Verdict
from optimizer.measure.inside.rule import Rule, Table
from optimizer.tflite.graph import Tensor, Use

TABLES = Path(__file__).with_name("targets")
ORDER = ("tflite_micro", "gpu", "edge_tpu", "nnapi")  # as people see them; also the files' names
ANDROID = {1: "8.1", 2: "9", 3: "10", 4: "11", 5: "12"}
"""The Android version that brought each NNAPI feature level; later ones are not bound to one.

Source: https://developer.android.com/ndk/reference/group/neural-networks, FeatureLevelCode.
"""


class Target(Table):
    """The published list of one target.

    Attributes:
        target: its name for people.
        source: where the list is from.
        fits: the sentence for a file that fits, without its full stop: where there are levels,
            the Android version follows.
        misfits: what happens to a file of which a part does not fit.
        note: a further sentence for every file; empty if there is nothing to say.
        activations: types of inputs and outputs that it computes with; empty for any.
        max_rank: the largest number of dimensions of any tensor; None for any.
        innermost: how many of the last dimensions may be larger than 1; None for all.
        unpacks: types in which it takes weights as they are stored, without unpacking them.
        float_boundary: whether float inputs and outputs are converted on the CPU without harm.
        operators: the operators that it knows, each with its limits.
    """

    target: str
    source: Source
    fits: str
    misfits: str
    note: str = ""
    activations: tuple[str, ...] = ()
    max_rank: int | None = None
    innermost: int | None = None
    unpacks: tuple[str, ...] = ()
    float_boundary: bool = False
    operators: dict[str, Rule]


def target(key: str) -> Target:
    """The table of a target, such as "edge_tpu"."""
    return Target.model_validate_json((TABLES / f"{key}.json").read_bytes())


def verdicts(uses: Sequence[Use]) -> tuple[Verdict, ...]:
    """One for each target with a list.

    Args:
        uses: the operators of all subgraphs.
    """
    return tuple(_verdict(key, target(key), uses) for key in ORDER)


def gathered(said: Iterable[tuple[str, str]]) -> tuple[Obstacle, ...]:
    """Obstacles, most frequent first, from an operator and a reason for each occurrence."""
    return tuple(
        Obstacle(what, count, reason) for (what, reason), count in Counter(said).most_common()
    )


def _verdict(key: str, table: Target, uses: Sequence[Use]) -> Verdict:
    obstacles = gathered(
        (use.name, reason) for use in uses if (reason := _obstacle(table, use)) is not None
    )
    many = sum(obstacle.count for obstacle in obstacles)
    if not many:
        sentence = f"{table.fits}{_since(table, uses)}."
    elif many == len(uses):
        sentence = "None of the operators can run there."
    else:
        sentence = f"{many} of {len(uses)} operators cannot run there. {table.misfits}"
    return Verdict(
        target=table.target,
        key=key,
        fits=not obstacles,
        sentence=f"{sentence} {table.note}".strip(),
        obstacles=obstacles,
        source=table.source,
    )


def _obstacle(table: Target, use: Use) -> str | None:
    """Why an operator cannot run on the target, in a few words; None if it can."""
    if use.unpacks(table.unpacks) or (table.float_boundary and use.converts_float):
        return None
    rule = table.operators.get(use.name)
    if rule is None:
        return "not in its list"
    return first_broken(rule, use) or _tensors(table, rule, use)


def _tensors(table: Target, rule: Rule, use: Use) -> str | None:
    """What is wrong with the computed tensors of an operator."""
    computed = [t for t in use.tensors if t.constant is None and not t.state]
    for tensor in computed:
        if table.activations and tensor.dtype not in (*table.activations, *rule.also):
            return f"computes with {tensor.dtype}"
        if table.max_rank is not None and len(tensor.shape) > table.max_rank:
            return f"more than {table.max_rank} dimensions"
        if table.innermost is not None and _outer(tensor, table.innermost) > 1:
            return f"larger than 1 outside the last {table.innermost} dimensions"
    return None


def _outer(tensor: Tensor, innermost: int) -> int:
    return max(tensor.shape[:-innermost], default=1)


def _since(table: Target, uses: Sequence[Use]) -> str:
    """From which Android on every operator is known, where the table has levels."""
    levels = [
        level
        for use in uses
        if (rule := table.operators.get(use.name)) and rule.levels
        if (data := use.inputs[rule.data]) and (level := rule.levels.get(data.dtype))
    ]
    if not levels:
        return ""
    if max(levels) in ANDROID:
        return f" from Android {ANDROID[max(levels)]} on"
    return f" from its feature level {max(levels)} on, which came after Android 12"
