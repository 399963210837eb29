"""measure/: how much each operator of the float file costs int8, and what may be the cause.

Nothing here opens a model, so that a page can show these without the libraries that read them.
"""

from dataclasses import dataclass

from optimizer.errors import StudyError
from optimizer.files.json_file import JsonFile

FILE = "sensitivity.json"
"""Its name, beside the data that it was measured on."""


@dataclass(frozen=True)
class OperatorNoise:
    """What int8 does to one operator; of operators that share weights, to all of them together.

    SNR is 10 log10(Σ r² / Σ (r − o)²) over the values of an output, r being the float file's; of
    several outputs the lowest counts. None: nothing changed, or it could not be measured.

    Attributes:
        number: Its place in the order of execution, see `Graph.numbered`.
        name: Such as "CONV_2D".
        location: Where it stands in the model: the name of its first output.
        macs: Multiply-accumulate operations of one inference.
        weight_bytes: Of its weights and biases in the float file.
        measured: Whether it has an int8 form.
        choices: What it can be, as recipes of `mixed` call it, and "int8".
        together: Numbers of those that use the same weights, itself among them.
        alone_db: SNR of the model's outputs where only this operator is int8.
        left_db: The same where only this one stays float and all others are int8.
        alone_bytes, left_bytes: Of the two files.
        alone_metric, left_metric: The metric of the two on the tuning role; None where it was not
            asked for.
        causes: Why it is loud, in sentences; empty where nothing stands out, or it is not loud.
    """

    number: int
    name: str
    location: str
    macs: int
    weight_bytes: int
    measured: bool
    alone_db: float | None = None
    left_db: float | None = None
    alone_bytes: int | None = None
    left_bytes: int | None = None
    alone_metric: float | None = None
    left_metric: float | None = None
    causes: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    together: tuple[int, ...] = ()

    @property
    def noise(self) -> float:
        """Its share of noise in the outputs when it alone is int8: Σ (r − o)² / Σ r²."""
        return 0.0 if self.alone_db is None else 10 ** (-self.alone_db / 10)


@dataclass(frozen=True)
class Sensitivity:
    """All operators of a float file.

    Attributes:
        key: Under which nothing is measured twice: model, data, versions.
        samples: On how many the outputs were compared.
        role: Of which role they are.
        calibration: How many calibration samples gave the ranges.
        int8_db: SNR of the outputs with every operator in int8 that can be.
        int8_bytes: Of that file.
        metric: The name of the metric; empty where it was not asked for.
        float_metric, int8_metric: Of the float file and of that with all in int8.
        seconds: What it took.
        operators: By number.
    """

    key: str
    samples: int
    role: str
    calibration: int
    int8_db: float | None
    int8_bytes: int
    metric: str
    float_metric: float | None
    int8_metric: float | None
    seconds: float
    operators: tuple[OperatorNoise, ...]

    def loudest(self, most: int = 5) -> tuple[OperatorNoise, ...]:
        """Those that bring the most noise when they alone are int8, the worst first."""
        heard = [one for one in self.operators if one.alone_db is not None]
        return tuple(sorted(heard, key=lambda one: -one.noise)[:most])


SENSITIVITY = JsonFile(Sensitivity, error=StudyError, again="Measure the sensitivity again")
