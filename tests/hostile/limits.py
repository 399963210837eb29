"""tests of hostile files: reads each in a process of its own, and says what that cost.

    python -m tests.hostile.limits   # a file and what its model takes, a JSON line each

A file that was meant to take the machine down then takes down only that process, which has little
memory and little time.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_MEMORY = 512 * 2**20  # bytes beside what is there before
MOST_SECONDS = 20  # of CPU


@dataclass(frozen=True)
class Cost:
    """What it took to read a file.

    Attributes:
        error: The name of what was raised; "" if it was read.
        message: What that says.
        seconds: Of CPU.
        memory: Bytes that were resident at most, beside what was there before.
        written: Bytes on disk at the end.
    """

    error: str
    message: str
    seconds: float
    memory: int
    written: int


class Reading:
    """The process that reads, with everything imported; a context that ends it."""

    def __enter__(self) -> "Reading":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.limits"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def __call__(self, file: Path, taken: tuple[int, ...], label: str | None = "") -> Cost:
        """Reads data for a model that takes samples of the shape `taken`."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps([str(file), taken, label]), file=self._process.stdin, flush=True)
        return Cost(**json.loads(self._process.stdout.readline()))


def _read(file: Path, taken: tuple[int, ...], label: str | None) -> Cost:
    from optimizer.data.data_options import DataFiles, DataOptions
    from optimizer.data.reading import read
    from tests.summaries import summary

    error = message = ""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        before, began = _peak(), time.process_time()
        try:
            options = DataOptions(label=label, scaling="none")
            read(DataFiles(main=file), "d", folder, summary(taken), options, lambda *_: None)
        except Exception as raised:  # noqa: BLE001 (it is told)
            error, message = type(raised).__name__, str(raised)
        seconds, memory = time.process_time() - began, _peak() - before
        written = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Cost(error, message, seconds, memory, written)


def _peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def _in_a_process(file: Path, taken: tuple[int, ...], label: str | None) -> Cost:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        if sys.platform == "linux":
            data = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_DATA, (data + MOST_MEMORY, data + MOST_MEMORY))
        with os.fdopen(writing, "w") as told:
            told.write(json.dumps(asdict(_read(file, taken, label))))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        said = told.read()
    _, status = os.waitpid(child, 0)
    if not said:
        return Cost("Ended", f"status {status}", MOST_SECONDS, MOST_MEMORY, 0)
    return Cost(**json.loads(said))


def main() -> None:
    """Answers each line with one."""
    import pandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    from PIL import Image

    import optimizer.data.reading  # noqa: F401

    Image.init()
    for line in sys.stdin:
        file, taken, label = json.loads(line)
        sys.stdout.write(json.dumps(asdict(_in_a_process(Path(file), tuple(taken), label))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
