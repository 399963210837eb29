"""models/trust/: refuses sizes that no real model has, before anything is allocated for them."""

import math
from typing import Any

from optimizer.errors import ModelError

# Values in one tensor: 1 GB in float32, fifty times the largest activation in keras.applications.
LARGEST = 2**28
# A file of 2 GB, the largest upload, stores at most this many weights (of 8 bits).
MOST_PARAMETERS = 2**31
# So many parameters are let through whatever the file stores: they cost 4 MB.
FEW_PARAMETERS = 2**20
SMALLEST_WEIGHT = 0.5  # bytes: Keras packs two weights of 4 bits into one
SHAPES = ("batch_input_shape", "batch_shape", "shape", "input_shape", "target_shape",
          "output_shape")  # fmt: skip
COUNTS = ("units", "filters", "input_dim", "output_dim", "kernel_size", "strides", "pool_size",
          "dilation_rate", "size", "padding", "cropping", "n", "height", "width", "num_tokens",
          "num_bins", "max_tokens", "depth_multiplier", "num_heads", "key_dim", "value_dim",
          "head_dim", "num_query_heads", "num_key_value_heads", "repeats", "num_classes",
          "pad_width", "output_size", "batch_size", "factor", "sequence_length",
          "fft_length", "num_mel_bins")  # fmt: skip
GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4, "CuDNNGRU": 3, "CuDNNLSTM": 4,
         "SimpleRNNCell": 1, "GRUCell": 3, "LSTMCell": 4}  # fmt: skip


def check_sizes(config: dict[str, Any], stored: int | None) -> None:
    """Refuses a config of tensors or weights that are larger than any real ones.

    The number of weights is estimated from below, from each layer's own config, so that no real
    model is refused; what slips through meets the worker's memory limit.

    Args:
        config: The JSON that describes the model.
        stored: Bytes of weights in its file; None if unknown.

    Raises:
        ModelError: names the layer and the size.
    """
    most = MOST_PARAMETERS
    if stored is not None:
        most = max(FEW_PARAMETERS, int(stored / SMALLEST_WEIGHT))
    total = 0
    waiting: list[object] = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        if not isinstance(node, dict):
            continue
        waiting.extend(node.values())
        inner = node.get("config")
        if isinstance(node.get("class_name"), str) and isinstance(inner, dict):
            _check_shapes(node["class_name"], inner)
            total += _fewest_parameters(node["class_name"], inner, node.get("build_config"))
            if total > most:
                raise ModelError(
                    f"{_named(node['class_name'], inner)} brings the model to at least {total:,} "
                    f"weights, but its file can store {most:,} at most. Save the model again."
                )


def _check_shapes(kind: str, config: dict[str, Any]) -> None:
    sizes = {key: _product(config.get(key)) for key in (*SHAPES, *COUNTS)}
    sizes["height and width"] = sizes["height"] * sizes["width"]
    for key, size in sizes.items():
        if size > LARGEST:
            raise ModelError(
                f"{_named(kind, config)} declares {key} of {size:,}, more than any real model has "
                f"({LARGEST:,} at most are accepted). Save the model again with its real sizes."
            )


def _fewest_parameters(kind: str, config: dict[str, Any], build: Any) -> int:
    def size(key: str) -> int:
        return _product(config.get(key))

    kind = kind.rpartition(">")[2]
    if kind == "Embedding":
        return size("input_dim") * size("output_dim")
    if kind in GATES:
        return GATES[kind] * size("units") ** 2
    if kind == "MultiHeadAttention":
        return size("num_heads") * size("key_dim")
    if kind == "Dense":
        return size("units") * _channels(config, build)
    if "Conv" in kind and "Depthwise" not in kind and "Separable" not in kind:
        groups = max(1, size("groups"))
        return size("filters") * size("kernel_size") * max(1, _channels(config, build) // groups)
    return 0


def _channels(config: dict[str, Any], build: Any) -> int:
    """The last axis of what a layer was built on, if the file says; 1 otherwise."""
    shape = build.get("input_shape") if isinstance(build, dict) else None
    if not isinstance(shape, list) or not shape or config.get("data_format") == "channels_first":
        return 1
    return _product(shape[-1])


def _product(value: object) -> int:
    """All numbers in `value`, multiplied; 1 if there are none. Open sizes count as 1."""
    if isinstance(value, list | tuple):
        return math.prod(_product(part) for part in value)
    if isinstance(value, str) and value.isdecimal() and len(value) < 100:  # Keras takes int("9")
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 1
    return max(1, abs(int(value)))


def _named(kind: str, config: dict[str, Any]) -> str:
    return f"The layer “{str(config.get('name', kind))[:100]}” ({kind[:100]})"
