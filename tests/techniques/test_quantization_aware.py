"""tests of techniques/: which layers become quantization-aware, and what the file makes of them."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.errors import ConversionError, RecipeError
from optimizer.measure.fidelity import fidelity
from optimizer.measure.predict import predict
from optimizer.recipes import parse
from optimizer.techniques.technique import Sources
from optimizer.tflite.facts import WeightTensor
from tests.levels import some
from tests.samples import ArraySamples
from tests.techniques.conftest import Content
from tests.tflite_files import read_contents

Floats = npt.NDArray[np.float32]
SIDE, CLASSES, SAMPLES = 12, 4, 48
CLUSTERS = 16


def images(scale: float = 1.0) -> Floats:
    return np.random.default_rng(2).random((SAMPLES, SIDE, SIDE, 3), np.float32) * np.float32(scale)


def network(body: Callable[[Any, Any], Any]) -> Any:
    """A model for `images`; `body` stands between the input and a Dense that ends it."""
    import tf_keras

    tf_keras.utils.set_random_seed(6)
    layers = tf_keras.layers
    inputs = layers.Input((SIDE, SIDE, 3), name="image")
    x = body(layers, inputs)
    x = layers.GlobalAveragePooling2D(name="pooled")(x) if len(x.shape) == 4 else x
    return tf_keras.Model(inputs, layers.Dense(CLASSES, name="logits")(x))


def mobile(layers: Any, x: Any) -> Any:
    """A bit of each pattern that is fused."""
    x = layers.Conv2D(8, 3, use_bias=False, padding="same", name="conv")(x)
    x = layers.BatchNormalization(name="conv_norm")(x)
    first = layers.ReLU(6.0, name="conv_relu")(x)
    x = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(first)
    x = layers.BatchNormalization(name="depthwise_norm")(x)
    x = layers.Activation("relu", name="depthwise_relu")(x)
    x = layers.Conv2D(8, 1, name="point")(x)
    x = layers.BatchNormalization(name="point_norm")(x)
    x = layers.Add(name="sum")([first, x])
    x = layers.ReLU(name="sum_relu")(x)
    x = layers.SeparableConv2D(24, 3, name="separable")(x)
    x = layers.ReLU(name="separable_relu")(x)
    x = layers.Conv2D(32, 3, name="last")(x)
    x = layers.ReLU(name="last_relu")(x)
    x = layers.GlobalAveragePooling2D(name="average")(x)
    return layers.Dense(64, activation="relu", name="hidden")(x)


def aware_of(
    model: Any, names: Collection[str] | None = None, *, sparsity: bool = False,
    clusters: bool = False,
) -> Any:  # fmt: skip
    from optimizer.techniques.tfmot.quantization_aware import (
        make_quantization_aware,
        quantizable,
    )

    if names is None:
        names = [name for name, reason in quantizable(model).items() if reason is None]
    return make_quantization_aware(
        model, names, preserve_sparsity=sparsity, preserve_clusters=clusters
    )


def train(model: Any, x: Floats, *, epochs: int = 2, rate: float = 1e-4) -> None:
    import tf_keras

    loss = tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(tf_keras.optimizers.legacy.Adam(rate), loss)
    model.fit(x, np.arange(len(x)) % CLASSES, batch_size=12, epochs=epochs, verbose=0)


@pytest.fixture
def int8(tmp_path: Path) -> Callable[..., Path]:
    """The file of a trained model: int8(model, calibration samples, recipe)."""

    def make(model: Any, x: Floats, recipe: str = "int8") -> Path:
        model.export(str(tmp_path / "saved_model"))
        names = tuple(model.input_names)
        sources = Sources(
            tmp_path / "saved_model", lambda: tmp_path, names, ArraySamples((x,)), lambda *_: None,

        )  # fmt: skip
        file = tmp_path / "int8.tflite"
        file.write_bytes(parse(recipe).conversion.convert(sources))
        return file

    return make


def snr_db(file: Path, model: Any, x: Floats) -> float:
    value = fidelity(
        predict(file, ArraySamples((x,))), [model.predict(x, verbose=0)], classes=()
    ).snr_db
    assert value is not None
    return value


def wrapped(model: Any) -> set[str]:
    names = {layer.name for layer in model.layers}
    return {name.removeprefix("quant_") for name in names if name.startswith("quant_")}


# ---- which layers, and why not ---------------------------------------------------------------


def after_conv(make: Callable[[Any], Any]) -> Callable[[Any, Any, str], Any]:
    """The layer that `make(layers)` makes, between two that can be quantization-aware."""

    def body(layers: Any, x: Any, name: str) -> Any:
        layer = make(layers)
        layer._name = name
        return layers.Conv2D(8, 3)(layer(layers.Conv2D(8, 3, padding="same")(x)))

    return body


def on_rows(make: Callable[[Any], Any]) -> Callable[[Any, Any, str], Any]:
    """The same for layers that take sequences."""

    def body(layers: Any, x: Any, name: str) -> Any:
        layer = make(layers)
        layer._name = name
        x = layer(layers.Reshape((SIDE * 3, SIDE))(x))
        return layers.Reshape((1, 1, -1))(x)

    return body


def merged(kind: str) -> Callable[[Any, Any, str], Any]:
    def body(layers: Any, x: Any, name: str) -> Any:
        pair = [layers.Conv2D(8, 3)(x), layers.Conv2D(8, 3, activation="sigmoid")(x)]
        return layers.Conv2D(8, 3)(getattr(layers, kind)(name=name)(pair))

    return body


def norm_after_activation(layers: Any, x: Any, name: str) -> Any:
    x = layers.Conv2D(8, 3, activation="relu")(x)
    return layers.Conv2D(8, 3)(layers.BatchNormalization(name=name)(x))


def norm_of_shared(layers: Any, x: Any, name: str) -> Any:
    x = layers.Conv2D(8, 3)(x)
    return layers.Add()([x, layers.BatchNormalization(name=name)(x)])


def norm_first(layers: Any, x: Any, name: str) -> Any:
    return layers.Conv2D(8, 3)(layers.ReLU()(layers.BatchNormalization(name=name)(x)))


def called_twice(layers: Any, x: Any, name: str) -> Any:
    conv = layers.Conv2D(3, 3, padding="same", name=name)
    return layers.Add()([conv(x), conv(conv(x))])


def operation(layers: Any, x: Any, name: str) -> Any:
    from optimizer.models.bridge.operations import operation_call

    call = operation_call("tf.math.square", [layers.Conv2D(8, 3)(x)], {})
    return layers.Conv2D(8, 3)(call.make(name)(call.inputs))


def hard_silu(layers: Any) -> Any:
    from optimizer.models.bridge.activations import ACTIVATIONS

    return layers.Activation(ACTIVATIONS["hard_silu"])


# How a layer that stays as it is comes into a model, and a word of the reason for it.
ODD: dict[str, tuple[Callable[[Any, Any, str], Any], str]] = {
    "norm_after_activation": (norm_after_activation, "does not directly follow"),
    "norm_of_shared": (norm_of_shared, "does not directly follow"),
    "norm_first": (norm_first, "does not directly follow"),
    "called_twice": (called_twice, "several places"),
    "elu_inside": (after_conv(lambda k: k.Conv2D(8, 3, activation="elu")), "activation elu"),
    "hard_silu": (after_conv(hard_silu), "activation hard_silu"),
    "leaky": (after_conv(lambda k: k.ReLU(negative_slope=0.1)), "only ReLU and ReLU6"),
    "rescaling": (after_conv(lambda k: k.Rescaling(0.5)), "Rescaling is not supported"),
    "prelu": (after_conv(lambda k: k.PReLU(shared_axes=[1, 2])), "PReLU is not supported"),
    "multiply": (merged("Multiply"), "Multiply is not supported"),
    "subtract": (merged("Subtract"), "Subtract is not supported"),
    "operation": (operation, "Operation is not supported"),
    "conv1d": (on_rows(lambda k: k.Conv1D(4, 3)), "Conv1D is not supported"),
    "separable1d": (on_rows(lambda k: k.SeparableConv1D(4, 3)), "SeparableConv1D is not supported"),
    "lstm": (on_rows(lambda k: k.LSTM(4, unroll=True)), "LSTM is not supported"),
    "attention": (on_rows(lambda k: k.LayerNormalization()), "LayerNormalization is not"),
}


@pytest.fixture(scope="module")
def odd() -> Any:
    """A model with all of them side by side."""

    def body(layers: Any, x: Any) -> Any:
        ends = [make(layers, x, name) for name, (make, _) in ODD.items()]
        return layers.Concatenate()([layers.GlobalAveragePooling2D()(end) for end in ends])

    return network(body)


def test_a_mobile_network_is_quantization_aware_as_a_whole() -> None:
    from optimizer.techniques.tfmot.quantization_aware import quantizable

    reasons = quantizable(network(mobile))
    assert set(reasons.values()) == {None}
    assert list(reasons)[:3] == ["conv", "conv_norm", "conv_relu"]


@pytest.mark.parametrize("name", ODD)
def test_a_layer_that_cannot_be_is_named_with_the_reason(name: str, odd: Any) -> None:
    from optimizer.techniques.tfmot.quantization_aware import quantizable

    reasons = quantizable(odd)
    assert ODD[name][1] in str(reasons[name])
    assert {layer for layer, reason in reasons.items() if reason} == set(ODD)


@pytest.mark.slow
def test_the_layers_around_are_trained_and_converted(odd: Any, int8: Callable[..., Path]) -> None:
    for keep in (False, True):
        aware, x = aware_of(odd, sparsity=keep, clusters=keep), images()
    train(aware, x, epochs=1)
    file = int8(aware, x, "int8(integer_only=false)")
    # What has no integer form stays in float; all else is calibrated where it was not trained.
    assert Content(file.read_bytes()).float_operators == {"ELU", "SQUARE"}
    assert snr_db(file, aware, x) > 20


def test_layers_that_compute_with_integers_are_left_alone() -> None:
    import tf_keras

    from optimizer.techniques.tfmot.quantization_aware import quantizable

    layers = tf_keras.layers
    tokens = layers.Input((6,), dtype="int32")
    x = layers.Embedding(9, 4, name="embedding")(layers.Reshape((6,), name="shaped")(tokens))
    model = tf_keras.Model(tokens, layers.Dense(CLASSES, name="logits")(layers.Flatten()(x)))
    assert quantizable(model)["shaped"] == "it computes with int32"
    assert "logits" in wrapped(aware_of(model))


# ---- what a choice of layers means -----------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chosen", "also", "not_those"),
    [
        ({"conv"}, {"conv_norm", "conv_relu"}, {"depthwise", "logits"}),
        pytest.param(
            {"last", "sum"},
            {"last_relu", "sum_relu"},
            {"conv", "point_norm"},
            marks=pytest.mark.slow,
        ),
        pytest.param({"conv_norm", "hidden"}, set(), {"conv_norm", "conv"}, marks=pytest.mark.slow),
    ],
    ids=["a first convolution", "a sum and a convolution", "a norm without its convolution"],
)
def test_what_becomes_one_operator_stays_together(
    chosen: set[str], also: set[str], not_those: set[str], int8: Callable[..., Path]
) -> None:
    aware, x = aware_of(network(mobile), chosen), images()
    assert (chosen - not_those) | also <= wrapped(aware)
    assert not wrapped(aware) & not_those
    train(aware, x)
    assert snr_db(int8(aware, x), aware, x) > 20


def test_no_layer_at_all_is_refused() -> None:
    with pytest.raises(RecipeError, match="choose a convolution or Dense"):
        aware_of(network(mobile), {"conv_norm"})


def test_a_layer_that_tfmot_cannot_rebuild_is_named() -> None:
    import tf_keras

    class Strange(tf_keras.layers.Layer):
        """Not registered, so no configuration can be read back."""

    model = network(lambda layers, x: layers.Conv2D(8, 3)(Strange(name="odd_one")(x)))
    with pytest.raises(ConversionError, match=r"layer odd_one \(Strange\)"):
        aware_of(model)


@pytest.mark.timeout(120)
def test_layers_may_have_the_names_that_keras_gives_to_new_ones() -> None:
    """tfmot then goes on for ever."""
    import tf_keras

    tf_keras.backend.clear_session()

    def body(layers: Any, x: Any) -> Any:
        for name in ("conv2d", "conv2d_2", "depthwise_conv2d"):
            x = layers.Conv2D(4, 1, name=name)(layers.SeparableConv2D(4, 1, name=f"a_{name}")(x))
        return x

    model = network(body)
    aware = aware_of(model)
    assert {"conv2d", "conv2d_2", "depthwise_conv2d"} < wrapped(aware)
    assert len(wrapped(aware)) == len(model.layers) - 1 + 3


@pytest.mark.slow
def test_the_model_itself_stays_as_it_is() -> None:
    model = network(mobile)
    before, config = model.get_weights(), model.get_config()
    for _ in range(2):
        train(aware_of(model, clusters=True), images(), epochs=1, rate=0.1)
    assert model.get_config() == config
    assert all(map(np.array_equal, before, model.get_weights()))


# ---- what training then sees, and the file ----------------------------------------------------


@pytest.fixture(scope="module")
def trained() -> Any:
    """The mobile network after a few steps."""
    aware = aware_of(network(mobile))
    train(aware, images())
    return aware


def test_every_weight_is_rounded_in_training() -> None:
    """tfmot leaves those before a ReLU layer unrounded."""
    aware = aware_of(network(mobile))
    ranges = {weight.name for weight in aware.weights if "kernel_min" in weight.name}
    kernels = {weight.name for weight in aware.weights if "kernel:0" in weight.name}
    assert len(ranges) == len(kernels) == 8


@pytest.mark.slow
def test_a_few_steps_find_the_ranges_of_activations() -> None:
    """tfmot takes thousands."""

    def plain(layers: Any, x: Any) -> Any:
        for name in ("one", "two"):
            x = layers.Conv2D(8, 3, activation="relu", name=name)(x)
        return x

    model, x = network(plain), images(scale=200)
    aware = aware_of(model)
    train(aware, x, epochs=1, rate=0.0)
    close = fidelity([aware.predict(x, verbose=0)], [model.predict(x, verbose=0)], classes=())
    assert close.snr_db is not None
    assert close.snr_db > 25


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", some(["AveragePooling2D", "UpSampling2D"], quick=["AveragePooling2D"])
)
def test_what_keeps_its_scale_may_feed_a_concatenation_and_more(
    kind: str, int8: Callable[..., Path]
) -> None:
    """As in DenseNet, where the converter refuses the ranges that tfmot trains."""

    def body(layers: Any, x: Any) -> Any:
        x = getattr(layers, kind)(2)(layers.Conv2D(8, 3)(x))
        return layers.Concatenate()([x, layers.Conv2D(8, 1)(layers.ReLU()(x))])

    aware, x = aware_of(network(body)), images()
    train(aware, x, epochs=1)
    assert snr_db(int8(aware, x), aware, x) > 20


@pytest.mark.slow
def test_calibration_does_not_change_what_was_trained(
    trained: Any, int8: Callable[..., Path]
) -> None:
    one = int8(trained, images()).read_bytes()
    assert int8(trained, images(scale=30)).read_bytes() == one
    assert Content(one).float_operators == set()


@pytest.mark.parametrize("boundary", some(["int8", "uint8"], quick=["int8"]))
def test_the_file_takes_and_gives_integers_if_asked(
    boundary: str, trained: Any, int8: Callable[..., Path]
) -> None:
    file = int8(trained, images(), f"int8(io={boundary})")
    content = Content(file.read_bytes())
    assert (content.inputs, content.outputs) == ([boundary], [boundary])
    assert snr_db(file, trained, images()) > 20


# ---- zeros and clusters ----------------------------------------------------------------------


def edited(*, sparsity: bool, clusters: bool) -> Any:
    """The mobile network; all but the first and the depthwise kernel are pruned or clustered."""
    model, rng = network(mobile), np.random.default_rng(8)
    for layer in model.layers:
        if layer.name not in ("point", "last", "hidden", "logits"):
            continue
        kernel, *others = layer.get_weights()
        if clusters:
            centroids = np.linspace(kernel.min(), kernel.max(), CLUSTERS)
            kernel = centroids[np.abs(kernel[..., None] - centroids).argmin(-1)]
        if sparsity:
            kernel = np.where(np.abs(kernel) < np.median(np.abs(kernel)), 0, kernel)
            kernel = np.where(rng.random(kernel.shape) < 0.1, 0, kernel)
        layer.set_weights([kernel, *others])
    return model


def kernels(model: Any, file: Path) -> list[tuple[WeightTensor, Floats]]:
    """The weights in the file, each with the kernel of the layer that it was made from."""
    names = ["point", "last", "hidden", "logits"]
    originals = [model.get_layer(name).get_weights()[0] for name in names]
    found = read_contents(file).weights
    pairs = []
    for kernel in originals:
        shape = kernel.shape if kernel.ndim == 4 else (1, 1, *kernel.shape)
        size = (shape[3], shape[0], shape[1], shape[2])
        [weight] = [w for w in found if w.shape in (size, (size[0], size[3]))]
        pairs.append((weight, kernel))
    return pairs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sparsity", "clusters"),
    [
        pytest.param(True, False, id="zeros", marks=pytest.mark.slow),
        pytest.param(False, True, id="clusters", marks=pytest.mark.slow),
        pytest.param(True, True, id="zeros and clusters"),
    ],
)
def test_the_file_keeps_what_earlier_steps_made(
    sparsity: bool, clusters: bool, int8: Callable[..., Path]
) -> None:
    from optimizer.techniques.tfmot.quantization_aware import strip

    model, x = edited(sparsity=sparsity, clusters=clusters), images()
    aware = aware_of(model, sparsity=sparsity, clusters=clusters)
    train(aware, x, epochs=5, rate=0.01)
    before = aware.predict(x, verbose=0)
    stripped = strip(aware, clusters=clusters)
    # Clustered layers share one range from then on, which moves a rounding step here and there.
    np.testing.assert_allclose(
        stripped.predict(x, verbose=0), before, atol=0.02 if clusters else 1e-5
    )
    assert not [w.name for w in stripped.weights if "cluster_centroids" in w.name]
    file = int8(stripped, x)
    assert snr_db(file, stripped, x) > 20
    for weight, kernel in kernels(model, file):
        if sparsity:
            assert weight.zeros >= np.mean(kernel == 0)
        if clusters:
            assert weight.unique_per_channel <= CLUSTERS


def test_layers_that_were_not_clustered_stay_free() -> None:
    aware = aware_of(edited(sparsity=False, clusters=True), clusters=True)
    held = {w.name.split("/")[0] for w in aware.weights if "cluster_centroids" in w.name}
    assert held == {"quant_point", "quant_last", "quant_hidden", "quant_logits"}


@pytest.mark.slow
def test_layers_in_which_nothing_can_be_kept_are_not_trained() -> None:
    """One was not chosen, and the other is of a class that tfmot keeps nothing in."""
    from optimizer.techniques.tfmot.quantization_aware import quantizable

    def body(layers: Any, x: Any) -> Any:
        return mobile(layers, layers.Conv2DTranspose(4, 3, use_bias=False, name="transposed")(x))

    model, before = network(body), {}
    for layer in (model.get_layer("point"), model.get_layer("transposed")):
        kernel, *others = layer.get_weights()
        before[layer.name] = np.sign(kernel) * (np.abs(kernel) > 0.1)
        layer.set_weights([before[layer.name], *others])
    aware = aware_of(model, set(quantizable(model)) - {"point"}, sparsity=True, clusters=True)
    train(aware, images(), epochs=1, rate=0.1)
    after = {w.name: w.numpy() for w in aware.weights}
    for name, kernel in before.items():
        np.testing.assert_array_equal(after[f"{name}/kernel:0"], kernel)
