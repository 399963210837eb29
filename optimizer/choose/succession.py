"""choose/: a retrained model's variants beside those of the study that it follows, by recipe."""

from dataclasses import dataclass

import numpy as np

from optimizer.choose.choice import HELD, Choice
from optimizer.choose.paired import paired
from optimizer.choose.significance import Difference, differences
from optimizer.choose.verdict import SIGNIFICANT, in_words
from optimizer.data.dataset import Dataset
from optimizer.measure.metrics import METRICS
from optimizer.store.records import Variant
from optimizer.store.study import Study


@dataclass(frozen=True)
class Successor:
    """The variants that one recipe made of two models.

    Attributes:
        before, after: Of the earlier study and of the new one.
        difference: The new one's metric minus the earlier one's, paired over samples; None where
            the samples are others, or it cannot be known. Its p-value is of this one comparison.
        verdict: The same in a sentence, or why there is none.
        worse: Whether it is a real loss.
    """

    before: Variant
    after: Variant
    difference: Difference | None
    verdict: str
    worse: bool

    @property
    def recipe(self) -> str:
        """What made both."""
        return self.after.recipe


def succession(before: Study, after: Study) -> list[Successor]:
    """Sets the variants that two studies both have side by side, in the new one's order.

    Raises:
        StudyError: a file that has scores is damaged or gone.
    """
    why = _not_paired(before, after)
    found = []
    for variant in after.index.variants:
        earlier = before.variant(variant.recipe)
        if earlier is not None:
            difference = None if why else _difference(before, earlier, after, variant)
            found.append(_successor(earlier, variant, difference, why))
    return found


def gate(choice: Choice, found: list[Successor]) -> tuple[bool, str]:
    """Whether the new study's choice may take the place of the earlier study's file, and why.

    It may if it is proved to hold the limits, and is not worse than what the same recipe made of
    the earlier model; of a recipe that was not run there, only the limits are asked.

    Args:
        choice: The new study's.
        found: See `succession`.
    """
    if choice.verdict != HELD or choice.variant is None:
        return False, "no file is proved to hold the limits"
    name = choice.variant.recipe
    same = next((one for one in found if one.recipe == name), None)
    if same is None:
        return True, f"{name} is proved to hold the limits; the earlier study has no such file"
    if same.worse:
        return False, f"{name} is worse than before: {same.verdict}"
    if same.difference is None:
        return True, f"{name} is proved to hold the limits; {same.verdict}"
    return True, f"{name} is proved to hold the limits, and no loss against before can be seen"


def _not_paired(before: Study, after: Study) -> str:
    """Why scores of samples cannot be paired; empty where they can."""
    mine, theirs = before.index.dataset, after.index.dataset
    if mine is None or theirs is None or mine.first_metric is None:
        return "there are no labels to compare by"
    if mine.first_metric != theirs.first_metric:
        return "they are judged by different metrics, so no difference is told"
    if mine.digest == theirs.digest:
        one, other = Dataset(before.data_folder, mine), Dataset(after.data_folder, theirs)
        labels = (one.labels("evaluation"), other.labels("evaluation"))
        if np.array_equal(one.roles.evaluation, other.roles.evaluation) and _equal(*labels):
            return ""
    return "they were evaluated on different samples, so the difference is not told from chance"


def _equal(mine: object, theirs: object) -> bool:
    if mine is None or theirs is None:
        return mine is theirs
    one, other = np.asarray(mine), np.asarray(theirs)
    # Positions without a label are NaN in some.
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def _difference(
    before: Study, earlier: Variant, after: Study, variant: Variant
) -> Difference | None:
    mine, theirs = paired(before, earlier), paired(after, variant)
    if mine is None or theirs is None or variant.metric is None:
        return None
    return differences(variant.metric.name, mine, [theirs])[0]


def _successor(
    earlier: Variant, variant: Variant, difference: Difference | None, why: str
) -> Successor:
    if difference is None or variant.metric is None:
        return Successor(earlier, variant, None, why or "it was not measured in both", worse=False)
    kind = METRICS[variant.metric.name]
    said = in_words(difference, higher_is_better=kind.higher_is_better, share=kind.share)
    real = difference.p_adjusted is not None and difference.p_adjusted < SIGNIFICANT
    loss = difference.value is not None and (difference.value < 0) == kind.higher_is_better
    return Successor(earlier, variant, difference, said, worse=bool(real and loss))
