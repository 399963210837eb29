"""audit/: a conversion that changed no weights is no success."""

from optimizer.audit.findings import Audit
from optimizer.errors import ConversionError
from optimizer.techniques.technique import Conversion
from optimizer.words import counted

FLOAT = "FLOAT32"


def refuse_unchanged(made: Audit, conversion: Conversion) -> None:
    """Raises where every weight is still stored as floating-point numbers.

    Args:
        made: What the file holds.
        conversion: What promised to store weights otherwise.

    Raises:
        ConversionError: not one weight tensor is of the type that was promised.
    """
    types = {finding.tensor.dtype for finding in made.findings}
    if types != {FLOAT} or conversion.stores_as in {None, FLOAT}:
        return
    raise ConversionError(
        f"{conversion.name} changed nothing: {_all(len(made.findings))} still float32, so the file "
        f"would be the float one under another name. The {conversion.program} leaves operators "
        "that it does not know, and weights of few values, as they are: try another quantizer or "
        "technique."
    )


def _all(tensors: int) -> str:
    return (
        "the weight tensor is" if tensors == 1 else f"all {counted(tensors, 'weight tensor')} are"
    )
