"""models/bridge/: everything in float32. Workers only, as all of the bridge.

Mixed precision exists for the speed of a GPU, while tfmot's quantizers and the converter want
float32, in which the weights are kept anyway.
"""

from typing import Any

from optimizer.errors import ModelError

FLOATS = {"float16", "bfloat16", "float32", "float64"}


def float32_dtype(dtype: str) -> str:
    """The dtype that stands for `dtype`; integers and booleans stand for themselves."""
    return "float32" if dtype in FLOATS else dtype


def float32_policy(policy: Any) -> str:
    """The dtype that stands for a policy as it is in a config: None, a name, or a dict.

    Raises:
        ModelError: it is the policy of a layer that is quantized.
    """
    name = policy
    if isinstance(policy, dict):
        if policy["class_name"].startswith("Quantized"):
            raise ModelError("it is quantized already. Upload the model from before that.")
        name = policy["config"].get("name")
    return float32_dtype((name or "float32").removeprefix("mixed_"))


def in_float32(config: Any) -> Any:
    """`config` with the policy of every layer in it replaced."""
    if isinstance(config, dict):
        return {
            key: float32_policy(value) if key == "dtype" else in_float32(value)
            for key, value in config.items()
        }
    return [in_float32(value) for value in config] if isinstance(config, list) else config
