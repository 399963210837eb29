"""tasks/: the second task of a study: reads the data and measures the float model on them."""

from dataclasses import dataclass
from typing import ClassVar

from optimizer.data.data_options import DataFiles, DataOptions
from optimizer.reporting import Report
from optimizer.store.records import Judged
from optimizer.tasks.judge_data import DATA, judge
from optimizer.tasks.study_files import StudyModel
from optimizer.workers.work import Work


@dataclass(frozen=True)
class ReadData(Work[Judged]):
    """Reads the user's data and makes the baseline variant; `out` takes `data/` and `variants/`.

    Attributes:
        files: Where the data lie; none at all: random inputs.
        name: What to call the dataset.
        options: What the user has decided.
        model: The study's model.
    """

    urgent: ClassVar[bool] = True
    preload: ClassVar[tuple[str, ...]] = ("optimizer.data.reading", "optimizer.measure.predict")

    files: DataFiles
    name: str
    options: DataOptions
    model: StudyModel

    @property
    def trusted(self) -> bool:
        """See `Work.trusted`."""
        return self.model.record.runs_code

    def run(self, report: Report) -> Judged:
        """See `Work.run`.

        Raises:
            UndecidedDataError: the user has to choose the label column first.
            DataError: the data cannot be read or do not fit the model.
        """
        from optimizer.data.reading import read  # noqa: PLC0415 (workers only)

        data = self.out / DATA
        data.mkdir()
        summary = self.model.record.summary
        record = read(self.files, self.name, data, summary, self.options, report)
        return judge(record, self.options, self.model, self.out, report)
