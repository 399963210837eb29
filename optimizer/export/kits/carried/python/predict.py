"""Runs model.tflite, from what you have to what it means, as it was measured.

    python predict.py photo.png
    python predict.py samples.npy
    python predict.py row.csv

or in your own code:

    from predict import Model

    model = Model()
    [answer] = model.predict(array)  # one raw sample, not scaled: that is done here
    print(answer.label, answer.score)

What is done to a sample, and how outputs are read, stands in model.json.
"""

import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter, OpResolverType

HERE = Path(__file__).resolve().parent
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Answer:
    """What one output means.

    Attributes:
        output: Its name.
        kind: "class", "labels", "positions", "values", "anomaly" or "raw".
        values: The output, float32, with a batch of one.
        label: The name of the class; "yes" labels joined by commas; "anomaly" or "normal".
        score: Of a class its output; of an anomaly the error of rebuilding; else None.
        classes: The number of the class; the numbers of the labels; a class for each position.
    """

    output: str
    kind: str
    values: Array
    label: str
    score: float | None
    classes: Array


class Model:
    """A .tflite with what has to be done before and after it."""

    def __init__(self, folder: Path = HERE, threads: int = 1) -> None:
        """Opens the file in `folder`."""
        self.facts: dict[str, Any] = json.loads((folder / "model.json").read_text("utf-8"))
        self._file, self._threads = str(folder / self.facts["file"]), threads
        try:
            self._interpreter = self._open(OpResolverType.AUTO)
        except RuntimeError:  # XNNPACK cannot prepare some operators that the runtime can
            self._interpreter = self._open(OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)

    def _open(self, resolver: Any) -> Any:
        interpreter = Interpreter(
            self._file, num_threads=self._threads, experimental_op_resolver_type=resolver
        )
        details = interpreter.get_input_details()
        for facts in self.facts["inputs"]:
            tensor = details[facts["place"]]
            if list(tensor["shape"]) != facts["shape"]:
                interpreter.resize_tensor_input(tensor["index"], facts["shape"])
        interpreter.allocate_tensors()
        return interpreter

    def predict(self, *raw: Any) -> list[Answer]:
        """What the model says of one sample: an answer for each output that means something.

        Args:
            raw: For each input of the model its values as they come, in its raw shape.
        """
        wanted = self.facts["inputs"]
        if len(raw) != len(wanted):
            raise ValueError(f"{len(raw)} inputs were given, but the model takes {len(wanted)}.")
        arrays = [_in_shape(one, facts) for one, facts in zip(raw, wanted, strict=True)]
        outputs = self.run([prepare(x, facts) for x, facts in zip(arrays, wanted, strict=True)])
        return [self._answer(reading, outputs, arrays) for reading in self.facts["readings"]]

    def run(self, prepared: Sequence[Array]) -> list[Array]:
        """All outputs, float32, for inputs that are prepared."""
        interpreter = self._interpreter
        details = interpreter.get_input_details()
        interpreter.reset_all_variables()
        for values, facts in zip(prepared, self.facts["inputs"], strict=True):
            interpreter.set_tensor(details[facts["place"]]["index"], values)
        interpreter.invoke()
        details = interpreter.get_output_details()
        return [
            read(interpreter.get_tensor(details[facts["place"]]["index"]), facts)
            for facts in self.facts["outputs"]
        ]

    def predict_picture(self, file: str | Path) -> list[Answer]:
        """The same of a picture file, which is brought into the model's size. Needs Pillow."""
        return self.predict(picture(Path(file), self.facts["inputs"][0]))

    def _answer(self, reading: Any, outputs: list[Array], raw: list[Array]) -> Answer:
        values = outputs[reading["output"]]
        kind, labels, threshold = reading["kind"], reading["labels"], reading["threshold"]
        label, score, classes = "", None, np.zeros(0, np.int64)
        if kind == "class":
            flat = values.ravel()
            one = len(flat) == 1
            at = int(flat[0] > threshold) if one else int(flat.argmax())
            classes, score = np.array([at]), float(flat[0 if one else at])
            label = labels[at]
        elif kind == "labels":
            classes = np.flatnonzero(values.ravel() > threshold)
            label = ", ".join(labels[at] for at in classes)
        elif kind == "positions":
            axis = reading["class_axis"]
            found = values > threshold if axis is None else values.argmax(axis=axis)
            classes = np.asarray(found, np.int64)
        elif kind == "anomaly":
            score = _error_of_rebuilding(values, raw[reading["rebuilds"]], reading)
            classes = np.array([int(score > threshold)])
            label = ("normal", "anomaly")[classes[0]]
        name = self.facts["outputs"][reading["output"]]["output"]
        return Answer(name, kind, values, label, score, classes)


def prepare(raw: Array, facts: Any) -> Array:
    """Raw values (1, ...) as the file takes them: scaled, then quantized if it takes integers."""
    values = raw.astype(facts["takes"], copy=False)
    if facts["scaling"]:
        values = scale(raw, facts["scaling"]).astype(facts["takes"], copy=False)
    if facts["scale"] == 0:
        return np.ascontiguousarray(values, facts["type"])
    limits = np.iinfo(facts["type"])
    stored = np.rint(np.divide(values, np.float32(facts["scale"]), dtype=np.float32))
    stored = stored + np.float32(facts["zero_point"])
    return np.asarray(stored.clip(limits.min, limits.max), facts["type"])


def scale(raw: Array, scaling: Any) -> Array:
    """((x / first) - subtract) / divide, as float32; in float64 on the way where it says so."""
    kind: Any = np.float64 if scaling["in_double"] else np.float32
    values = np.asarray(raw, kind)
    if scaling["reverse_channels"]:
        values = values[..., ::-1]
    if scaling["by_itself"]:
        axes = tuple(range(1, values.ndim))
        mean, std = values.mean(axes, keepdims=True), values.std(axes, keepdims=True)
        return np.asarray((values - mean) / np.maximum(std, np.float32(1e-7)), np.float32)
    less, over = (_spread(scaling[name], values, kind) for name in ("subtract", "divide"))
    return np.asarray((values / kind(scaling["first"]) - less) / over, np.float32)


def read(stored: Array, facts: Any) -> Array:
    """What an output stands for, float32."""
    values = stored.astype(np.float32)
    if facts["scale"] == 0:
        return values
    return (values - np.float32(facts["zero_point"])) * np.float32(facts["scale"])


def picture(file: Path, facts: Any) -> Array:
    """A picture as the model takes it before scaling: upright, in its colours and its size.

    It is stretched, or in a letterbox: as large as fits, in the middle, with grey beside it.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 (only for pictures)

    how = facts["picture"]
    if how is None:
        raise ValueError("This model takes no pictures.")
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[how["channels"]]
    with Image.open(file) as opened:
        image = ImageOps.exif_transpose(opened).convert(mode)
        wide, high = how["width"], how["height"]
        if how["letterbox"] is not None:
            ratio = min(wide / image.width, high / image.height)
            wide, high = (max(1, round(side * ratio)) for side in image.size)
        fitted = np.asarray(image.resize((wide, high), Image.Resampling.BILINEAR))
    left, top = (how["width"] - wide) // 2, (how["height"] - high) // 2
    pixels = np.full(
        (how["height"], how["width"], how["channels"]), how["letterbox"] or 0, np.uint8
    )
    pixels[top : top + high, left : left + wide] = fitted.reshape(high, wide, how["channels"])
    if how["channels_first"]:
        pixels = pixels.transpose(2, 0, 1)
    if how["divide"] == 1:
        return pixels
    return pixels / np.float32(how["divide"]) - np.float32(how["subtract"])


def _in_shape(raw: Any, facts: Any) -> Array:
    """One sample as (1, ...)."""
    values = np.asarray(raw)
    wanted = facts["raw_shape"]
    if values.size != int(np.prod(wanted, dtype=int)):
        raise ValueError(f"{facts['input']} takes {wanted}, but {list(values.shape)} was given.")
    return values.reshape((1, *wanted))


def _spread(numbers: Sequence[float], values: Array, kind: Any) -> Array:
    """One number, one for each channel, or one for each value of a sample."""
    array = np.asarray(numbers, kind)
    alone = len(array) in {1, values.shape[-1] if values.ndim > 1 else 1}
    return array if alone else array.reshape(values.shape[1:])


def _error_of_rebuilding(values: Array, raw: Array, reading: Any) -> float:
    target = scale(raw, reading["target"]) if reading["target"] else raw
    apart = values.ravel().astype(np.float64) - np.asarray(target, np.float32).ravel()
    return float((np.square(apart) if reading["error"] == "mse" else np.abs(apart)).mean())


def main(files: Sequence[str]) -> int:
    """Prints what the model says of each file, or of each row of a table."""
    if not files:
        print(__doc__)
        return 2
    model = Model()
    for file in files:
        for answers in _of_file(model, Path(file)):
            for answer in answers:
                print(f"{file}: {_in_words(answer)}")
    return 0


def _of_file(model: Model, file: Path) -> list[list[Answer]]:
    if file.suffix == ".npy":
        return [model.predict(np.load(file, allow_pickle=False))]
    if file.suffix == ".csv":
        with file.open(newline="", encoding="utf-8") as table:
            rows = [row for row in csv.reader(table) if row and _is_number(row[0])]
        return [model.predict(np.array(row, np.float64)) for row in rows]
    return [model.predict_picture(file)]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _in_words(answer: Answer) -> str:
    if answer.kind in {"class", "anomaly"}:
        return f"{answer.label} ({answer.score:.4g})"
    if answer.kind == "labels":
        return answer.label or "none"
    if answer.kind == "positions":
        return f"classes of {answer.classes.size} positions: {np.bincount(answer.classes.ravel())}"
    return f"{answer.output} = {np.array2string(answer.values, precision=5, threshold=20)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
