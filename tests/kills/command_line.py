"""tests/kills: the command line, with workers that stop where they are to be killed.

python -m tests.kills.command_line run MODEL … --out STUDY

Then it brings the study a finished file, as another command would.
"""

import sys
from pathlib import Path

from tests.kills.host import prepare

if __name__ == "__main__":
    prepare()

    from optimizer.cli.main import main
    from tests.kills.study import VENDORS, finished

    study = sys.argv[-1]
    sys.exit(main() or main(["add", study, str(finished(Path(study))), "--name", VENDORS]))
