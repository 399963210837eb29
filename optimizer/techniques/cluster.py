"""techniques/: weight clustering."""

from typing import TYPE_CHECKING, Literal

from optimizer.data.dataset import DatasetRecord
from optimizer.models.summary import ModelSummary
from optimizer.techniques.technique import Family, parameter
from optimizer.techniques.training_step import (
    TrainingTime,
    choose_layers,
    layers_parameter,
    skip_parameter,
    with_default,
)

if TYPE_CHECKING:
    from optimizer.techniques.training.prepared import Prepared, Start


class Cluster(TrainingTime):
    """Lets the weights of a layer share few values; zeros of an earlier pruning stay zeros."""

    name = "cluster"
    label = "Cluster"
    summary = (
        "Lets each layer's weights share a few values. The file shrinks when it is compressed."
    )
    family = Family.CLUSTERED
    rank = 2
    libraries = (*TrainingTime.libraries, "tensorflow-model-optimization")
    trains_always = False

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
        able = [fit.name for fit in model.fits if fit.cluster is None]
        choose_layers(model.fits, able, self.layers, self.skip)

    def prepare(self, start: "Start") -> "Prepared":
        """See `TrainingTime.prepare`."""
        from optimizer.techniques.tfmot import clustering  # noqa: PLC0415 (workers only)
        from optimizer.techniques.training.prepared import Prepared  # noqa: PLC0415

        reasons = clustering.clusterable(
            start.model, number_of_clusters=self.number_of_clusters, per_channel=self.per_channel
        )
        able = [name for name, reason in reasons.items() if reason is None]
        layers = choose_layers(start.fits, able, self.layers, self.skip)
        model = clustering.add_clustering(
            start.model,
            layers,
            number_of_clusters=self.number_of_clusters,
            initialization=self.centroids,
            per_channel=self.per_channel,
            preserve_sparsity="prune" in start.before,
        )
        return Prepared(model, tuple(layers), finish=clustering.strip_clustering)
