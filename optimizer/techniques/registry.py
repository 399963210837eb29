"""techniques/: the list of all techniques, in the order in which the page shows them."""

from optimizer.errors import RecipeError
from optimizer.techniques.cluster import Cluster
from optimizer.techniques.dynamic_range import DynamicRange
from optimizer.techniques.finetune import Finetune
from optimizer.techniques.float16 import Float16
from optimizer.techniques.float32 import Float32
from optimizer.techniques.int8 import Int8
from optimizer.techniques.int16x8 import Int16x8
from optimizer.techniques.prune import Prune
from optimizer.techniques.qat import Qat
from optimizer.techniques.technique import Technique
from optimizer.techniques.weight_only_int8 import WeightOnlyInt8

TECHNIQUES: dict[str, type[Technique]] = {
    technique.name: technique
    for technique in (
        Finetune, Prune, Cluster, Qat,
        Float32, Float16, DynamicRange, WeightOnlyInt8, Int8, Int16x8,
    )
}  # fmt: skip
"""Every technique by its name."""


def technique(name: str) -> type[Technique]:
    """The technique called `name`.

    Raises:
        RecipeError: there is none; the message lists those that exist.
    """
    if name not in TECHNIQUES:
        raise RecipeError(
            f"There is no technique “{name}”. Available are: {', '.join(TECHNIQUES)}."
        )
    return TECHNIQUES[name]
