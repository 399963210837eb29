"""tests of private parts of tensorflow-model-optimization."""

from typing import Any

import numpy as np
import pytest

CORE = "tensorflow_model_optimization.python.core"


@pytest.fixture
def pruned(plain_model: Any) -> Any:
    """A model whose Dense is pruned to half, in PruneLowMagnitude."""
    return _pruned(plain_model)


def test_tfmot_on_keras_2() -> None:
    import tensorflow_model_optimization as tfmot
    import tf_keras
    from tensorflow_model_optimization.python.core.sparsity.keras.pruning_wrapper import (
        PruneLowMagnitude,
    )

    assert issubclass(PruneLowMagnitude, tf_keras.layers.Wrapper)
    assert issubclass(tfmot.sparsity.keras.UpdatePruningStep, tf_keras.callbacks.Callback)


def test_tfmot_prune_registry(plain_model: Any) -> None:
    from tensorflow_model_optimization.python.core.sparsity.keras.prune_registry import (
        PruneRegistry,
    )

    dense, relu = plain_model.get_layer("dense"), plain_model.get_layer("relu")
    assert PruneRegistry.supports(dense)
    assert PruneRegistry.make_prunable(dense) is dense
    [kernel] = dense.get_prunable_weights()
    assert kernel is dense.kernel
    assert "get_prunable_weights" in vars(dense), "it is put on the layer, from where we take it"
    assert PruneRegistry.make_prunable(relu).get_prunable_weights() == []


def test_tfmot_prune_wrapper(pruned: Any) -> None:
    wrapper = pruned.get_layer("prune_low_magnitude_dense")
    [(weight, mask, _)] = wrapper.pruning_vars
    assert weight is wrapper.layer.kernel
    wrapper.pruning_step.assign(wrapper.pruning_schedule.end_step)
    wrapper.pruning_obj.conditional_mask_update()
    wrapper.pruning_obj.weight_mask_op()
    assert np.mean(mask.numpy() == 0) == 0.5
    assert np.mean(weight.numpy() == 0) == 0.5
    plain = [array.shape for array in type(wrapper).get_weights(wrapper)]
    assert plain == [weight.shape, wrapper.layer.bias.shape], "the layer's own, in its order"


def test_tfmot_prune_two_by_four(plain_model: Any) -> None:
    wrapper = _pruned(plain_model, sparsity_m_by_n=(2, 4)).get_layer("prune_low_magnitude_dense")
    assert wrapper.sparsity_m_by_n == (2, 4)
    [(_, mask, _)] = wrapper.pruning_vars
    wrapper.pruning_step.assign(2)
    wrapper.pruning_obj.conditional_mask_update()
    assert mask.numpy().all(), "it is chosen at step 1 alone"
    wrapper.pruning_step.assign(1)
    wrapper.pruning_obj.conditional_mask_update()
    groups = mask.numpy().T.reshape(3, -1, 4)
    assert (groups.sum(axis=-1) == 2).all(), "in groups along the inputs"


def test_tfmot_prune_schedule() -> None:
    import tensorflow as tf
    import tensorflow_model_optimization as tfmot

    asked = []

    class Watched(tfmot.sparsity.keras.PolynomialDecay):
        def _should_prune_in_step(
            self, step: Any, begin_step: int, end_step: int, frequency: int
        ) -> Any:
            asked.append((int(step), begin_step, end_step, frequency))
            return super()._should_prune_in_step(step, begin_step, end_step, frequency)

    should, _ = Watched(0.0, 0.5, 2, 8, frequency=3)(tf.constant(5))
    assert (bool(should), asked) == (True, [(5, 2, 8, 3)])


def test_tfmot_prune_callbacks() -> None:
    import tensorflow_model_optimization as tfmot
    from tensorflow_model_optimization.python.core.sparsity.keras import pruning_callbacks

    public = tfmot.sparsity.keras
    assert pruning_callbacks.UpdatePruningStep is public.UpdatePruningStep
    assert pruning_callbacks.PruningSummaries is public.PruningSummaries


def test_tfmot_clustering_registry(plain_model: Any) -> None:
    import tf_keras
    from tensorflow_model_optimization.python.core.clustering.keras.clustering_registry import (
        ClusteringRegistry,
    )

    recurrent = tf_keras.layers.LSTM(2)
    recurrent.build((None, 3, 2))
    dense = plain_model.get_layer("dense")
    names = {}
    for layer in (dense, recurrent):
        assert ClusteringRegistry.supports(layer)
        found = ClusteringRegistry.make_clusterable(layer).get_clusterable_weights()
        names[type(layer).__name__] = [name for name, _ in found]
        assert "get_clusterable_weights" in vars(layer)
    assert names["Dense"] == ["kernel"]
    plain = [name.rpartition(".")[2].partition("/")[0] for name in names["LSTM"]]
    assert plain == ["kernel", "recurrent_kernel"]


def test_tfmot_activation_lists() -> None:
    from tensorflow_model_optimization.python.core.quantization.keras import (
        quantize_aware_activation,
    )

    lists = quantize_aware_activation.QuantizeAwareActivation
    before, after = lists._PRE_QUANT_ACTIVATIONS, lists._POST_QUANT_ACTIVATIONS
    assert {"softmax", "sigmoid", "tanh"} <= before
    assert {"relu", "linear"} <= after
    assert quantize_aware_activation.NoOpActivation()(7) == 7


def test_tfmot_default_scheme(plain_model: Any) -> None:
    import tensorflow_model_optimization as tfmot
    import tf_keras

    registry = tfmot.quantization.keras.default_8bit.Default8BitQuantizeScheme()
    known = registry.get_quantize_registry()
    assert known.supports(plain_model.get_layer("dense"))
    assert not known.supports(tf_keras.layers.Lambda(abs))
    pool = tf_keras.layers.AveragePooling2D()
    config = known.get_quantize_config(pool)
    assert len(config.get_output_quantizers(pool)) == 1
    config.quantize_output = False
    assert config.get_output_quantizers(pool) == []


def test_tfmot_preserving_schemes(plain_model: Any) -> None:
    import tensorflow_model_optimization as tfmot

    dense = plain_model.get_layer("dense")
    kept = []
    for scheme in (
        tfmot.quantization.keras.collab_opts.Default8BitPrunePreserveQuantizeScheme(),
        tfmot.experimental.combine.Default8BitClusterPreserveQuantizeScheme(True),
    ):
        config = scheme.get_quantize_registry().get_quantize_config(dense)
        [(weight, quantizer)] = config.get_weights_and_quantizers(dense)
        assert weight is dense.kernel
        kept.append(type(quantizer).__name__.partition("Preserve")[0])
    assert kept == ["Prune", "Cluster"]
    assert callable(tfmot.experimental.combine.strip_clustering_cqat)


def test_tfmot_layout_transformer(quantized: Any) -> None:
    _, chosen = quantized
    assert {type(each["quantize_config"]).__name__ for each in chosen.values()} >= {
        "NoOpQuantizeConfig"
    }, "what a ReLU follows gets a configuration that does nothing"


def test_tfmot_weight_ranges(quantized: Any) -> None:
    model, _ = quantized
    [(kernel, _, ranges)] = model.get_layer("quant_dense")._weight_vars
    assert "kernel" in kernel.name
    assert ranges["min_var"].shape == ranges["max_var"].shape


def test_tfmot_quant_prefix(quantized: Any) -> None:
    model, _ = quantized
    assert {"quant_conv", "quant_dense"} <= {layer.name for layer in model.layers}


def test_tfmot_moving_average(plain_model: Any) -> None:
    import tensorflow as tf
    import tensorflow_model_optimization as tfmot

    quantizer = tfmot.quantization.keras.quantizers.MovingAverageQuantizer(
        num_bits=8, per_axis=False, symmetric=False, narrow_range=False
    )
    ranges = quantizer.build(tf.TensorShape((None, 3)), "range", plain_model.get_layer("dense"))
    assert set(ranges) == {"min_var", "max_var"}
    ranges["min_var"].assign(0.0)
    ranges["max_var"].assign(1.0)
    rounded = quantizer(tf.constant([[-9.0, 0.5004, 9.0]]), training=False, weights=ranges)
    assert np.allclose(rounded, [[0.0, 128 / 255, 1.0]])
    assert ranges["max_var"].numpy() == 1.0, "without training the range stays"


def test_tfmot_separable_convolutions() -> None:
    import tensorflow_model_optimization as tfmot
    import tf_keras

    image = tf_keras.Input((4, 4, 2))
    model = tf_keras.Model(image, tf_keras.layers.SeparableConv2D(2, 3, name="split")(image))
    annotated = tf_keras.models.clone_model(
        model, clone_function=tfmot.quantization.keras.quantize_annotate_layer
    )
    quantized = tfmot.quantization.keras.quantize_apply(annotated)
    names = [layer.name for layer in quantized.layers]
    assert any(name.startswith("quant_depthwise_conv2d") for name in names), "unnamed: numbered"
    assert any(name.startswith("quant_conv2d") for name in names)


@pytest.fixture(scope="module")
def quantized() -> Any:
    """A quantization-aware model, and the configurations that its layout transformer chose."""
    import tensorflow_model_optimization as tfmot
    import tf_keras

    default = tfmot.quantization.keras.default_8bit.Default8BitQuantizeScheme()
    chosen: dict[str, Any] = {}

    class Layout:
        def apply(self, model: Any, layer_quantize_map: dict[str, Any]) -> Any:
            fused, found = default.get_layout_transformer().apply(model, layer_quantize_map)
            chosen.update(found)
            return fused, found

    class Scheme:
        def get_layout_transformer(self) -> Layout:
            return Layout()

        def get_quantize_registry(self) -> Any:
            return default.get_quantize_registry()

    image = tf_keras.Input((4, 4, 1))
    x = tf_keras.layers.Conv2D(4, 3, name="conv")(image)
    x = tf_keras.layers.Flatten(name="flat")(tf_keras.layers.ReLU(name="relu")(x))
    model = tf_keras.Model(image, tf_keras.layers.Dense(3, name="dense")(x))
    annotated = tf_keras.models.clone_model(
        model, clone_function=tfmot.quantization.keras.quantize_annotate_layer
    )
    return tfmot.quantization.keras.quantize_apply(annotated, Scheme()), chosen


def _pruned(model: Any, **options: Any) -> Any:
    import tensorflow_model_optimization as tfmot
    import tf_keras
    from tensorflow_model_optimization.python.core.sparsity.keras.pruning_wrapper import (
        PruneLowMagnitude,
    )

    schedule = tfmot.sparsity.keras.PolynomialDecay(0.0, 0.5, 0, 4, frequency=1)
    return tf_keras.models.clone_model(
        model,
        clone_function=lambda layer: (
            PruneLowMagnitude(layer, pruning_schedule=schedule, **options)
            if layer.name == "dense"
            else layer
        ),
    )
