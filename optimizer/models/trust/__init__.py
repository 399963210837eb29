"""models/trust/: tells whether a model file holds code, before anything of it is loaded."""

from optimizer.models.trust.canonical_saved_model import make_canonical
from optimizer.models.trust.config import check
from optimizer.models.trust.operators import check_graph, check_operators

__all__ = ["check", "check_graph", "check_operators", "make_canonical"]
