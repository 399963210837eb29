"""tests of tools/: which Pythons are taken, and what is said of them."""

from pathlib import Path

import pytest

from tools.pythons import Outcome, Step, find_interpreters, main, summary, table


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose only Pythons are those that a test puts there; nothing is on its PATH."""
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def put(machine: Path, version: str, answer: str) -> Path:
    """An interpreter that pyenv installed, which says `answer` of itself."""
    path = machine / "versions" / version / "bin" / "python"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


def test_the_newest_of_each_version_is_taken(machine: Path) -> None:
    put(machine, "3.12.1", "[[3, 12, 1], true]")
    newest = put(machine, "3.12.10", "[[3, 12, 10], true]")
    put(machine, "3.9.18", "[[3, 9, 18], true]")
    found = find_interpreters()
    assert {minor: each.path for minor, each in found.items()} == {"3.12": newest}


def test_what_does_not_run_or_is_a_virtual_environment_is_passed_over(machine: Path) -> None:
    put(machine, "3.10.1", "[[3, 10, 1], false]")
    put(machine, "3.11.1", "").write_text("#!/bin/sh\nexit 1\n")
    assert find_interpreters() == {}


def test_a_machine_without_any_says_so(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--smoke"]) == 2
    assert "none of Python 3.10, 3.11" in capsys.readouterr().err


def test_the_table_says_what_passed_what_failed_and_what_is_not_here() -> None:
    outcomes = [
        Outcome(
            "3.11.7", (Step("make setup", True, 120), Step("make test", True, 600)), "9 passed"
        ),
        Outcome("3.12.1", (Step("make setup", False, 30),)),
        Outcome("3.13"),
    ]
    assert table(outcomes).splitlines()[2:] == [
        "| 3.11.7 | passed | make setup 2.0 min, make test 10.0 min | 9 passed |",
        "| 3.12.1 | **failed** | make setup 0.5 min (failed) |  |",
        "| 3.13 | not here |  |  |",
    ]


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("..\n12 passed, 1 skipped in 3.20s\n", "12 passed, 1 skipped in 3.20s"),
        ("=== 1 failed, 2 passed in 9s ===\n", "1 failed, 2 passed in 9s"),
        ("2 errors in 1s\n", "2 errors in 1s"),
        ("9 passed in 8s\n.\n1 passed in 2s\n", "9 passed in 8s; 1 passed in 2s"),
        ("make: *** [setup] Error 1\n", ""),
    ],
)
def test_what_pytest_said_at_its_end_is_kept(output: str, line: str) -> None:
    assert summary(output) == line
