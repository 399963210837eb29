"""techniques/tfmot/: weight clustering of chosen layers. Workers only: it imports TensorFlow."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras
from tensorflow.python.ops.clustering_ops import kmeans_plus_plus_initialization
from tensorflow_model_optimization.python.core.clustering.keras.clustering_registry import (
    ClusteringRegistry,
)

from optimizer.arrays import Float32s
from optimizer.errors import RecipeError
from optimizer.techniques.tfmot.wrapping import check_names, unwrap_layers, wrap_layers

Initialization = Literal["linear", "random", "density", "kmeans++"]
# What tfmot passes to k-means++ (clustering_centroids.py, 0.8.1); here it is every drawing's.
SEED = 9
LARGEST_SAMPLE = 100_000  # weights that k-means++ chooses from; 256 of them take a second


def clusterable(
    model: tf_keras.Model, *, number_of_clusters: int = 2, per_channel: bool = False
) -> dict[str, str | None]:
    """Why each layer cannot be clustered in this way, as a short phrase; None if it can.

    Layers stand by name in the model's order, InputLayers left out.
    """
    return {
        layer.name: _obstacle(layer, number_of_clusters, per_channel)
        for layer in model.layers
        if not isinstance(layer, tf_keras.layers.InputLayer)
    }


def add_clustering(
    model: tf_keras.Model,
    names: Collection[str],
    *,
    number_of_clusters: int,
    initialization: Initialization,
    per_channel: bool,
    preserve_sparsity: bool,
) -> tf_keras.Model:
    """A new model in which the weights of each of the layers `names` share few values.

    They do at once; training it moves the values, and weights from one to another.

    Args:
        model: A flat functional model; it stays as it is.
        names: Layers that `clusterable` allows.
        number_of_clusters: Different values in each weight tensor at most, the zero that
            `preserve_sparsity` keeps among them.
        initialization: Where the values begin, see `_spread`.
        per_channel: Whether each output channel of a Conv2D has values of its own. Other layers
            have one set, as in tfmot.
        preserve_sparsity: Whether weights that are zero stay zero. Without, few do.

    Raises:
        RecipeError: there are too few clusters, or one of `names` cannot be clustered so.
    """
    least = 3 if preserve_sparsity else 2
    if number_of_clusters < least:
        why = ", as zeros are to be kept" if preserve_sparsity else ""
        raise RecipeError(f"number_of_clusters is {number_of_clusters}; use {least} or more{why}.")
    obstacles = clusterable(model, number_of_clusters=number_of_clusters, per_channel=per_channel)
    check_names(names, obstacles, "clustered")
    return wrap_layers(
        model,
        names,
        lambda layer: Clustered(
            layer,
            number_of_clusters,
            initialization,
            per_channel=per_channel and _has_channels(layer),
            preserve_sparsity=preserve_sparsity,
        ),
    )


def strip_clustering(model: tf_keras.Model) -> tf_keras.Model:
    """A plain model, with the shared values in place."""
    return unwrap_layers(model, Clustered, Clustered.plain_weights)


class Clustered(tf_keras.layers.Wrapper):  # type: ignore[misc]  # Keras has no types
    """A layer whose weights take the nearest of a few values, which are trained with them.

    The gradient of a weight goes to its value and, straight through, to the weight itself, as in
    tfmot's ClusterWeights (0.8.1), in whose place it stands because that

    - unrolls a loop over all channels: 600 channels take over a minute to trace, against a second;
    - compares every weight with every value: 2.4 GB for 2.3 million weights and 256 values;
    - fails when a channel has no weights but zeros, or fewer than `number_of_clusters`;
    - leaves what it keeps zero out of checkpoints;
    - strips MultiHeadAttention to a layer whose kernels are no variables, and drops masks and
      the `training` argument.
    """

    def __init__(
        self,
        layer: Any,
        number_of_clusters: int,
        initialization: Initialization,
        *,
        per_channel: bool,
        preserve_sparsity: bool,
    ) -> None:
        """Wraps a built layer, and finds the first values that its weights share."""
        super().__init__(layer, name=f"cluster_{layer.name}")
        self._clusters = tuple(
            self._cluster(
                place,
                number_of_clusters,
                initialization,
                place.variable.shape[-1] if per_channel else 1,
                preserve_sparsity,
            )
            for place in _places(layer)
        )

    def call(self, inputs: Any, training: Any = None, mask: Any = None, **others: Any) -> Any:
        """Calls the layer with shared values in the place of its weights."""
        del training, mask  # Keras hands them on to the layer
        for cluster in self._clusters:
            cluster.place.put(cluster.shared_weights())
        try:
            return self.layer(inputs, **others)
        finally:
            for cluster in self._clusters:
                cluster.place.put(cluster.place.variable)

    def plain_weights(self) -> list[npt.NDArray[np.generic]]:
        """Weights for the plain layer, in its order: the shared values, and what is not shared."""
        shared = {
            id(cluster.place.variable): cluster.shared_weights() for cluster in self._clusters
        }
        return [shared.get(id(weight), weight).numpy() for weight in self.layer.weights]

    def _cluster(
        self,
        place: "_Place",
        number_of_clusters: int,
        initialization: Initialization,
        channels: int,
        preserve_sparsity: bool,
    ) -> "_Cluster":
        rows = _rows(place.variable, channels).numpy()
        find = _with_zero if preserve_sparsity else _spread
        centroids = np.stack([find(row, number_of_clusters, initialization) for row in rows])
        cluster = _Cluster(place, self._variable("centroids", centroids, trainable=True))
        if not preserve_sparsity:
            return cluster
        return replace(
            cluster,
            centroid_mask=self._variable("centroid_mask", centroids != 0),
            weight_mask=self._variable("weight_mask", cluster.shared_weights().numpy() != 0),
        )

    def _variable(self, name: str, value: Any, *, trainable: bool = False) -> Any:
        return self.add_weight(
            name,
            value.shape,
            trainable=trainable,
            initializer=lambda *_, **__: tf.constant(value, tf.float32),
        )


@dataclass(frozen=True)
class _Place:
    """Where a layer looks its weight up: the attribute of itself or of a layer inside of it."""

    holder: Any
    attribute: str
    variable: Any

    def put(self, weight: Any) -> None:
        # Keras' own __setattr__ would forget the variable, and its place among the weights.
        object.__setattr__(self.holder, self.attribute, weight)


@dataclass(frozen=True)
class _Cluster:
    """The values that one weight tensor shares.

    Attributes:
        place: The weights, each of which takes the nearest value.
        centroids: The values, (channels, number_of_clusters).
        centroid_mask: 0 where the value stays zero, else 1; None if nothing does.
        weight_mask: 0 where the weight stays zero, else 1, in the shape of the weights.
    """

    place: _Place
    centroids: Any
    centroid_mask: Any = None
    weight_mask: Any = None

    def shared_weights(self) -> Any:
        """The weights as the layer sees them, in their shape."""
        weights, centroids = tf.convert_to_tensor(self.place.variable), self.centroids
        if self.weight_mask is not None:
            weights, centroids = weights * self.weight_mask, centroids * self.centroid_mask
        channels = centroids.shape[0]
        rows = _rows(weights, channels)
        order = tf.argsort(centroids)
        ordered = tf.gather(centroids, order, batch_dims=1)
        # Each weight is nearest to the value between whose midpoints it lies.
        rank = tf.searchsorted((ordered[:, 1:] + ordered[:, :-1]) / 2, rows)
        nearest = tf.gather(ordered, rank, batch_dims=1)
        shared = tf.reshape(tf.transpose(nearest), weights.shape)
        # Adds nothing but the gradient.
        return shared + (weights - tf.stop_gradient(weights))


def _places(layer: Any) -> list[_Place]:
    # tfmot names weights like "kernel", "recurrent_kernel/1" and "_query_dense.kernel".
    places = []
    for name, variable in _weights(layer):
        attribute = name.rpartition(".")[2].partition("/")[0]
        holders = (layer, *layer.submodules)
        holder = next(it for it in holders if getattr(it, attribute, None) is variable)
        places.append(_Place(holder, attribute, variable))
    return places


def _weights(layer: Any) -> list[tuple[str, Any]]:
    weights: list[tuple[str, Any]] = ClusteringRegistry.make_clusterable(
        layer
    ).get_clusterable_weights()
    del layer.get_clusterable_weights  # it is left on the layer, which is not ours to change
    return weights


def _rows(weights: Any, channels: int) -> Any:
    """One row for each channel, which lie along the last axis, or a single one for all weights."""
    return tf.transpose(tf.reshape(weights, (-1, channels)))


def _has_channels(layer: Any) -> bool:
    # The last axis of a transposed convolution are its inputs.
    return type(layer) is tf_keras.layers.Conv2D


def _with_zero(weights: Float32s, count: int, initialization: Initialization) -> Float32s:
    """`count` values, zero among them, the others divided as the weights' signs are."""
    sides = [weights[weights < 0], weights[weights > 0]]
    if not any(map(len, sides)):
        return np.zeros(count, np.float32)
    negative = round((count - 1) * len(sides[0]) / sum(map(len, sides)))
    # Each sign that there is has a value, so that none of its weights is pushed to zero for it.
    negative = min(max(negative, bool(len(sides[0]))), count - 1 - bool(len(sides[1])))
    counts = negative, count - 1 - negative
    values = [
        _spread(side, number, initialization)
        for side, number in zip(sides, counts, strict=True)
        if number
    ]
    return np.concatenate([*values, np.zeros(1, np.float32)])


def _spread(weights: Float32s, count: int, initialization: Initialization) -> Float32s:
    """`count` values between the smallest and the largest of `weights`, shape (n,).

    linear: at equal distances. random: uniformly. density: each amid an equal share of the
    different weights. kmeans++: different weights, far from each other (Arthur & Vassilvitskii
    2007). Where there are no more different weights than that, it is they.
    """
    # Many weights of a pruned layer are zero, which is one value for all of them.
    different = np.unique(weights)
    if len(different) <= count:
        return np.pad(different, (0, count - len(different)), "edge")
    if initialization == "linear":
        values = np.linspace(different[0], different[-1], count)
    elif initialization == "random":
        values = np.random.default_rng(SEED).uniform(different[0], different[-1], count)
    elif initialization == "density":
        values = np.quantile(different, (np.arange(count) + 0.5) / count)
    else:
        # It takes time in proportion to weights times count; a sample has their distribution.
        sample = different[:: -(-len(different) // LARGEST_SAMPLE)]
        values = kmeans_plus_plus_initialization(sample[:, None], count, SEED, -1).numpy().ravel()
    return values.astype(np.float32)


def _obstacle(layer: Any, number_of_clusters: int, per_channel: bool) -> str | None:
    if not layer.weights:
        return "has no weights to cluster"
    if not layer.trainable:
        return "is frozen"
    if not ClusteringRegistry.supports(layer):
        return f"{type(layer).__name__} is not supported by tfmot"
    weights = _weights(layer)
    if not weights:
        return "tfmot does not cluster its weights"
    by_channel = per_channel and _has_channels(layer)
    for _, weight in weights:
        distinct = _distinct(weight.numpy(), by_channel, number_of_clusters)
        if distinct < number_of_clusters:
            where = " in a channel" if by_channel else ""
            return f"has only {distinct} different weights{where}"
    return None


def _distinct(weights: Float32s, by_channel: bool, enough: int) -> int:
    """How many different weights there are, at most in any channel; stops where it is `enough`."""
    rows = weights.reshape(-1, weights.shape[-1]).T if by_channel else [weights.ravel()]
    most = 0
    for row in rows:
        for part in (row[:10_000], row):  # sorting all of a large layer takes seconds
            most = max(most, len(np.unique(part)))
            if most >= enough:
                return most
    return most
