"""models/trust/tflite/: a `.tflite` as the check has understood it, which alone is run.

`parts.py` reads a file of a stranger into tables that `schema.py` names, `check.py` and its
neighbours say whether they can be a model, and `packing.py` makes a new file of them.
"""

from optimizer.models.trust.tflite.canonical import write_canonical_tflite

__all__ = ["write_canonical_tflite"]
