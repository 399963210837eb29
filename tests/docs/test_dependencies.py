"""tests of docs/: the list of private parts of dependencies, and its canaries."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "dependencies.md"
CANARIES = ROOT / "tests" / "canaries"
LINE = re.compile(r"^\| `(\w+)` \| (.+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)


def test_every_line_has_a_canary_and_every_canary_a_line() -> None:
    listed = [line[0] for line in LINE.findall(DOCUMENT.read_text())]
    written = [
        node.name.removeprefix("test_")
        for file in CANARIES.glob("test_*.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert len(listed) > 50
    assert sorted(listed) == sorted(written)


def test_the_files_that_lines_name_are_there() -> None:
    for name, _, used, *_ in LINE.findall(DOCUMENT.read_text()):
        files = re.findall(r"`([^`]+)`", used)
        assert files, name
        assert [file for file in files if not (ROOT / file).is_file()] == [], name


def test_the_table_has_no_line_in_another_form() -> None:
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")]
    assert len(lines) == len(LINE.findall(DOCUMENT.read_text()))
