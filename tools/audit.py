"""tools/: asks a vulnerability database of what is pinned: python -m tools.audit [FILE …].

Ends with 0 where nothing is known against any of it, with 1 where something is, and with 3 where no
database was reached, or it did not know all: then nothing is said of the rest.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LOCK = "requirements.txt"
ASKS = (sys.executable, "-m", "pip_audit")
CLEAN, FOUND, NOT_REACHED = 0, 1, 3
MOST_TOLD = 5  # packages by name


def audit(file: str, asks: Sequence[str] = ASKS) -> int:
    """Prints what is known against what a file pins; returns one of the statuses above.

    Args:
        file: As `make lock` writes it, with hashes: nothing is installed to be asked about.
        asks: The program that asks, pip-audit or one like it.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        told = subprocess.run(
            [*asks, "--requirement", file, "--disable-pip", "--require-hashes",
             "--progress-spinner", "off", "--format", "json", "--output", str(answer)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not answer.exists():
            last = (told.stderr.strip() or "it said nothing").splitlines()[-1]
            print(f"{file}: no vulnerability database could be asked ({last}).")
            return NOT_REACHED
        return _tell(file, json.loads(answer.read_text())["dependencies"])


def _tell(file: str, answers: Sequence[dict[str, Any]]) -> int:
    unknown = [one["name"] for one in answers if "skip_reason" in one]
    found = [one for one in answers if one.get("vulns")]
    for one in found:
        for fault in one["vulns"]:
            mended = ", ".join(fault["fix_versions"]) or "no version yet"
            print(f"{one['name']} {one['version']}: {fault['id']}, mended in {mended}")
    asked = len(answers) - len(unknown)
    if unknown:
        more = f" and {len(unknown) - MOST_TOLD} more" if len(unknown) > MOST_TOLD else ""
        names = ", ".join(unknown[:MOST_TOLD]) + more
        print(f"{file}: the vulnerability database that was reached does not know {names}.")
    print(f"{file}: {asked} of {len(answers)} packages were looked up, {len(found)} have faults.")
    return FOUND if found else NOT_REACHED if unknown else CLEAN


def main(arguments: Sequence[str]) -> int:
    """Asks of each file; a fault that is known counts more than what could not be asked."""
    statuses = {audit(file) for file in arguments or (LOCK,)}
    return FOUND if FOUND in statuses else max(statuses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
