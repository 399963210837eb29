"""jobs/: what times the variants of a study together."""

from collections.abc import Sequence
from pathlib import Path

from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.tasks.study_files import StudyData
from optimizer.tasks.time_variants import TimeVariants


class Timing:
    """How latency is measured.

    Attributes:
        seconds: Of timing for each variant.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def of(
        self, study: Study, variants: Sequence[Variant], out: Path, *, without_xnnpack: bool = False
    ) -> TimeVariants:
        """Times variants against the first; a study with times without XNNPACK gets new ones.

        Args:
            study: The variants' study.
            variants: The baseline first.
            out: Takes every single time.
            without_xnnpack: Whether to measure also without XNNPACK.
        """
        index = study.index
        had = any(not other.xnnpack for v in index.variants for other in v.other_latencies)
        return TimeVariants(
            out=out,
            files=tuple(study.folder / variant.file for variant in variants),
            data=StudyData.of(study),
            seconds=self.seconds,
            without_xnnpack=without_xnnpack or had,
        )
