"""tasks/: judges data that a study has already under another scaling, task or output."""

import os
import shutil
from dataclasses import dataclass

from optimizer.data.data_options import DataOptions
from optimizer.reporting import Report
from optimizer.store.records import Judged
from optimizer.tasks.judge_data import DATA, judge
from optimizer.tasks.study_files import BASELINE_OUTPUTS, StudyData, StudyModel
from optimizer.workers.work import Work


@dataclass(frozen=True)
class ReinterpretData(Work[Judged]):
    """Like `ReadData`, with what was read before.

    Attributes:
        data: What was read.
        options: What the user has decided.
        model: The study's model.
    """

    data: StudyData
    options: DataOptions
    model: StudyModel

    def run(self, report: Report) -> Judged:
        """See `Work.run`.

        Raises:
            DataError: the labels or the scaling do not fit.
        """
        from optimizer.data.reading import reinterpret  # noqa: PLC0415 (workers only)

        data = self.out / DATA
        others = shutil.ignore_patterns(BASELINE_OUTPUTS)  # they are of another baseline
        # Links, for nothing is ever written into a file of a dataset.
        shutil.copytree(self.data.folder, data, ignore=others, copy_function=os.link)
        record = reinterpret(data, self.data.record, self.model.record.summary, self.options)
        return judge(record, self.options.scaling, self.model, self.out, report)
