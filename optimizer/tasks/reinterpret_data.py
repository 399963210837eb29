"""tasks/: judges data that a study has already under another scaling, task or output."""

from dataclasses import dataclass
from typing import ClassVar

from optimizer.data.data_options import DataOptions
from optimizer.reporting import Report
from optimizer.store.records import Judged
from optimizer.tasks.judge_data import DATA, judge
from optimizer.tasks.study_files import StudyData, StudyModel
from optimizer.workers.work import Work


@dataclass(frozen=True)
class ReinterpretData(Work[Judged]):
    """Like `ReadData`, with what was read before; the samples stay where they are.

    Attributes:
        data: What was read.
        options: What the user has decided.
        model: The study's model.
    """

    urgent: ClassVar[bool] = True

    data: StudyData
    options: DataOptions
    model: StudyModel

    @property
    def trusted(self) -> bool:
        """See `Work.trusted`."""
        return self.model.record.runs_code

    def run(self, report: Report) -> Judged:
        """See `Work.run`.

        Raises:
            DataError: the labels or the scaling do not fit.
        """
        from optimizer.data.reading import reinterpret  # noqa: PLC0415 (workers only)

        data = self.out / DATA
        data.mkdir()
        before = self.data.folder
        record = reinterpret(
            before, data, self.data.record, self.model.record.summary, self.options
        )
        return judge(record, self.options, self.model, self.out, report, inputs=before)
