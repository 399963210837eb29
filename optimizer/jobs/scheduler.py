"""jobs/: brings studies and the executor together. The only place where both are known."""

from optimizer.jobs.device_results import DeviceResults
from optimizer.jobs.estimating import Estimating
from optimizer.jobs.inspection import Inspection
from optimizer.jobs.intake import Intake
from optimizer.jobs.latency_turns import LatencyTurns
from optimizer.jobs.recipe_jobs import RecipeJobs
from optimizer.jobs.runs import Runs
from optimizer.jobs.searches import Searches
from optimizer.jobs.timing import Timing
from optimizer.store.library import Library
from optimizer.workers.executor import Executor


class Scheduler:
    """Runs models, data and recipes of all studies that this process has open.

    Each part below is documented where it stands: what is taken in (`Intake`), looked into
    (`Inspection`), measured elsewhere (`DeviceResults`), tried for chips that are not
    here (`Estimating`), made (`RecipeJobs`), and sought (`Searches`).

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
        self.add_data_of = intake.add_data_of

        inspection = Inspection(executor, library, self.timing, runs)
        self.ask, self.weigh = inspection.ask, inspection.weigh
        self.measure_again, self.operators = inspection.measure_again, inspection.operators
        self.sensitivity, self.gather_kit = inspection.sensitivity, inspection.gather_kit
        self.describe = inspection.describe

        devices = DeviceResults(executor, library)
        self.gather_bundle, self.import_result = devices.gather_bundle, devices.import_result

        self.estimate = Estimating(executor, library).estimate

        jobs = RecipeJobs(executor, LatencyTurns(executor, self.timing, runs), runs)
        self.start, self.add_file, self.cancel = jobs.start, jobs.add_file, jobs.cancel
        self.progress, self.curve, self.wait = jobs.progress, jobs.curve, jobs.wait

        searches = Searches(executor, library, jobs)
        self.search, self.searching = searches.search, searches.searching
        self.stop_searches = searches.stop_all
