"""choose/: every variant of a study beside its baseline."""

from dataclasses import dataclass

from optimizer.choose.on_device import seen_on
from optimizer.choose.paired import Paired, paired
from optimizer.choose.significance import Difference, differences
from optimizer.choose.verdict import in_words
from optimizer.errors import StudyError
from optimizer.measure.metrics import METRICS
from optimizer.recipes import Recipe, parse
from optimizer.store.records import Variant
from optimizer.store.study import Study


@dataclass(frozen=True)
class Comparison:
    """One variant beside the baseline.

    Attributes:
        variant: With its measurements.
        recipe: What made it.
        difference: Of the metric from the baseline's; None for the baseline and without labels.
        verdict: The difference in one plain sentence, or why it cannot be known any more; empty
            where there is none.
    """

    variant: Variant
    recipe: Recipe
    difference: Difference | None
    verdict: str


def compare(study: Study, device: str | None = None) -> list[Comparison]:
    """All variants of the study, the baseline first; p-values are corrected for their number.

    Args:
        study: With its variants.
        device: The id of the one whose latencies they have; None: as Liteweigh itself timed them.
    """
    index = seen_on(study.index, device)
    if not index.variants or index.dataset is None:
        return []
    baseline, *others = index.variants
    unreadable: dict[str, str] = {}
    scores = _scores(study, baseline, unreadable)
    if scores is None:
        compared: list[Difference | None] = [None] * len(others)
    else:
        name = str(index.dataset.first_metric)  # there are scores of it
        compared = list(differences(name, scores, [_scores(study, v, unreadable) for v in others]))
    rows = [Comparison(baseline, parse(baseline.recipe), None, unreadable.get(baseline.recipe, ""))]
    for variant, difference in zip(others, compared, strict=True):
        trouble = unreadable.get(variant.recipe, unreadable.get(baseline.recipe))
        verdict = trouble or _verdict(variant, difference)
        rows.append(Comparison(variant, parse(variant.recipe), difference, verdict))
    return rows


def _scores(study: Study, variant: Variant, unreadable: dict[str, str]) -> Paired | None:
    """See `paired`; None too where the file is damaged: why goes to `unreadable`, by recipe."""
    try:
        return paired(study, variant)
    except StudyError as error:
        unreadable[variant.recipe] = str(error)
        return None


def _verdict(variant: Variant, difference: Difference | None) -> str:
    if difference is None or variant.metric is None:
        return ""
    kind = METRICS[variant.metric.name]
    sentence = in_words(difference, higher_is_better=kind.higher_is_better, share=kind.share)
    return f"{sentence[:1].upper()}{sentence[1:]}."
