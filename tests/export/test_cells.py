"""tests of export/: no cell of a table is a formula in a spreadsheet."""

import pytest

from optimizer.export.cells import cell


@pytest.mark.parametrize(
    "text",
    ['=HYPERLINK("http://e")', "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1",
     "＝1", "+cmd|' /C calc'!A0", "-a", "+A1", "-2 +3", "-1,5=A1"],
)  # fmt: skip
def test_a_text_that_begins_like_a_formula_is_none(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    ["", "a=b", "conv_1", "-1", "+0.5", "-1.5e-3", "-.5", "+1,234.5", "-0.5 pt", "+3 %", "−0.4 pt",
     "3 × 4", "'=1"],
)  # fmt: skip
def test_numbers_and_other_texts_stay_as_they_are(text: str) -> None:
    assert cell(text) == text
