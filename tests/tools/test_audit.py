"""tests of tools/: what is pinned is asked about, and nobody is told that it is sound unasked."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tools import audit

PINNED = "rich==15.0 --hash=sha256:00\n"
FAULT = {"id": "PYSEC-2026-1", "fix_versions": ["15.1"], "aliases": [], "description": ""}
RICH = {"name": "rich", "version": "15.0", "vulns": []}
ANSWERS = (
    "import json, pathlib, sys\n"
    "assert '--require-hashes' in sys.argv and '--disable-pip' in sys.argv\n"
    "assert pathlib.Path(sys.argv[sys.argv.index('--requirement') + 1]).exists()\n"
    "pathlib.Path(sys.argv[sys.argv.index('--output') + 1]).write_text({answer!r})\n"
)


def asked(tmp_path: Path, program: str) -> int:
    """What comes of a database that answers as a program does."""
    lock = tmp_path / "lock.txt"
    lock.write_text(PINNED)
    return audit.audit(str(lock), [sys.executable, "-c", program])


@pytest.mark.parametrize(
    ("answers", "status", "said"),
    [
        ([RICH], audit.CLEAN, ["1 of 1 packages were looked up, 0 have faults"]),
        (
            [{**RICH, "vulns": [FAULT]}, {"name": "mdurl", "skip_reason": "not found"}],
            audit.FOUND,
            ["rich 15.0: PYSEC-2026-1, mended in 15.1", "does not know mdurl", "1 of 2 packages"],
        ),
        (
            [{"name": f"p{n}", "skip_reason": "not found"} for n in range(7)],
            audit.NOT_REACHED,
            ["does not know p0, p1, p2, p3, p4 and 2 more.", "0 of 7 packages were looked up"],
        ),
    ],
    ids=["sound", "a fault", "unknown"],
)
def test_what_is_known_is_told_and_what_is_not_known_is_not_called_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answers: Sequence[dict[str, Any]],
    status: int, said: Sequence[str],
) -> None:  # fmt: skip
    program = ANSWERS.format(answer=json.dumps({"dependencies": answers}))
    assert asked(tmp_path, program) == status
    told = capsys.readouterr().out
    assert all(one in told for one in said), told


@pytest.mark.parametrize(
    ("program", "why"),
    [("raise SystemExit('no route to the database')", "no route to the database"),
     ("raise SystemExit(1)", "it said nothing")],
    ids=["a reason", "none"],
)  # fmt: skip
def test_without_a_database_it_says_so_in_a_sentence_with_a_status_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], program: str, why: str
) -> None:
    assert asked(tmp_path, program) == audit.NOT_REACHED
    [line] = capsys.readouterr().out.splitlines()
    assert line.endswith(f"no vulnerability database could be asked ({why}).")
