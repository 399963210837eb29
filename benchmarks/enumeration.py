"""benchmarks/: every mixture, and what others do, on one evaluator, to hold the search against.

Each is a task, so that it runs where the search's own conversions do.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.choose.non_inferiority import lost_share_bounds
from optimizer.data.data_options import Role
from optimizer.reporting import Report
from optimizer.tasks.judged import judged_by
from optimizer.tasks.make_variant import sources
from optimizer.tasks.study_files import StudyFiles
from optimizer.techniques.scheme import Scheme
from optimizer.workers.work import Work

if TYPE_CHECKING:
    from optimizer.techniques.converters.mixing import Mixer

LIMIT, CONFIDENCE = 0.01, 0.95
CALIBRATION = 200
CHOICES = (Scheme.INT8, Scheme.INT4, Scheme.WEIGHT_ONLY, Scheme.FLOAT)
MOST_CHOSEN = 5  # operators that are enumerated, those with most weights


@dataclass(frozen=True)
class Found:
    """What came out.

    Attributes:
        size_bytes: Of the smallest file that is proved to hold; 0 where none is.
        seconds: What it took.
        files: How many were made.
    """

    size_bytes: int
    seconds: float
    files: int


@dataclass(frozen=True)
class Enumerate(Work[Found]):
    """Makes each mixture of the largest operators, and proves the smallest first."""

    files: StudyFiles

    def run(self, report: Report) -> Found:
        """See `Work.run`."""
        began = time.monotonic()
        mixer, judge = _mixer(self.files, report), Judge(self.files, self.out)
        heavy = sorted(mixer.operators, key=lambda one: -one.weight_bytes)[:MOST_CHOSEN]
        sized: list[tuple[int, int]] = []
        choices = [tuple(c for c in CHOICES if c in one.choices) for one in heavy]
        mixtures = [dict(zip(heavy, chosen, strict=True)) for chosen in product(*choices)]
        for place, mixture in enumerate(mixtures):
            schemes = {one.number: scheme for one, scheme in mixture.items()}
            sized.append((len(mixer.make(_all(mixer, schemes))), place))
        for size, place in sorted(sized):
            schemes = {one.number: scheme for one, scheme in mixtures[place].items()}
            if judge.holds(mixer.make(_all(mixer, schemes))):
                return Found(size, time.monotonic() - began, len(mixtures))
        return Found(0, time.monotonic() - began, len(mixtures))


@dataclass(frozen=True)
class Greedy(Work[Found]):
    """As NNCF's accuracy control does it: all int8, then the worst operators back to float.

    Operators are ranked by what the metric gains on one validation set when each alone is float;
    the worst go back one by one until the drop on that set is allowed. It is then proved like ours.
    """

    files: StudyFiles

    def run(self, report: Report) -> Found:
        """See `Work.run`."""
        began = time.monotonic()
        mixer, judge = _mixer(self.files, report), Judge(self.files, self.out)
        made = 1
        content = mixer.make(_all(mixer, {}))
        reverted: dict[int, Scheme] = {}
        if judge.drop(content, "tuning") > LIMIT:
            able = [one.number for one in mixer.operators if Scheme.INT8 in one.choices]
            drops = {
                number: judge.drop(mixer.make(_all(mixer, {number: Scheme.FLOAT})), "tuning")
                for number in able
            }
            made += len(able)
            for number in sorted(drops, key=lambda number: drops[number]):
                reverted[number] = Scheme.FLOAT
                content = mixer.make(_all(mixer, reverted))
                made += 1
                if judge.drop(content, "tuning") <= LIMIT:
                    break
        size = len(content) if judge.holds(content) else 0
        return Found(size, time.monotonic() - began, made)


class Judge:
    """The one evaluator of all: scores, right or wrong, in pairs with the baseline's."""

    def __init__(self, files: StudyFiles, folder: Path) -> None:
        self._files, self._place = files, folder / "judged.tflite"
        self._baseline: dict[Role, Any] = {}

    def drop(self, content: bytes, role: Role) -> float:
        """What is lost on a role."""
        return float((self._before(role) - self._scores(content, role).astype(float)).mean())

    def holds(self, content: bytes) -> bool:
        """Whether it is proved on the evaluation role that no more than the limit is lost."""
        before, after = self._before("evaluation"), self._scores(content, "evaluation")
        gained = int(np.count_nonzero(after > before))
        lost = int(np.count_nonzero(before > after))
        return lost_share_bounds(gained, lost, len(before), CONFIDENCE)[1] <= LIMIT

    def _before(self, role: Role) -> Any:
        if role not in self._baseline:
            self._baseline[role] = self._scores(self._files.model.float_tflite.read_bytes(), role)
        return self._baseline[role].astype(float)

    def _scores(self, content: bytes, role: Role) -> Any:
        from optimizer.measure.predict import predict  # noqa: PLC0415 (workers only)

        self._place.write_bytes(content)
        dataset = self._files.data.open()
        labels, name = dataset.labels(role), dataset.record.first_metric
        assert labels is not None
        assert name is not None
        judged = judged_by(predict(self._place, dataset.samples(role)), dataset, role)
        return judged.scores(name, labels)


def _mixer(files: StudyFiles, report: Report) -> "Mixer":
    from optimizer.techniques.converters.mixing import Mixer  # noqa: PLC0415 (workers only)

    mixer = Mixer(sources(files, None, report))
    mixer.calibrate(CALIBRATION)
    return mixer


def _all(mixer: "Mixer", chosen: dict[int, Scheme]) -> Sequence[Scheme]:
    """int8, but for what was chosen and what has no int8 form."""
    return tuple(_schemes(mixer, chosen))


def _schemes(mixer: "Mixer", chosen: dict[int, Scheme]) -> Iterator[Scheme]:
    for one in mixer.operators:
        default = Scheme.INT8 if Scheme.INT8 in one.choices else Scheme.FLOAT
        yield chosen.get(one.number, default)
