"""models/trust/: tells whether a model file holds code, before anything of it is loaded."""

from optimizer.models.trust.canonical_hdf5 import write_canonical
from optimizer.models.trust.canonical_saved_model import make_canonical
from optimizer.models.trust.config import check
from optimizer.models.trust.operators import check_graph, check_operators
from optimizer.models.trust.resolve import named_plainly
from optimizer.models.trust.slots import is_model
from optimizer.models.trust.tflite import write_canonical_tflite

__all__ = [
    "check",
    "check_graph",
    "check_operators",
    "is_model",
    "make_canonical",
    "named_plainly",
    "write_canonical",
    "write_canonical_tflite",
]
