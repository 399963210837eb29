"""tests of tests/soak: a series goes on where it was, and keeps what did not hold."""

import itertools
from pathlib import Path

from tests.soak.__main__ import runs
from tests.soak.results import read
from tests.soak.series import Series


def test_a_series_that_was_stopped_goes_on_until_its_count_is_full(tmp_path: Path) -> None:
    out = tmp_path / "soak.jsonl"
    series = {
        "squares": Series(5, lambda number: {"square": number**2}, ""),
        "cubes": Series(2, lambda number: {"cube": number**3}, ""),
    }
    began = list(itertools.islice(runs(series, None, out), 4))
    assert [(run.series, run.number) for run in began] == [
        ("squares", 0), ("cubes", 0), ("squares", 1), ("cubes", 1),
    ]  # fmt: skip
    went_on = list(runs(series, None, out))
    assert [run.found for run in went_on] == [{"square": 4}, {"square": 9}, {"square": 16}]
    assert read(out) == began + went_on
    assert list(runs(series, None, out)) == []
    assert [run.number for run in runs(series, 6, out) if run.series == "squares"] == [5]


def test_a_run_that_does_not_hold_is_kept_with_its_error_and_the_next_one_runs(
    tmp_path: Path,
) -> None:
    out = tmp_path / "soak.jsonl"
    found = list(runs({"inverses": Series(2, lambda n: {"inverse": 1 / n}, "")}, None, out))
    assert [run.held for run in found] == [False, True]
    assert found[0].found == {"error": "ZeroDivisionError: division by zero"}
    assert read(out) == found


def test_an_unfinished_last_line_is_passed_over(tmp_path: Path) -> None:
    out = tmp_path / "soak.jsonl"
    series = {"ones": Series(2, lambda _: {"one": 1}, "")}
    first, _ = runs(series, None, out)
    whole = out.read_text().splitlines(keepends=True)
    out.write_text(whole[0] + whole[1][:20])
    assert read(out) == [first]
    [again] = runs(series, None, out)
    assert again.number == 1
    assert read(out) == [first, again]
