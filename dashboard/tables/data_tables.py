"""dashboard/tables/: what the data are for, and how the float model does under each scaling."""

import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.data.data_options import DataQuestion
from optimizer.data.dataset import DatasetRecord
from optimizer.export import numbers
from optimizer.store.records import FloatReport


@exportable
def roles(dataset: DatasetRecord) -> pd.DataFrame:
    """The four roles, how many samples each has, and what it is for."""
    return pd.DataFrame(
        [
            ("Evaluation", dataset.evaluation, "What is reported; nothing else looks at it"),
            ("Calibration", dataset.calibration, "Ranges of activations for int8 and int16x8"),
            ("Tuning", dataset.tuning, "Choices, such as the scaling"),
            ("Training", dataset.training, "Fine-tuning"),
        ],
        columns=["Role", "Samples", "Used for"],
    )


@exportable
def scalings(report: FloatReport, dataset: DatasetRecord) -> pd.DataFrame:
    """The float model's metric under each scaling that was tried."""
    return pd.DataFrame(
        {
            "": ["✓" if score.scaling == dataset.scaling else "" for score in report.scalings],
            "Scaling": [score.scaling for score in report.scalings],
            "Float model": [numbers.metric(score.metric) for score in report.scalings],
            "Meaning": [dataset.meaning(score.scaling) for score in report.scalings],
        }
    )


@exportable
def columns(question: DataQuestion) -> pd.DataFrame:
    """The columns of a table, of which one may be the label."""
    return pd.DataFrame(
        {
            "Column": [column.name for column in question.columns],
            "Holds": [f"{column.kind}s".replace("ys", "ies") for column in question.columns],
            "Different values": [column.distinct for column in question.columns],
            "Missing": [column.missing for column in question.columns],
            "First value": [column.example for column in question.columns],
        }
    )
