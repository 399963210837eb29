"""benchmarks/: converting through the engine, against the script that a tutorial would write."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.row import Row, in_turn, ratio_at_most, seconds
from optimizer import sample
from optimizer.data.data_options import DataFiles
from optimizer.jobs.local import scheduler_in
from optimizer.jobs.scheduler import Scheduler
from optimizer.recipes import STANDARD, parse
from optimizer.reporting import Report
from optimizer.store.study import Study
from optimizer.tasks.make_variant import sources
from optimizer.tasks.study_files import StudyFiles
from optimizer.workers.work import Work

ROUNDS = 5
SAMPLES = 200


def measure_one() -> list[Row]:
    """One int8 conversion: through a worker, and the bare converter call in a warm process."""
    with study_of_the_sample() as (scheduler, study):
        folder = study.job_folder("benchmark")
        folder.mkdir()
        files = StudyFiles.of(study)
        convert_ours, convert_theirs = ConvertOurs(folder, files), ConvertTheirs(folder, files)
        run = _runner(scheduler)
        run(convert_ours), run(convert_theirs)
        ours, theirs = in_turn(lambda: run(convert_ours), lambda: run(convert_theirs), ROUNDS)
    return [ratio_at_most("one", "seconds to convert the sample to int8", ours, theirs, 1.1)]


def measure_all() -> list[Row]:
    """All conversions of the sample with their accuracy: the engine against a plain script.

    Both begin with a model file and data, and have TensorFlow loaded; both end when the accuracy
    of the last variant is known. Trying the scalings and measuring the Keras model itself, which
    the script does not do, is in ours; latency comes after.
    """
    with study_of_the_sample() as (scheduler, study):
        run = _runner(scheduler)
        folder = study.job_folder("benchmark")
        folder.mkdir()
        script = Tutorial(folder, StudyFiles.of(study))
        theirs = seconds(lambda: run(script))

        def engine() -> None:
            operation = scheduler.open_both(
                sample.MODEL, sample.MODEL_NAME, DataFiles(sample.DATA), sample.DATA_NAME
            )
            opened = operation.result()
            scheduler.start(opened, STANDARD)
            while len(opened.index.variants) <= len(STANDARD):
                time.sleep(0.05)

        ours = seconds(engine)
    what = "seconds for all conversions of the sample with their accuracy"
    return [ratio_at_most("all", what, ours, theirs, 0.6)]


@contextmanager
def study_of_the_sample() -> Iterator[tuple[Scheduler, Study]]:
    """A fresh study of the sample with its data, and what runs its jobs."""
    with tempfile.TemporaryDirectory() as home, scheduler_in(Path(home)) as scheduler:
        opened = scheduler.open_both(
            sample.MODEL, sample.MODEL_NAME, DataFiles(sample.DATA), sample.DATA_NAME
        )
        yield scheduler, opened.result()


def _runner(scheduler: Scheduler) -> Callable[[Work[Any]], Any]:
    return lambda work: scheduler.executor.submit(work, lambda: None, "benchmark").result()


@dataclass(frozen=True)
class ConvertOurs(Work[None]):
    """The conversion stage of an int8 job."""

    files: StudyFiles

    def run(self, report: Report) -> None:
        """See `Work.run`."""
        content = parse("int8").conversion.convert(sources(self.files, None, report))
        (self.out / "ours.tflite").write_bytes(content)


@dataclass(frozen=True)
class ConvertTheirs(Work[None]):
    """The same from the Keras model, as TensorFlow's guide does it."""

    files: StudyFiles

    def run(self, report: Report) -> None:  # noqa: ARG002
        """See `Work.run`."""
        import keras  # noqa: PLC0415 (workers only)
        import tensorflow as tf  # noqa: PLC0415

        keras_model = keras.models.load_model(self.files.model.source)
        (x,) = self.files.data.open().samples("calibration").batch(0, SAMPLES)
        converter = tf.lite.TFLiteConverter.from_keras_model(keras_model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([x[i : i + 1]] for i in range(SAMPLES))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        (self.out / "theirs.tflite").write_bytes(converter.convert())


@dataclass(frozen=True)
class Tutorial(Work[list[float]]):
    """Converts each from Keras and evaluates each one by one."""

    files: StudyFiles

    def run(self, report: Report) -> list[float]:  # noqa: ARG002
        """See `Work.run`."""
        import keras  # noqa: PLC0415 (workers only)
        import tensorflow as tf  # noqa: PLC0415
        from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415
        from litert_quantizer import quantizer, recipe  # noqa: PLC0415

        lite, sets = tf.lite, tf.lite.OpsSet
        keras_model = keras.models.load_model(self.files.model.source)
        dataset = self.files.data.open()
        (x,) = dataset.samples("calibration").batch(0, SAMPLES)
        (x_test,) = dataset.samples("evaluation").batch(0, dataset.record.evaluation)
        y_test = np.asarray(dataset.labels("evaluation"))

        def convert(operators: Any = None, types: Any = None, *, optimize: bool = True) -> bytes:
            converter = lite.TFLiteConverter.from_keras_model(keras_model)
            if optimize:
                converter.optimizations = [lite.Optimize.DEFAULT]
            if types:
                converter.target_spec.supported_types = types
            if operators:
                converter.representative_dataset = lambda: ([x[i : i + 1]] for i in range(SAMPLES))
                converter.target_spec.supported_ops = operators
            return bytes(converter.convert())

        def evaluate(content: bytes) -> float:
            interpreter = Interpreter(model_content=content)
            interpreter.allocate_tensors()
            source = interpreter.get_input_details()[0]["index"]
            target = interpreter.get_output_details()[0]["index"]
            right = 0
            for image, label in zip(x_test, y_test, strict=True):
                interpreter.set_tensor(source, image[None])
                interpreter.invoke()
                right += int(interpreter.get_tensor(target)[0].argmax() == label)
            return right / len(y_test)

        float32 = convert(optimize=False)
        (self.out / "float32.tflite").write_bytes(float32)
        weights = quantizer.Quantizer(
            str(self.out / "float32.tflite"), recipe.weight_only_wi8_afp32()
        )
        files = [
            float32,
            convert(types=[tf.float16]),
            convert(),
            convert([sets.TFLITE_BUILTINS_INT8]),
            convert([sets.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8]),
            bytes(weights.quantize().quantized_model),
        ]
        return [evaluate(content) for content in files]
