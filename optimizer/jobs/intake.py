"""jobs/: takes in models and data: a model becomes a study, and a study gets data."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from optimizer.data.as_decided import as_decided
from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.data.dataset import share_samples
from optimizer.data.other_model import for_model
from optimizer.jobs.install import install_data
from optimizer.jobs.pending import Pending
from optimizer.jobs.staged import run_staged
from optimizer.jobs.time_limit import TimeLimit
from optimizer.models.open_options import OpenOptions
from optimizer.store.library import Library, new_id
from optimizer.store.records import Judged
from optimizer.store.study import Study
from optimizer.tasks.judge_data import DATA
from optimizer.tasks.open_model import OpenModel
from optimizer.tasks.read_data import ReadData
from optimizer.tasks.reinterpret_data import ReinterpretData
from optimizer.tasks.study_files import StudyData, StudyModel
from optimizer.workers.executor import Executor
from optimizer.workers.work import Work

AS_FOUND, NOT_DECIDED = OpenOptions(), DataOptions()


class Intake:
    """Opens models and reads data, in workers, into the studies of a library."""

    def __init__(self, executor: Executor, library: Library, opening_seconds: float) -> None:
        self._executor, self._library = executor, library
        self._opening_seconds = opening_seconds

    def open_both(
        self, model: Path, model_name: str, data: DataFiles, data_name: str
    ) -> Pending[Study]:
        """Opens a model and gives its new study data, in one go."""
        opening = self.open_model(model, model_name)
        both: Pending[Study] = Pending(opening.progress, opening.cancel, opening.limit)

        def opened(done: "Future[Study]") -> None:
            error = done.exception()
            if error is None:
                both.continue_with(self.add_data(done.result(), data, data_name))
            else:
                both.fail(error, opening.log)

        opening.on_end(opened)
        return both

    def open_model(
        self,
        source: Path,
        name: str,
        options: OpenOptions = AS_FOUND,
        *,
        study_id: str | None = None,
        architecture: Path | None = None,
        code: Path | None = None,
    ) -> Pending[Study]:
        """Opens a model and makes a study of it, called `study_id` or by a new name.

        `architecture` is a model.json where the file has weights alone, and `code` a Python file
        with its layers, which is run.
        It fails with an UndecidedModelError where the user has to decide something.
        """
        study_id = study_id or new_id(name)
        return run_staged(
            self._executor,
            self._library,
            study_id,
            lambda out: OpenModel(
                out=out,
                source=source,
                name=name,
                options=options,
                architecture=architecture,
                code=code,
            ),
            lambda record, out: self._library.adopt(out, record, study_id),
            TimeLimit(self._opening_seconds),
        )

    def add_data(
        self, study: Study, files: DataFiles, name: str, options: DataOptions = NOT_DECIDED
    ) -> Pending[Study]:
        """Gives a study its data; one that has results already stays, and a copy gets the data.

        It fails with an UndecidedDataError where the user has to decide something.
        """
        model = StudyModel.of(study.index.model, study.folder)
        return self._judge(
            study,
            lambda out: ReadData(out=out, files=files, name=name, options=options, model=model),
        )

    def add_data_of(self, study: Study, like: Study) -> Pending[Study]:
        """Gives a study the data of another, with all that was decided about them there.

        Raises:
            StudyError: the other has no data.
            DataError: they are for a model that takes or gives something else.
        """
        given = StudyData.of(like)
        summary = study.index.model.summary
        data = replace(given, record=for_model(given.record, summary, like.index.model.summary))
        options = as_decided(given.record, [spec.name for spec in summary.outputs])
        model = StudyModel.of(study.index.model, study.folder)
        return self._judge(
            study,
            lambda out: ReinterpretData(out=out, data=data, options=options, model=model),
            samples=given.folder,
        )

    def judge_again(self, study: Study, options: DataOptions) -> Pending[Study]:
        """Judges the same data under another scaling, task or output; see `add_data`."""
        data = StudyData.of(study)
        model = StudyModel.of(study.index.model, study.folder)
        return self._judge(
            study,
            lambda out: ReinterpretData(out=out, data=data, options=options, model=model),
            samples=data.folder,
        )

    def _judge(
        self, study: Study, begin: Callable[[Path], Work[Judged]], samples: Path | None = None
    ) -> Pending[Study]:
        """Judges data that a task reads, or that are there already: then `samples` has them."""

        def take_over(judged: Judged, out: Path) -> Study:
            if samples:
                share_samples(samples, out / DATA)
            level = self._executor.level
            if not study.index.jobs:
                install_data(study, out, judged, level)
                return study
            return self._library.copy(study, lambda copy: install_data(copy, out, judged, level))

        return run_staged(self._executor, self._library, study.index.id, begin, take_over)
