"""tests of models/: opens a file as a worker does, and runs what came of it."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

from optimizer.models.open_options import OpenOptions
from optimizer.store.records import ModelRecord
from optimizer.tasks.open_model import OpenModel

Arrays = npt.NDArray[Any]


def opened(source: Path, folder: Path, **options: Any) -> ModelRecord:
    """Opens `source` into a new folder below `folder`; `options` are those of `OpenOptions`."""
    study = folder / "study"
    study.mkdir()
    work = OpenModel(out=study, source=source, name="tiny", options=OpenOptions(**options))
    return work.run(lambda *_: None)


def run(file: Path, inputs: dict[str, Arrays]) -> list[Arrays]:
    """Runs a `.tflite` on one sample after the other, its inputs found by name.

    Args:
        file: The file; it has one signature.
        inputs: (n, …) for each input, by name.

    Returns:
        (n, …) for each output, in the order of their names.
    """
    interpreter = Interpreter(str(file))
    interpreter.allocate_tensors()
    runner = interpreter.get_signature_runner()
    rows = []
    for sample in zip(*inputs.values(), strict=True):
        interpreter.reset_all_variables()
        given = runner(**{name: x[None] for name, x in zip(inputs, sample, strict=True)})
        rows.append([given[name] for name in sorted(given)])
    return [np.concatenate(column) for column in zip(*rows, strict=True)]
