"""models/: runs a Python file of the user's that has the layers which a model names. Workers only.

It is code: it runs because the user says so, in a worker that is confined and never used again.
"""

import importlib
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType

from optimizer.errors import ModelError
from optimizer.models.packages import allow
from optimizer.words import one_line

MODULE = "liteweigh_code_of_the_user"
KERAS_OF = {2: "tf_keras", 3: "keras"}


def run_code(file: Path, generation: int | None) -> None:
    """Runs the file, and lets models use what it defines.

    Its layers, and other classes and functions, are registered with Keras under their own names,
    beside what the file registers itself.

    Args:
        file: Python.
        generation: Of Keras, 2 or 3, in which the model was saved: what the file imports as `keras`
            or `tf.keras` is that one. None stands for 2, as in a SavedModel.

    Raises:
        ModelError: it fails; the message names the line.
    """
    library = importlib.import_module(KERAS_OF[generation or 2])
    module = sys.modules[MODULE] = ModuleType(MODULE)
    module.__file__ = str(file)
    allow(MODULE)
    try:
        with _called_keras(library):
            exec(compile(file.read_bytes(), str(file), "exec"), vars(module))  # noqa: S102 (trusted)
    except (Exception, SystemExit) as error:
        raise ModelError(_why(error, file)) from error
    objects = library.saving.get_custom_objects()
    known = {id(thing) for thing in objects.values()}
    for name, thing in vars(module).items():
        mine = getattr(thing, "__module__", None) == MODULE
        if mine and isinstance(thing, type | FunctionType) and id(thing) not in known:
            objects.setdefault(name, thing)
    for thing in list(objects.values()):  # by a plain name too, as old files have it
        if getattr(thing, "__module__", None) == MODULE:
            objects.setdefault(thing.__name__, thing)


@contextmanager
def _called_keras(library: ModuleType) -> Iterator[None]:
    """While the file runs, `tf.keras` is the library that the model is of; and `keras`, of Keras 2.

    Elsewhere `tf.keras` is either, by the order of imports.
    """
    import tensorflow as tf  # noqa: PLC0415 (workers only: takes seconds and 700 MB)

    own = library.__name__
    names = {"tensorflow.keras", "keras"} if own != "keras" else {"tensorflow.keras"}
    before = {name: module for name, module in sys.modules.items()
              if any(name == one or name.startswith(f"{one}.") for one in names)}  # fmt: skip
    parts = {name.removeprefix(own): module for name, module in sys.modules.items()
             if name == own or name.startswith(f"{own}.")}  # fmt: skip
    lazy = tf.__dict__.get("keras")
    for name in before:
        del sys.modules[name]
    for name in names:
        sys.modules.update({f"{name}{part}": module for part, module in parts.items()})
    tf.__dict__["keras"] = library
    try:
        yield
    finally:
        for name in list(sys.modules):
            if any(name == one or name.startswith(f"{one}.") for one in names):
                del sys.modules[name]
        sys.modules.update(before)
        if lazy is None:
            del tf.__dict__["keras"]
        else:
            tf.__dict__["keras"] = lazy


def _why(error: BaseException, file: Path) -> str:
    """What went wrong, and in which line of the file."""
    frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__)
              if frame.filename == str(file)]  # fmt: skip
    line = error.lineno if isinstance(error, SyntaxError) else (frames[-1] if frames else None)
    where = f" in line {line:,}" if line else ""
    said = one_line(str(error)) or "without a reason"
    return (
        f"The Python file fails{where} ({type(error).__name__}: {said.rstrip('.')}). It has to run "
        "by itself, with what is installed here: leave only the layers in it, and their imports."
    )
