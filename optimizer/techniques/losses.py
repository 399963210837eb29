"""techniques/: the losses that Keras ships, and which of them fit what data are for."""

from optimizer.data.labels import DISTILLED, OF_CLASSES, Task
from optimizer.models.summary import CompiledLoss

KERAS_NAMES = {
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "categorical_focal_crossentropy": "CategoricalFocalCrossentropy",
    "categorical_generalized_cross_entropy": "CategoricalGeneralizedCrossEntropy",
    "categorical_hinge": "CategoricalHinge",
    "binary_crossentropy": "BinaryCrossentropy",
    "binary_focal_crossentropy": "BinaryFocalCrossentropy",
    "mean_squared_error": "MeanSquaredError",
    "mean_absolute_error": "MeanAbsoluteError",
    "mean_absolute_percentage_error": "MeanAbsolutePercentageError",
    "mean_squared_logarithmic_error": "MeanSquaredLogarithmicError",
    "huber": "Huber",
    "log_cosh": "LogCosh",
    "poisson": "Poisson",
    "kl_divergence": "KLDivergence",
    "cosine_similarity": "CosineSimilarity",
    "hinge": "Hinge",
    "squared_hinge": "SquaredHinge",
    "dice": "Dice",
    "tversky": "Tversky",
}
"""By the name in snake case the class, in tf_keras or else in Keras 3. Not among them: Circle and
CTC, whose targets are no labels of samples."""
CLASS_NUMBERS = frozenset({"sparse_categorical_crossentropy"})
"""Losses that take the number of a class; of a class number all others take its row of zeros and a
one, where there is an output for each class."""
FOR_CLASSES_ALONE = frozenset({"categorical_generalized_cross_entropy"})
"""Losses that turn class numbers into rows themselves."""
TAKES_LOGITS = frozenset(name for name in KERAS_NAMES if "crossentropy" in name)
TAKES_SMOOTHING = TAKES_LOGITS - CLASS_NUMBERS


def unfit(compiled: CompiledLoss, task: Task) -> str | None:
    """Why a model cannot be trained on with the loss that it was compiled with; None if it can.

    Args:
        compiled: The loss.
        task: What the data are for.
    """
    if task in DISTILLED:  # no loss is made of labels
        return None
    if compiled.name not in KERAS_NAMES:
        return "which is none of Keras's own that can be rebuilt here"
    if compiled.name in CLASS_NUMBERS | FOR_CLASSES_ALONE and task not in OF_CLASSES:
        return f"which takes numbers of classes, and the data are for {task.value}"
    return None
