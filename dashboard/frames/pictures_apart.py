"""dashboard/frames/: the pictures to which a variant and float32 give different classes."""

from typing import Any, cast

import pandas as pd
import streamlit as st

from dashboard.figures import sample_pictures
from dashboard.markdown import verbatim
from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.store.study import Study

MOST, ACROSS = 12, 6
SAID = {"float32": "float32", "This file": "this file", "Class": "labelled"}


def show(study: Study, record: DatasetRecord, apart: pd.DataFrame) -> None:
    """The first few, with what both say and the label; nothing where samples are no pictures.

    Args:
        study: Has the samples.
        record: Of them.
        apart: See `class_tables.classes_apart`.
    """
    try:
        dataset = Dataset(study.data_folder, record)
    except OSError:
        return
    rows = cast(list[dict[str, Any]], apart.head(MOST).to_dict("records"))
    evaluated = dataset.roles.evaluation
    drawn = (sample_pictures.draw(dataset, int(evaluated[row["Sample"]])) for row in rows)
    shown = [(row, one) for row, one in zip(rows, drawn, strict=True) if one is not None]
    for at in range(0, len(shown), ACROSS):
        places = st.columns(ACROSS)
        for place, (row, picture) in zip(places, shown[at : at + ACROSS], strict=False):
            lines = [f"{words}: {row[name]}" for name, words in SAID.items() if name in row]
            with place:
                st.image(picture, width="stretch", alt=f"Evaluation sample {row['Sample']}")
                st.caption("  \n".join(map(verbatim, [f"Sample {row['Sample']}", *lines])))
