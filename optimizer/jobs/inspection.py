"""jobs/: looks into what was made: one sample's answers, weights, and latency once more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optimizer.arrays import Array
from optimizer.errors import StudyError
from optimizer.jobs.install import install_timed
from optimizer.jobs.pending import Pending
from optimizer.jobs.runs import Runs
from optimizer.jobs.staged import run_staged
from optimizer.jobs.timing import Timing
from optimizer.measure.histograms import beside
from optimizer.measure.sensitivity import Sensitivity
from optimizer.store.library import Library
from optimizer.store.records import Timed, Variant
from optimizer.store.sensitivity_file import kept_sensitivity, sensitivity_key, write_sensitivity
from optimizer.store.study import FLOAT_TFLITE, Study
from optimizer.tasks.describe_file import MADE as DESCRIBED
from optimizer.tasks.describe_file import DescribeFile
from optimizer.tasks.gather_kit import VECTORS, GatherKit, KitFacts
from optimizer.tasks.list_operators import ListOperators
from optimizer.tasks.measure_sensitivity import MeasureSensitivity
from optimizer.tasks.run_sample import RunSample
from optimizer.tasks.sample_question import Question, Reply
from optimizer.tasks.study_files import StudyData, StudyFiles
from optimizer.tasks.time_variants import TIMES, TimeVariants
from optimizer.tasks.weight_histograms import MADE, WeightHistograms
from optimizer.techniques.mixed import Mixed
from optimizer.techniques.scheme import FloatOperator
from optimizer.tflite.described import Described
from optimizer.words import listed
from optimizer.workers.executor import Executor


@dataclass(frozen=True)
class Gathered:
    """What kits of a variant are made from.

    Attributes:
        facts: How its file is fed and read.
        arrays: Of its test vectors, by the names in `tasks.gather_kit.VECTORS`.
    """

    facts: KitFacts
    arrays: Mapping[str, Array]


def needs_tensorflow(kept: Sequence[str]) -> str:
    """Why there is no kit for a file that keeps TensorFlow's own operators."""
    return (
        f"There is no kit for this file: it needs TensorFlow’s own {listed(kept)}, which LiteRT "
        "does not have. Convert with built-in operators only."
    )


class Inspection:
    """Answers what is asked about the variants of a study."""

    def __init__(self, executor: Executor, library: Library, timing: Timing, runs: Runs) -> None:
        self._executor, self._library = executor, library
        self._timing, self._runs = timing, runs

    def ask(self, study: Study, question: Question) -> Pending[Reply]:
        """Has every variant of a study answer for one sample.

        It fails with a DataError where a sample given by hand does not fit the model.
        """
        index = study.index

        def begin(out: Path) -> RunSample:
            return RunSample(
                out=out,
                question=question,
                data=StudyData.of(study),
                summary=index.model.summary,
                files=tuple(
                    (variant.recipe, study.folder / variant.runs) for variant in index.variants
                ),
            )

        return run_staged(self._executor, self._library, index.id, begin, lambda reply, _: reply)

    def operators(self, study: Study) -> Pending[tuple[FloatOperator, ...]]:
        """Lists the operators of the float file, by the numbers that recipes name them by."""

        def begin(out: Path) -> ListOperators:
            return ListOperators(out=out, float_tflite=study.folder / FLOAT_TFLITE)

        return run_staged(
            self._executor, self._library, study.index.id, begin, lambda all_, _: all_
        )

    def sensitivity(self, study: Study, *, metric: bool = False) -> Pending[Sensitivity]:
        """Measures what each operator of the float file costs int8; what is there is not again.

        Args:
            study: One with data that has calibration samples.
            metric: Whether to measure the metric on the tuning role too; see `metric_seconds`.
        """
        kept = kept_sensitivity(study)
        if kept and (kept.metric or not metric):
            return Pending.made(kept)

        def begin(out: Path) -> MeasureSensitivity:
            files = StudyFiles.of(study)
            reason = Mixed.misfit(files.model.record.summary, files.data.record)
            if reason:
                raise StudyError(f"The sensitivity cannot be measured: {reason}.")
            return MeasureSensitivity(
                out=out,
                files=files,
                key=sensitivity_key(study),
                calibration=Mixed().calibration_samples,
                metric=metric,
            )

        def take_over(made: Sensitivity, _: Path) -> Sensitivity:
            write_sensitivity(study, made)
            return made

        return run_staged(self._executor, self._library, study.index.id, begin, take_over)

    def gather_kit(
        self, study: Study, variant: Variant, *, in_micro: bool = False
    ) -> Pending[Gathered]:
        """Finds out what kits of a variant need: how its file is fed and read, and test vectors.

        Args:
            study: Has the variant.
            variant: Whose kits they are.
            in_micro: Whether the vectors run in TFLite Micro too, where it is installed.
        """

        def begin(out: Path) -> GatherKit:
            kept = study.index.model.summary.select_tf_ops
            if kept:
                raise StudyError(needs_tensorflow(kept))
            return GatherKit(
                out=out,
                file=study.folder / variant.runs,
                packed=study.folder / variant.file if variant.packed else None,
                data=StudyData.of(study),
                activations=variant.contents.arena_bytes,
                in_micro=in_micro,
            )

        def take_over(facts: KitFacts, out: Path) -> Gathered:
            with np.load(out / VECTORS, allow_pickle=False) as kept:
                return Gathered(facts, {name: kept[name] for name in kept.files})

        return run_staged(self._executor, self._library, study.index.id, begin, take_over)

    def describe(self, study: Study, variant: Variant, described: Described) -> Pending[bytes]:
        """Writes TFLite metadata into a copy of a variant's file, and gives its bytes."""

        def begin(out: Path) -> DescribeFile:
            if variant.packed:
                raise StudyError(
                    f"No metadata are written into {variant.recipe}: that they change nothing is "
                    "tried in LiteRT, which does not run a packed file. Take the recipe without "
                    "its last step."
                )
            return DescribeFile(
                out=out,
                file=study.folder / variant.file,
                data=StudyData.of(study),
                described=described,
            )

        def take_over(_: None, out: Path) -> bytes:
            return (out / DESCRIBED).read_bytes()

        return run_staged(self._executor, self._library, study.index.id, begin, take_over)

    def weigh(self, study: Study, variant: Variant) -> Pending[Study]:
        """Lays a variant's weights over the baseline's, and keeps the histograms beside it."""
        index = study.index
        baseline, file = index.variants[0], study.folder / variant.file

        def begin(out: Path) -> WeightHistograms:
            return WeightHistograms(
                out=out,
                file=study.folder / variant.runs,
                baseline=(
                    None if variant.recipe == baseline.recipe else study.folder / baseline.file
                ),
                fits=index.model.summary.fits,
            )

        def take_over(_: None, out: Path) -> Study:
            (out / MADE).replace(beside(file))
            return study

        return run_staged(self._executor, self._library, index.id, begin, take_over)

    def measure_again(self, study: Study, *, without_xnnpack: bool = False) -> Pending[Study]:
        """Measures latency, memory and operators of all variants anew, together, on this machine.

        Until all is there, and if it is stopped, the old numbers stay.

        Args:
            study: One whose files can run here.
            without_xnnpack: Whether to measure also without XNNPACK, now and in this study
                from now on.

        Raises:
            StudyError: there is nothing to measure, or nothing here can run it.
        """
        index = study.index
        variants = tuple(one for one in index.variants if one.packed is None)
        if not variants or index.model.summary.select_tf_ops:
            raise StudyError("There is nothing to measure: the study has no file that runs here.")

        def begin(out: Path) -> TimeVariants:
            return self._timing.of(study, variants, out, without_xnnpack=without_xnnpack)

        def take_over(all_timed: tuple[Timed, ...], out: Path) -> Study:
            (out / TIMES).replace(study.folder / TIMES)
            with self._runs.lock:
                install_timed(study, variants, all_timed)
            return study

        return run_staged(self._executor, self._library, index.id, begin, take_over)
