"""tests of export/: every table that can be saved from a page goes through the one place."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from dashboard.tables.exportable import exportable

ROOT = Path(__file__).parents[2]
FILES = sorted(file for room in ("pages", "dashboard") for file in (ROOT / room).rglob("*.py"))
GIVEN = {"operator_list.py": "operators", "composer.py": "operators", "sample_answers.py": "frame"}
"""Files that show a table which they are given, under this name; whoever gives it is looked at."""
SHOWS = {"dataframe", "data_editor"}
GIVES = {"operator_list.show": 0, "composer.compose": 1, "_show_answers": 0}
"""Functions that are given such a table, and as which argument."""
FORMULA = "=HYPERLINK(1)"


def test_texts_lists_of_texts_and_titles_are_no_formulas_and_numbers_stay() -> None:
    @exportable
    def table() -> pd.DataFrame:
        return pd.DataFrame({
            "text": [FORMULA], "list": [["a", FORMULA]], FORMULA: [1.5],
            "number": [-2.0], "day": pd.to_datetime(["2026-01-01"], utc=True), "none": [None],
        })  # fmt: skip

    made = table()
    assert made["text"].tolist() == [f"'{FORMULA}"]
    assert made["list"].tolist() == [["a", f"'{FORMULA}"]]
    assert list(made.columns[:3]) == ["text", "list", f"'{FORMULA}"]
    assert made["number"].tolist() == [-2.0]
    assert made["day"].dt.year.tolist() == [2026]
    assert "=" not in made.drop(columns=["text", "list"]).to_csv().replace(f"'{FORMULA}", "")


def makers(trees: dict[Path, ast.Module]) -> set[str]:
    """Functions that are decorated."""
    return {
        node.name
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(one, ast.Name) and one.id == "exportable" for one in node.decorator_list)
    }


def base(value: ast.expr) -> ast.expr:
    """`table` of `table.iloc[order].reset_index()`."""
    while not isinstance(value, ast.Name):
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            value = value.func.value
        elif isinstance(value, ast.Attribute | ast.Subscript):
            value = value.value
        else:
            break
    return value


def guarded(value: ast.expr, function: ast.FunctionDef, file: Path, made: set[str]) -> bool:
    """Whether a decorated function has made it, as far as one file tells."""
    if isinstance(value, ast.Call) and ast.unparse(value.func).rpartition(".")[2] in made:
        return True
    name = base(value)
    if not isinstance(name, ast.Name):
        return False
    if name.id == GIVEN.get(file.name) and name.id in {one.arg for one in function.args.args}:
        return True
    assigned = [
        one.value
        for one in ast.walk(function)
        if isinstance(one, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name.id for target in one.targets)
    ]
    return bool(assigned) and all(guarded(one, function, file, made) for one in assigned)


def shown(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """What it shows as a table, or gives to a function that does."""
    for call in ast.walk(function):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        if isinstance(call.func, ast.Attribute) and call.func.attr in SHOWS:
            yield call.args[0]
        elif (place := GIVES.get(ast.unparse(call.func))) is not None:
            yield call.args[place]


def unguarded(trees: dict[Path, ast.Module]) -> Iterator[str]:
    """Tables that are shown with a button that saves them, and made by no decorated function."""
    made = makers(trees)
    for file, tree in trees.items():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                for value in shown(function):
                    if not guarded(value, function, file, made):
                        yield f"{file.name}:{value.lineno}: {ast.unparse(value)}"


def test_every_table_with_a_button_to_save_it_is_made_by_a_function_that_keeps_formulas_out() -> (
    None
):
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in FILES}
    assert list(unguarded(trees)) == []


@pytest.mark.parametrize(
    "show",
    ["st.dataframe(pd.DataFrame(rows))", "st.dataframe(rows)", "place.data_editor(plain())",
     "frame = plain()\n    st.dataframe(frame)", "operator_list.show(plain())"],
)  # fmt: skip
def test_control_a_table_that_is_not_made_so_is_found(show: str) -> None:
    tree = ast.parse(f"def page(rows):\n    {show}\n")
    assert len(list(unguarded({Path("page.py"): tree}))) == 1
