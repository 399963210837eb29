"""benchmarks/: how long files of a gigabyte take until they are open or refused, in what memory.

The server's part runs in a process of its own, which reports the most that it held; what workers
hold is theirs.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from benchmarks.row import Row, at_most

if TYPE_CHECKING:
    from optimizer.jobs.scheduler import Scheduler

T = TypeVar("T")
ROOT = Path(__file__).parent.parent
WIDTH = 16_384  # of a layer whose weights are a gigabyte
PICTURES = 2**30 // 28**2
OPENED, READ, REFUSED, MEMORY = 300.0, 600.0, 5.0, 400.0


def measure() -> list[Row]:
    """Makes the files, opens them as a server does, and deletes them."""
    # Where one that waits says that it may take longer than two minutes.
    environment = {**os.environ, "LITEWEIGH_OPENING_MINUTES": "15"}
    with tempfile.TemporaryDirectory() as place:
        for part in ("make", "serve"):
            command = [sys.executable, "-m", "benchmarks.large_files", part, place]
            run = subprocess.run(
                command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
            )
        found = json.loads(run.stdout.splitlines()[-1])
    return [
        at_most("large", "seconds to keep an upload of a gigabyte", found["kept"], OPENED),
        at_most("large", "seconds to open a model of a gigabyte", found["model"], OPENED),
        at_most("large", "seconds to refuse one that is damaged", found["damaged"], REFUSED),
        at_most("large", "seconds to read data of a gigabyte", found["data"], READ),
        at_most("large", "MB that the server held at most", found["server MB"], MEMORY),
    ]


def _make(place: Path) -> None:
    import keras  # noqa: PLC0415 (heavy)
    import numpy as np  # noqa: PLC0415 (heavy)

    inputs = keras.Input((WIDTH,))
    model = keras.Model(inputs, keras.layers.Dense(WIDTH, kernel_initializer="zeros")(inputs))
    model.save(place / "model.keras")
    content = (place / "model.keras").read_bytes()
    (place / "damaged.keras").write_bytes(content[: len(content) // 2])
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (PICTURES, 28, 28), np.uint8)
    np.savez(place / "data.npz", x=x, y=rng.integers(0, 10, PICTURES))


def _refused(scheduler: "Scheduler", file: Path) -> None:
    from optimizer.errors import LiteweighError  # noqa: PLC0415

    with suppress(LiteweighError):
        scheduler.open_model(file, "damaged").result()
        raise AssertionError("it was opened")


def _serve(place: Path) -> None:
    from optimizer import sample  # noqa: PLC0415 (this process alone)
    from optimizer.data.data_options import DataFiles  # noqa: PLC0415
    from optimizer.jobs.local import scheduler_in  # noqa: PLC0415

    def timed(name: str, call: Callable[[], T]) -> T:
        began = perf_counter()
        result = call()
        found[name] = perf_counter() - began
        return result

    found: dict[str, float] = {}
    with scheduler_in(place / "home") as scheduler:
        study = scheduler.open_model(sample.MODEL, "sample").result()  # workers are ready then
        with (place / "model.keras").open("rb") as content:
            kept = timed("kept", lambda: scheduler.library.keep_upload(content))
        timed("model", lambda: scheduler.open_model(kept, "large").result())
        timed("damaged", lambda: _refused(scheduler, place / "damaged.keras"))
        data = DataFiles(place / "data.npz")
        timed("data", lambda: scheduler.add_data(study, data, "large").result())
    found["server MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(json.dumps(found))


if __name__ == "__main__":
    {"make": _make, "serve": _serve}[sys.argv[1]](Path(sys.argv[2]))
