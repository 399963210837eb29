"""jobs/: looks into what was made: one sample's answers, weights, and latency once more."""

from pathlib import Path

from optimizer.errors import StudyError
from optimizer.jobs.install import install_timed
from optimizer.jobs.pending import Pending
from optimizer.jobs.runs import Runs
from optimizer.jobs.staged import run_staged
from optimizer.jobs.timing import Timing
from optimizer.measure.histograms import beside
from optimizer.store.library import Library
from optimizer.store.records import Timed, Variant
from optimizer.store.study import Study
from optimizer.tasks.run_sample import RunSample
from optimizer.tasks.sample_question import Question, Reply
from optimizer.tasks.study_files import StudyData
from optimizer.tasks.time_variants import TIMES, TimeVariants
from optimizer.tasks.weight_histograms import MADE, WeightHistograms
from optimizer.workers.executor import Executor


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
                    (variant.recipe, study.folder / variant.file) for variant in index.variants
                ),
            )

        return run_staged(self._executor, self._library, index.id, begin, lambda reply, _: reply)

    def weigh(self, study: Study, variant: Variant) -> Pending[Study]:
        """Lays a variant's weights over the baseline's, and keeps the histograms beside it."""
        index = study.index
        baseline, file = index.variants[0], study.folder / variant.file

        def begin(out: Path) -> WeightHistograms:
            return WeightHistograms(
                out=out,
                file=file,
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
        variants = index.variants
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
