"""models/trust/tflite/: which operators of a `.tflite` are run.

Those that the runtime has and that compute; what has an effect beyond its own answer is refused by
its kind, whatever its arguments say.
"""

from optimizer.errors import ModelError
from optimizer.models.trust.tflite.parts import Part, damaged
from optimizer.models.trust.tflite.schema import OPERATORS
from optimizer.words import one_line

CUSTOM = 32  # BuiltinOperator of the schema
KNOWN_CUSTOM = {"AudioSpectrogram", "Mfcc", "TFLite_Detection_PostProcess"}
"""Those of the runtime that compute; there are no others in it but one that writes to the log."""
FLEX = "Flex"
"""Operators of TensorFlow, which the runtime here lacks: such a file is described and never run."""
KEEPS = {
    "HASHTABLE", "HASHTABLE_FIND", "HASHTABLE_IMPORT", "HASHTABLE_SIZE", "VAR_HANDLE",
    "READ_VARIABLE", "ASSIGN_VARIABLE",
}  # fmt: skip
"""They keep something, by a name, from one run to the next."""


def operator_name(code: Part) -> str:
    """The name of an operator.

    Args:
        code: A table `OperatorCode`, out of which is taken what does not count.

    Raises:
        ModelError: it has not, or it is refused.
    """
    number = max(code.number("builtinCode"), code.number("deprecatedBuiltinCode"))
    version = code.number("version", 1)
    if number == CUSTOM:
        return _custom_name(code.text("customCode"))
    code.values.pop("customCode", None)
    known = OPERATORS.get(number)
    if known is None:
        raise ModelError(
            f"The .tflite has an operator that the LiteRT runtime does not have (code {number}). "
            "Convert it again with built-in operators only."
        )
    if not known.first <= version <= known.last:
        raise ModelError(
            f"The .tflite has {known.name} in version {version}, and the LiteRT runtime has "
            f"{known.first} to {known.last}. Convert it again with an older converter."
        )
    if known.name in KEEPS:
        raise ModelError(
            f"The .tflite has the operator {known.name}, which keeps something from one run to the "
            "next: what it answers would depend on what ran before. Convert a model without tables "
            "and variables that change."
        )
    return known.name


def _custom_name(name: str) -> str:
    if name not in KNOWN_CUSTOM and not name.startswith(FLEX):
        raise ModelError(
            f"The .tflite has an operator of its own, “{one_line(name)}”, which is not run here. "
            "Convert it again with built-in operators only."
        )
    return name


def check_kinds(graphs: list[Part], kinds: int) -> None:
    """Checks that each operator of all graphs is of one of the file's kinds.

    Raises:
        ModelError: it is not.
    """
    for graph in graphs:
        for operator in graph.parts("operators"):
            if operator.number("opcodeIndex") >= kinds:
                damaged(f"an operator is of the kind {operator.number('opcodeIndex')} of {kinds}")
