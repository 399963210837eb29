"""techniques/: weight clustering."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from optimizer.data.dataset import DatasetRecord
from optimizer.errors import RecipeError
from optimizer.models.summary import LayerFit, ModelSummary
from optimizer.techniques.family import CLUSTERED
from optimizer.techniques.promise import Place, Promise
from optimizer.techniques.properties import CLUSTERS, ZEROS, Property
from optimizer.techniques.registry import technique
from optimizer.techniques.technique import Conversion, parameter
from optimizer.techniques.training_step import (
    TrainingTime,
    choose_layers,
    layers_parameter,
    skip_parameter,
    with_default,
)

if TYPE_CHECKING:
    from optimizer.techniques.training.prepared import Prepared, Start


WITH_ZERO = 3  # the fewest clusters of a pruned layer: zero, and one of each sign


@technique
class Cluster(TrainingTime):
    """Lets the weights of a layer share few values; zeros of an earlier pruning stay zeros."""

    name = "cluster"
    label = "Cluster"
    summary = (
        "Lets each layer's weights share a few values. The file shrinks when it is compressed."
    )
    family = CLUSTERED
    rank = 30
    libraries = (*TrainingTime.libraries, "tensorflow-model-optimization")
    done = "clustered"
    trains_always = False
    cost = 1.6
    gives = CLUSTERS
    keeps = frozenset({ZEROS})

    epochs: int = with_default("epochs", 3)
    learning_rate: float = with_default("learning_rate", 5e-4)
    number_of_clusters: int = parameter(
        16, "Clusters", "How many different values a layer keeps.", low=2, high=256
    )
    centroids: Literal["linear", "kmeans++", "random", "density"] = parameter(
        "linear",
        "Centroid initialization",
        "Where the shared values begin; linear compresses best.",
        advanced=True,
    )
    per_channel: bool = parameter(
        False, "Per channel", "Each output channel of a convolution has its own values.",
        advanced=True,
    )  # fmt: skip
    layers: str = layers_parameter()
    skip: str = skip_parameter()

    def check(self, model: ModelSummary, data: DatasetRecord) -> None:
        """See `Technique.check`."""
        super().check(model, data)
        self.reaches(model.fits)

    def reaches(self, fits: Sequence[LayerFit]) -> list[str]:
        """See `TrainingTime.reaches`."""
        return choose_layers(fits, self.may(fits, self.able(fits)), self.layers, self.skip)

    def check_place(self, given: frozenset[Property], conversion: Conversion) -> None:
        """See `TrainingTime.check_place`."""
        super().check_place(given, conversion)
        if ZEROS in given and self.number_of_clusters < WITH_ZERO:
            raise RecipeError(
                f"After pruning, zero is one of the values: {self} leaves one for all other "
                f"weights. Use number_of_clusters={WITH_ZERO} or more."
            )

    @classmethod
    def obstacles(cls, model: Any) -> dict[str, str | None]:
        """See `TrainingTime.obstacles`."""
        from optimizer.techniques.tfmot.clustering import (  # noqa: PLC0415 (workers only)
            clusterable,
        )

        return clusterable(model)

    def promise(self, place: Place) -> Promise:
        """How many different weights a channel has at most."""
        promised = self.number_of_clusters
        if place.weight.unique_per_channel > promised:
            return Promise(promised=promised, kept=False, explanation=place.why_lost(self))
        return Promise(promised=promised, kept=True, note=self._note(place))

    def _note(self, place: Place) -> str:
        """Why a tensor has more different values than each of its channels."""
        if place.weight.unique <= self.number_of_clusters:
            return ""
        reasons = []
        if self.per_channel:
            reasons.append("clustering per channel")
        if place.weight.quantization == "per axis":
            reasons.append("per-channel scales")
        if _batch_norm_follows(place):
            reasons.append("BatchNormalization folding")
        because = f": {' and '.join(reasons)}" if reasons else ""
        return f"More unique weights over all channels than in each{because}."

    def prepare(self, start: "Start") -> "Prepared":
        """See `TrainingTime.prepare`."""
        from optimizer.techniques.tfmot import clustering  # noqa: PLC0415 (workers only)
        from optimizer.techniques.training.prepared import Prepared  # noqa: PLC0415

        reasons = clustering.clusterable(
            start.model, number_of_clusters=self.number_of_clusters, per_channel=self.per_channel
        )
        able = [name for name, reason in reasons.items() if reason is None]
        layers = choose_layers(start.fits, self.may(start.fits, able), self.layers, self.skip)
        model = clustering.add_clustering(
            start.model,
            layers,
            number_of_clusters=self.number_of_clusters,
            initialization=self.centroids,
            per_channel=self.per_channel,
            preserve_sparsity=ZEROS in start.given,
        )
        return Prepared(model, tuple(layers), finish=clustering.strip_clustering)


def _batch_norm_follows(place: Place) -> bool:
    """Whether the next layer is one, or the tensor is named after one."""
    following = next((after for fit, after in pairwise(place.fits) if fit is place.layer), None)
    batch_norms = [fit.name for fit in place.fits if fit.kind == "BatchNormalization"]
    parts = {part.removeprefix("quant_") for part in place.weight.name.split("/")}
    return (following is not None and following.kind == "BatchNormalization") or any(
        name in parts for name in batch_norms
    )
