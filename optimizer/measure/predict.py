"""measure/: predictions of a .tflite file for many samples, as fast as the machine allows."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from optimizer.arrays import Array, Float32s
from optimizer.data.samples import Samples
from optimizer.errors import MeasurementError
from optimizer.tflite.runner import Runner

BATCHES = (8, 32, 128)
TUNING_SHARE = 0.03  # of the time that all samples would take one by one
TUNING_SECONDS = 0.02  # always allowed
LEAST_TIMED = 1e-3  # seconds; a single short run says little
WORTHWHILE = 0.95  # a larger batch must save 5 %
PIECE_BYTES = 4_000_000  # of samples prepared at once
PIECES = 16  # for each worker at least, so that all of them end together


def predict(
    file: Path,
    samples: Samples,
    *,
    workers: int | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> list[Float32s]:
    """What the model says about each sample, bit for bit as if run one by one.

    The batch size is tuned on the first samples; then each worker runs its own single-threaded
    interpreter (an invocation releases the GIL).

    Args:
        file: the .tflite file.
        samples: at least one sample, in the float model's scale.
        workers: interpreters at work at once; by default one for each core.
        on_progress: told the share done, 0..1, now and then, in the calling thread.

    Returns:
        For each model output a float32 array (samples, ...), dequantized.

    Raises:
        MeasurementError: the file cannot be run on these samples.
    """
    count = len(samples)
    first = tuned(file, samples)
    batch = first.batch
    example = samples.batch(0, batch)
    workers = workers or os.cpu_count() or 1
    affordable = PIECE_BYTES // sum(array[:1].nbytes for array in example)
    piece = batch * max(1, min(affordable, count // (workers * PIECES)) // batch)
    starts = range(0, count, piece)
    workers = min(workers, len(starts))
    idle: SimpleQueue[Runner | None] = SimpleQueue()
    for runner in (first, *[None] * (workers - 1)):
        idle.put(runner)

    def run(start: int) -> tuple[int, list[Float32s]]:
        # Opened here, so that the first one works meanwhile: packing large weights takes a while.
        runner = idle.get() or Runner(file, example, samples.names)
        try:
            stop = min(start + piece, count)
            return start, _run_piece(runner, samples.batch(start, stop))
        finally:
            idle.put(runner)

    outputs: list[Float32s] = []
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(run, start) for start in starts]
        try:
            for done, future in enumerate(as_completed(futures), 1):
                start, parts = future.result()
                outputs = outputs or [np.empty((count, *p.shape[1:]), np.float32) for p in parts]
                for output, part in zip(outputs, parts, strict=True):
                    output[start : start + len(part)] = part
                if on_progress:
                    on_progress(done / len(futures))
        finally:
            pool.shutdown(cancel_futures=True)
    return outputs


def tuned(file: Path, samples: Samples) -> Runner:
    """Opened for the batch size that is fastest on the first samples, with the same bits as 1.

    Sizes are tried upwards while they pay and while trying them costs little against the whole
    run. A model that refuses to be resized stays at 1.

    Raises:
        MeasurementError: the file cannot be run on these samples at all.
    """
    runner = Runner(file, samples.batch(0, 1), samples.names)
    first = runner.prepare(samples.batch(0, 1))
    runner.run(first)  # to be warm
    outputs, single = _timed(runner, first)
    reference, fastest = [outputs], single
    allowed = max(TUNING_SECONDS, TUNING_SHARE * single * len(samples))
    best = runner
    for batch in BATCHES:
        trial_runs = 3  # one by one for reference, and twice in the batch
        if batch > len(samples) or trial_runs * batch * single > allowed:
            break
        reference += [
            runner.run(runner.prepare(samples.batch(i, i + 1)))
            for i in range(len(reference), batch)
        ]
        tried = _try_batch(file, samples.batch(0, batch), samples.names, reference)
        if tried is None or tried[1] > WORTHWHILE * fastest:
            break
        best, fastest = tried
    return best


def _try_batch(
    file: Path, arrays: Sequence[Array], names: Sequence[str], reference: list[list[Float32s]]
) -> tuple[Runner, float] | None:
    """Opened for one batch, and seconds a sample; None if refused, or if a bit differs."""
    try:
        runner = Runner(file, arrays, names)
        outputs, seconds = _timed(runner, runner.prepare(arrays))
    except MeasurementError:
        return None
    for head, output in enumerate(outputs):
        expected = np.concatenate([one[head] for one in reference])
        if expected.tobytes() != output.tobytes():
            return None
    return runner, seconds


def _timed(runner: Runner, prepared: list[Array]) -> tuple[list[Float32s], float]:
    """The outputs, and seconds a sample: the best of two runs, or of more while they are short."""
    times: list[float] = []
    outputs: list[Float32s] = []
    while len(times) < 2 or sum(times) < LEAST_TIMED:
        start = time.perf_counter()
        outputs = runner.run(prepared)
        times.append(time.perf_counter() - start)
    return outputs, min(times) / runner.batch


def _run_piece(runner: Runner, arrays: Sequence[Array]) -> list[Float32s]:
    """Runs any number of samples batch by batch, the last one filled up with its last sample."""
    prepared = runner.prepare(arrays)
    count = len(prepared[0])
    batches = []
    for start in range(0, count, runner.batch):
        batch = [values[start : start + runner.batch] for values in prepared]
        missing = runner.batch - len(batch[0])
        if missing:
            batch = [np.concatenate([v, np.repeat(v[-1:], missing, axis=0)]) for v in batch]
        batches.append(runner.run(batch))
    return [np.concatenate(parts)[:count] for parts in zip(*batches, strict=True)]
