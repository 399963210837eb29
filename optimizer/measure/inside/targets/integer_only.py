"""measure/inside/targets/: hardware that computes with integers alone."""

from collections.abc import Sequence

from optimizer.measure.inside.facts import Source, Verdict
from optimizer.measure.inside.target import gathered, target
from optimizer.tflite.graph import Tensor, Use

FLOATS = ("FLOAT16", "FLOAT32", "FLOAT64", "BFLOAT16", "COMPLEX64", "COMPLEX128")
SOURCE = Source(
    "LiteRT, post-training integer quantization: integer only",
    "https://ai.google.dev/edge/litert/models/post_training_integer_quant",
    "as of ai-edge-litert 2.3.0",
)


@target("integer_only", rank=0)
def integer_only(
    uses: Sequence[Use], inputs: Sequence[Tensor], outputs: Sequence[Tensor]
) -> Verdict:
    """Whether all operators, and the model's inputs and outputs, are integer.

    See `Target`.
    """
    floats = [
        *((use.name, f"computes with {name}") for use in uses if (name := _float(use.tensors))),
        *((t.name, f"an input of type {t.dtype}") for t in inputs if t.dtype in FLOATS),
        *((t.name, f"an output of type {t.dtype}") for t in outputs if t.dtype in FLOATS),
    ]
    if not floats:
        sentence = "Every operator, input and output is integer."
    elif not any(_float(use.tensors) for use in uses if not use.converts_float):
        sentence = "All is integer but the inputs or outputs: convert with integer ones."
    else:
        sentence = "Some operators compute with floating-point numbers."
    return Verdict(
        target="Integer-only accelerators",
        key="integer_only",
        fits=not floats,
        sentence=sentence,
        obstacles=gathered(floats),
        source=SOURCE,
    )


def _float(tensors: Sequence[Tensor]) -> str | None:
    return next((tensor.dtype for tensor in tensors if tensor.dtype in FLOATS), None)
