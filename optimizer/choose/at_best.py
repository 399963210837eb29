"""choose/: what so few samples can promise at best, before anything is made."""

from math import ceil, log, log1p

from optimizer.choose.choice import default
from optimizer.choose.loss_unit import headline, unit_of
from optimizer.choose.non_inferiority import SPENT, lost_share_bounds
from optimizer.store.limits import Limits, Loss
from optimizer.store.records import StudyIndex
from optimizer.words import number


def at_best(index: StudyIndex, limits: Limits | None = None) -> str:
    """Says so where the evaluation samples cannot prove the limit on the loss, whatever comes.

    Of what is right or wrong: a file that changes no answer at all is the best that can come. Of
    other scores the samples' spread decides, which nobody knows before; one alone bounds nothing.

    Args:
        index: Of the study.
        limits: Those that are about to be set; None: the study's.

    Returns:
        A sentence or two; empty where they may suffice, or there are none.
    """
    dataset, limits = index.dataset, limits or index.limits
    if dataset is None or dataset.synthetic:
        return ""
    n, loss = dataset.evaluation, limits.loss or default(index)
    confidence = number(100 * limits.confidence, ".4g")
    unit = unit_of(loss, headline(index))
    if n < 2:
        return "One evaluation sample can prove nothing. Add data on the Data page."
    if not _of_answers(index, loss) or 1 - limits.confidence <= SPENT:
        return ""
    if loss.value == 0:
        return "A loss of 0 cannot be proved with any number of samples. Allow a little."
    best = promised(n, limits.confidence)
    if best <= loss.value:
        return ""
    needed = samples_for(loss.value, limits.confidence)
    return (
        f"{n:,} evaluation samples can promise at best that no more than {unit.told(best)} "
        f"{'is' if unit.counted(best) == '1' else 'are'} lost, with {confidence} % confidence, "
        f"even if no answer changes. {unit.told(loss.value)} needs about {needed:,}."
    )


def promised(n: int, confidence: float) -> float:
    """The smallest loss that n samples can prove, 0..1: the bound where no answer changes."""
    return lost_share_bounds(0, 0, n, confidence)[1]


def samples_for(share: float, confidence: float) -> int:
    """With about how many samples a loss of `share`, 0..1, can be proved at best.

    (1 − share)ⁿ is what the exact test leaves of the error where no sample was gained (see
    `lost_share_bounds`); at confidences above 95 % it leaves up to an eighth less.
    """
    return ceil(log(1 - confidence - SPENT) / log1p(-share)) if share < 1 else 1


def _of_answers(index: StudyIndex, loss: Loss) -> bool:
    """Whether the loss is a share of samples that are right or wrong, or agree or do not."""
    kind = headline(index)
    if loss.relative:
        return False
    if kind is not None:
        return kind.proportion
    baseline = index.variants[0] if index.variants else None
    return bool(baseline and baseline.fidelity and baseline.fidelity.agreement is not None)
