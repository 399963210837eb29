"""tests/kills: the program of a worker that stops where it is to be killed."""

import sys
from pathlib import Path

from optimizer.workers import program
from tests.kills.hook import install
from tests.kills.points import WORKER

if __name__ == "__main__":
    install(WORKER, Path(sys.argv[3]))
    program.main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
