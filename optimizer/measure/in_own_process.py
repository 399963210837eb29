"""measure/: what the process does that `own_process` starts, once it can count its memory.

It imports no more than it needs, for what it imports counts as memory. It takes the file, the
seconds of profiling and the names of the model's inputs as arguments, one sample as .npz from
standard input, and prints a line of JSON for each thing that it finds out, so that what comes
before a crash is not lost.
"""

import io
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from optimizer.arrays import Array
from optimizer.errors import MeasurementError
from optimizer.measure.litert_profiler import profile_runs
from optimizer.measure.measurements import Memory
from optimizer.measure.memory import peak_bytes, reset_peak, resident_bytes
from optimizer.measure.profile import summarise
from optimizer.tflite.runner import Runner

RUNS = 5


def measure() -> None:
    """Measures memory first, for the profiler needs a good deal of it."""
    with _standard_output() as out, np.load(io.BytesIO(sys.stdin.buffer.read())) as kept:
        file, seconds, names = Path(sys.argv[1]), float(sys.argv[2]), tuple(sys.argv[3:])
        sample = tuple(kept[name] for name in kept)
        try:
            runner, memory = _memory(file, sample, names, seconds)
            _tell(out, memory=asdict(memory) if memory else None)
            tensors = Interpreter(model_path=str(file)).get_input_details()
            prepared = zip(tensors, runner.prepare(sample), strict=True)
            inputs = {tensor["index"]: values for tensor, values in prepared}
            _tell(out, profile=asdict(summarise(profile_runs(file, inputs, seconds))))
        except MeasurementError as error:
            _tell(out, reason=str(error))


def _standard_output() -> io.TextIOWrapper:
    """Standard output for the JSON alone: what native code prints there goes to the log."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return out


def _tell(out: io.TextIOWrapper, **found: object) -> None:
    print(json.dumps(found), file=out, flush=True)


def _memory(
    file: Path, sample: Sequence[Array], names: Sequence[str], seconds: float
) -> tuple[Runner, Memory | None]:
    """Opens the file, runs it a few times and reads the peak.

    Raises:
        MeasurementError: it cannot run.
    """
    reset_peak()
    before = resident_bytes()
    runner = Runner(file, sample, names)
    stop = time.monotonic() + seconds
    for run in range(RUNS):
        runner.run(runner.prepare(sample))
        if run and time.monotonic() > stop:
            break
    peak = peak_bytes()
    if before is None or peak is None:
        return runner, None
    return runner, Memory(peak_bytes=peak, model_bytes=max(0, peak - before))
