"""benchmarks/: structural pruning as a user would write it: L1 norms of filters, then training.

For networks whose layers stand in a row. Li et al.: Pruning Filters for Efficient ConvNets (2017):
the filters with the smallest sums of sizes go, the same share of each layer, and the network is
trained on with its labels.
"""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from optimizer.reporting import Report
from optimizer.tasks.study_files import StudyFiles
from optimizer.tasks.train import Rebuilt
from optimizer.workers.work import Work

RATE = 1e-3
BATCH = 32


@dataclass(frozen=True)
class PruneByHand(Work[float]):
    """The accuracy on the evaluation role of a network pruned so.

    Attributes:
        files: The study's model and data.
        macs: Operations that may stay.
        epochs: Of training afterwards.
    """

    files: StudyFiles
    macs: int
    epochs: int

    def run(self, report: Report) -> float:  # noqa: ARG002
        """See `Work.run`."""
        import tf_keras  # noqa: PLC0415 (workers only)

        rebuilt = Rebuilt(self.files)
        original, data = rebuilt.model, rebuilt.dataset
        shares = np.linspace(1, 0.05, 200)
        share = next(s for s in shares if _macs(original, _kept(original, s)) <= self.macs)
        model = _smaller(original, _kept(original, share))
        model.compile(
            tf_keras.optimizers.Adam(RATE), tf_keras.losses.SparseCategoricalCrossentropy()
        )
        record = data.record
        [x] = data.samples("training").batch(0, record.training)
        tf_keras.utils.set_random_seed(0)
        labels = data.labels("training")
        model.fit(x, labels, batch_size=BATCH, epochs=self.epochs, verbose=0)
        [x] = data.samples("evaluation").batch(0, record.evaluation)
        right = model.predict(x, verbose=0)[0:].argmax(-1) == data.labels("evaluation")
        return float(np.mean(right))


def _kept(model: Any, share: float) -> dict[str, Any]:
    """By layer the filters that stay: all of the last, of others those with the largest norms."""
    made = [layer for layer in model.layers if hasattr(layer, "kernel") and _makes(layer)]
    kept = {}
    for layer in made:
        norms = np.abs(layer.kernel.numpy()).reshape(-1, layer.kernel.shape[-1]).sum(axis=0)
        count = len(norms) if layer is made[-1] else max(1, round(share * len(norms)))
        kept[layer.name] = np.sort(np.argsort(-norms)[:count])
    return kept


def _makes(layer: Any) -> bool:
    return type(layer).__name__ in {"Conv1D", "Conv2D", "Dense"}


def _macs(model: Any, kept: dict[str, Any]) -> int:
    total, inputs = (
        0,
        model.input_shape[0][-1]
        if isinstance(model.input_shape, list)
        else (model.input_shape[-1]),
    )
    for layer in model.layers:
        places = prod(size or 1 for size in layer.output_shape[1:-1]) if layer.weights else 0
        area = prod(getattr(layer, "kernel_size", (1,)))
        if type(layer).__name__.startswith("Depthwise"):
            total += places * area * inputs
        elif layer.name in kept:
            outputs = len(kept[layer.name])
            total += places * area * inputs * outputs
            inputs = outputs
        elif type(layer).__name__ == "Flatten":
            inputs *= prod(layer.input_shape[1:-1])
    return total


def _smaller(model: Any, kept: dict[str, Any]) -> Any:
    """The network with those filters, and of what follows what belongs to them."""
    import tf_keras  # noqa: PLC0415 (workers only)

    def rebuilt(layer: Any) -> Any:
        config = layer.get_config()
        for key in ("filters", "units"):
            if layer.name in kept and key in config:
                config[key] = len(kept[layer.name])
        return type(layer).from_config(config)

    made = tf_keras.models.clone_model(model, clone_function=rebuilt)
    channels: Any = None
    for layer, copy in zip(model.layers, made.layers, strict=True):
        weights = layer.get_weights()
        if type(layer).__name__ == "Flatten" and channels is not None:
            places, width = prod(layer.input_shape[1:-1]), layer.input_shape[-1]
            channels = (np.arange(places)[:, None] * width + channels).ravel()
        elif type(layer).__name__.startswith("Depthwise"):
            weights = [weights[0][:, :, channels], *(w[channels] for w in weights[1:])]
        elif layer.name in kept:
            if channels is not None:
                weights[0] = np.take(weights[0], channels, axis=-2)
            channels = kept[layer.name]
            weights = [np.take(weight, channels, axis=-1) for weight in weights]
        elif weights:
            weights = [weight[channels] for weight in weights]
        copy.set_weights(weights)
    return made
