"""dashboard/tables/: every table can be saved as CSV from the page, and opened elsewhere."""

import functools
from collections.abc import Callable
from typing import ParamSpec

import pandas as pd

from optimizer.export.cells import cell

Given = ParamSpec("Given")


def exportable(table: Callable[Given, pd.DataFrame]) -> Callable[Given, pd.DataFrame]:
    """Decorates what makes a table for `st.dataframe`: no text in it is a formula elsewhere.

    Streamlit 1.67 writes cells into its CSV as they are, those of a list one after the other.
    """

    @functools.wraps(table)
    def made(*args: Given.args, **kwargs: Given.kwargs) -> pd.DataFrame:
        frame = table(*args, **kwargs)
        texts = frame.select_dtypes(exclude=["number", "bool"]).columns
        frame[texts] = frame[texts].map(_cell)
        return frame.rename(columns=_cell)

    return made


def _cell(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_cell(one) for one in value]
    return cell(value) if isinstance(value, str) else value
