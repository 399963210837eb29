"""measure/inside/: what is known of a file's inside, as plain values stored as JSON.

Nothing here opens a model, so that a page can show these without the libraries that read them.
"""

from dataclasses import dataclass

from optimizer.errors import MeasurementError
from optimizer.files.json_file import JsonFile
from optimizer.tflite.facts import OperatorUse, TensorFacts


@dataclass(frozen=True)
class Source:
    """Who says what a target can run.

    Attributes:
        name: the document or the file of source code.
        url: where it is.
        version: its version, commit or date.
    """

    name: str
    url: str
    version: str


@dataclass(frozen=True)
class Obstacle:
    """What keeps a file from running wholly on a target.

    Attributes:
        what: an operator, such as "SOFTMAX", or the name of a tensor.
        count: how often it occurs in the file.
        reason: why, in a few words without a full stop.
    """

    what: str
    count: int
    reason: str


@dataclass(frozen=True)
class Verdict:
    """Whether a file can run wholly on a target, by its published lists.

    Attributes:
        target: the target's name for people, such as "TFLite Micro".
        key: its name for programs, such as "tflite_micro".
        fits: whether every operator can run there; None where the lists do not tell.
        sentence: the same for people.
        obstacles: what stands in the way, most frequent first; empty if the file fits.
        source: where the rules are from.
    """

    target: str
    key: str
    fits: bool | None
    sentence: str
    obstacles: tuple[Obstacle, ...]
    source: Source


@dataclass(frozen=True)
class Inside:
    """Everything inside a file.

    Attributes:
        operators: those of the main graph, in the order of execution.
        tensors: those of the main graph, by index.
        weight_bytes: bytes in the file of the weights of each type, largest first, also of those in
            the body of a loop.
        activation_bytes: bytes of all inputs, outputs and activations of each type, largest
            first, which need not lie in memory at once.
        verdicts: one for each target.
    """

    operators: tuple[OperatorUse, ...]
    tensors: tuple[TensorFacts, ...]
    weight_bytes: dict[str, int]
    activation_bytes: dict[str, int]
    verdicts: tuple[Verdict, ...]

    @property
    def runs_on(self) -> dict[str, bool | None]:
        """For each target's key whether the file fits."""
        return {verdict.key: verdict.fits for verdict in self.verdicts}


INSIDE = JsonFile(
    Inside, error=MeasurementError, again="Run the recipe again to see inside its file"
)
"""What a study keeps beside a variant; scales of models that overflowed are infinite or NaN."""
