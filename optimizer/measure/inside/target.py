"""measure/inside/: what a target is, and how one is registered."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from optimizer.errors import MeasurementError
from optimizer.measure.inside.facts import Obstacle, Verdict
from optimizer.registry import Registry
from optimizer.tflite.graph import Tensor, Use


class Target(Protocol):
    """Judges whether a file can run on one kind of device."""

    def __call__(
        self, uses: Sequence[Use], inputs: Sequence[Tensor], outputs: Sequence[Tensor], /
    ) -> Verdict:
        """The verdict on a file.

        Args:
            uses: The operators of all subgraphs.
            inputs: Those of the main graph.
            outputs: Those of the main graph.
        """


Judge = TypeVar("Judge", bound=Target)
TARGETS: Registry[Target] = Registry("target", MeasurementError)
"""Every target by its key, in the order in which people see them."""


def target(key: str, rank: int) -> Callable[[Judge], Judge]:
    """Registers a target that a function judges.

    To add one that has published what it can run, put a table into the folder `targets`, a JSON
    with the fields of `PublishedList`; its name is the key. To add one with a rule that is no list,
    put a file there with a function from the operators, inputs and outputs of a file to a `Verdict`
    (`Target`), decorated with this.
    """

    def register(judge: Judge) -> Judge:
        TARGETS.add(key, judge, rank)
        return judge

    return register


def gathered(said: Iterable[tuple[str, str]]) -> tuple[Obstacle, ...]:
    """Obstacles, most frequent first, from an operator and a reason for each occurrence."""
    return tuple(
        Obstacle(what, count, reason) for (what, reason), count in Counter(said).most_common()
    )
