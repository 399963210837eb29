"""jobs/: brings studies and the executor together. The only place where both are known."""

from optimizer.jobs.inspection import Inspection
from optimizer.jobs.intake import Intake
from optimizer.jobs.latency_turns import LatencyTurns
from optimizer.jobs.recipe_jobs import RecipeJobs
from optimizer.jobs.runs import Runs
from optimizer.jobs.timing import Timing
from optimizer.store.library import Library
from optimizer.workers.executor import Executor


class Scheduler:
    """Runs models, data and recipes of all studies that this process has open.

    Each part below is documented where it stands: what is taken in (`Intake`), looked into
    (`Inspection`), and made (`RecipeJobs`).

    Attributes:
        executor: Where tasks run.
        library: The studies.
        timing: How latency is measured.
    """

    def __init__(
        self,
        executor: Executor,
        library: Library,
        latency_seconds: float,
        opening_seconds: float,
    ) -> None:
        """
        Args:
            executor: Where tasks run.
            library: The studies.
            latency_seconds: Of timing for each variant.
            opening_seconds: That opening a model may take, unless somebody wants to wait longer.
        """
        self.executor, self.library = executor, library
        self.timing = Timing(latency_seconds)
        runs = Runs()

        intake = Intake(executor, library, opening_seconds)
        self.open_both, self.open_model = intake.open_both, intake.open_model
        self.add_data, self.judge_again = intake.add_data, intake.judge_again

        inspection = Inspection(executor, library, self.timing, runs)
        self.ask, self.weigh = inspection.ask, inspection.weigh
        self.measure_again = inspection.measure_again

        jobs = RecipeJobs(executor, LatencyTurns(executor, self.timing, runs), runs)
        self.start, self.cancel = jobs.start, jobs.cancel
        self.progress, self.curve, self.wait = jobs.progress, jobs.curve, jobs.wait
