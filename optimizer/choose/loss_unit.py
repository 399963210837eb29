"""choose/: the metric whose loss is limited, and what such a loss is counted in."""

from dataclasses import dataclass

from optimizer.measure.metrics import METRICS, MetricKind
from optimizer.store.limits import Loss
from optimizer.store.records import StudyIndex
from optimizer.words import number

PER_CENT, POINTS = "%", "points"
NOTHING = 1e-9  # what is left of sums of equal numbers
LARGE = 99.5  # from which on two digits would be written with an exponent


def headline(index: StudyIndex) -> MetricKind | None:
    """The metric that is reported first; None without labels, where agreement is what counts."""
    name = index.dataset.first_metric if index.dataset else None
    return METRICS[name] if name else None


def by_noise(index: StudyIndex) -> bool:
    """Whether a loss is the noise on the outputs: without labels, where outputs are no classes."""
    dataset, made = index.dataset, index.variants
    if dataset is None or dataset.first_metric or not made or made[0].fidelity is None:
        return False
    return made[0].fidelity.agreement is None


def meant(index: StudyIndex) -> str:
    """What a loss is where there are no labels, in a sentence; empty where there are."""
    dataset = index.dataset
    if dataset is None or dataset.first_metric or dataset.synthetic:
        return ""
    if by_noise(index):
        return (
            "There are no labels: what is lost is noise on the outputs, its power over that of "
            "how far each component varies in float32. 1 % is an error of a tenth of that spread."
        )
    return "There are no labels: what is lost is agreement with the float32 model."


def in_shares(kind: MetricKind | None) -> bool:
    """Whether it lies in 0..1 and is read in per cent, as agreement is."""
    return kind is None or kind.share


@dataclass(frozen=True)
class LossUnit:
    """What a loss is counted in.

    Attributes:
        name: `points`, `%`, or the metric's own unit; empty where it has none.
        scale: What a loss is multiplied with, 100 or 1.
    """

    name: str
    scale: float

    def told(self, value: float) -> str:
        """`0.2 points`, `1 point`, `3 %`, `0.41`."""
        count = self.counted(value)
        name = "point" if self.name == POINTS and count == "1" else self.name
        return f"{count} {name}" if self.name in {PER_CENT, POINTS} else count

    def counted(self, value: float) -> str:
        """The number alone."""
        scaled = value * self.scale
        if abs(scaled) < NOTHING:
            return "0"
        if self.scale == 1:
            return number(scaled)
        return number(scaled, ".0f" if abs(scaled) >= LARGE else ".2g")


def unit_of(loss: Loss, kind: MetricKind | None) -> LossUnit:
    """What a limit on the loss, and what is held against it, is counted in."""
    if loss.relative:
        return LossUnit(PER_CENT, 100.0)
    if in_shares(kind):
        return LossUnit(POINTS, 100.0)
    return LossUnit(kind.unit if kind else "", 1.0)
