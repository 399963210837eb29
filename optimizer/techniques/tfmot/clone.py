"""techniques/tfmot/: a copy of a tf_keras model with weights of its own. Workers only."""

from typing import Any

import tf_keras


def clone(model: Any) -> Any:
    """A copy with the same weights; what happens to one does not touch the other."""
    copy = tf_keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy
