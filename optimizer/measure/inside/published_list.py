"""measure/inside/: a target that has published the operators that it can run."""

import json
from collections.abc import Sequence
from pathlib import Path

from optimizer.measure.inside.checks import first_broken
from optimizer.measure.inside.facts import Source, Verdict
from optimizer.measure.inside.rule import Rule, Table
from optimizer.measure.inside.target import gathered
from optimizer.tflite.graph import Tensor, Use

ANDROID = {1: "8.1", 2: "9", 3: "10", 4: "11", 5: "12"}
"""The Android version that brought each NNAPI feature level; later ones are not bound to one.

Source: https://developer.android.com/ndk/reference/group/neural-networks, FeatureLevelCode.
"""


class PublishedList(Table):
    """The published list of one target.

    Attributes:
        key: the name of its file.
        rank: its place among all targets.
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

    key: str
    rank: int
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

    def __call__(
        self, uses: Sequence[Use], _inputs: Sequence[Tensor], _outputs: Sequence[Tensor], /
    ) -> Verdict:
        """See `Target`."""
        obstacles = gathered(
            (use.name, reason) for use in uses if (reason := _obstacle(self, use)) is not None
        )
        many = sum(obstacle.count for obstacle in obstacles)
        if not many:
            sentence = f"{self.fits}{_since(self, uses)}."
        elif many == len(uses):
            sentence = "None of the operators can run there."
        else:
            sentence = f"{many} of {len(uses)} operators cannot run there. {self.misfits}"
        return Verdict(
            target=self.target,
            key=self.key,
            fits=not obstacles,
            sentence=f"{sentence} {self.note}".strip(),
            obstacles=obstacles,
            source=self.source,
        )


def read_list(file: Path) -> PublishedList:
    """The table of a target, such as edge_tpu.json."""
    return PublishedList.model_validate({"key": file.stem, **json.loads(file.read_bytes())})


def _obstacle(table: PublishedList, use: Use) -> str | None:
    """Why an operator cannot run on the target, in a few words; None if it can."""
    if use.unpacks(table.unpacks) or (table.float_boundary and use.converts_float):
        return None
    rule = table.operators.get(use.name)
    if rule is None:
        return "not in its list"
    return first_broken(rule, use) or _tensors(table, rule, use)


def _tensors(table: PublishedList, rule: Rule, use: Use) -> str | None:
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


def _since(table: PublishedList, uses: Sequence[Use]) -> str:
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
