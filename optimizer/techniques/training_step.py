"""techniques/: what prune, cluster, qat and finetune share: training before the conversion."""

from collections.abc import Sequence
from copy import copy
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from optimizer.data.dataset import DatasetRecord
from optimizer.data.labels import Task
from optimizer.data.roles import LEAST_TRAINING
from optimizer.errors import RecipeError
from optimizer.models.summary import CompiledLoss, LayerFit, ModelSummary
from optimizer.techniques.losses import unfit
from optimizer.techniques.promise import FilePromise, Place, Promise
from optimizer.techniques.properties import Property
from optimizer.techniques.technique import Conversion, Technique, parameter
from optimizer.tflite.facts import FileContents
from optimizer.words import counted, listed, one_line

if TYPE_CHECKING:
    from optimizer.techniques.training.prepared import Prepared, Start

T = TypeVar("T")
Loss = Literal[
    "auto",
    "sparse_categorical_crossentropy",
    "categorical_crossentropy",
    "binary_crossentropy",
    "mean_squared_error",
    "mean_absolute_error",
    "huber",
]
_OF_CLASSES = (
    "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy",
)  # fmt: skip
LOSSES: dict[Task, tuple[str, ...]] = {
    Task.CLASSIFICATION: _OF_CLASSES,
    Task.PER_POSITION: _OF_CLASSES,
    Task.MULTI_LABEL: ("binary_crossentropy", "mean_squared_error"),
    Task.REGRESSION: ("mean_squared_error", "mean_absolute_error", "huber", "binary_crossentropy"),
    Task.DETECTION: (),
    Task.FORECAST: ("mean_squared_error", "mean_absolute_error", "huber", "binary_crossentropy"),
    Task.ANOMALY: ("mean_squared_error", "mean_absolute_error", "huber", "binary_crossentropy"),
    Task.UNLABELLED: (),
}
"""The losses that fit each task; without labels, and where they are boxes, the float model's
outputs are the target."""

MOVE_TOO = frozenset({Task.PER_POSITION, Task.ANOMALY})
"""Tasks whose targets would have to be moved as the pictures are."""
LISTED = 12  # names in a message
FEW = 4  # of those with one reason


class TrainingTime(Technique):
    """A technique that changes the weights before the conversion, mostly by training.

    A subclass declares its own parameters, and how the model is prepared for training and freed of
    what was added for it (`prepare`). Everything else, the training itself, is the same for all.

    Class attributes:
        done: What was done to a layer that it touched, in a word: "clustered".
        trains_always: Whether it means nothing without training.
        cost: What an epoch takes, as a multiple of one that trains and does nothing else; those of
            tfmot's were measured on the embedded sample, two cores.
        gives: What the model has after it; None for nothing that a later step could undo.
        keeps: What it leaves to the model of what steps before it gave.
    """

    done: ClassVar[str] = "trained"
    trains_always: ClassVar[bool] = True
    cost: ClassVar[float] = 1.0
    gives: ClassVar[Property | None] = None
    keeps: ClassVar[frozenset[Property]] = frozenset()
    libraries: ClassVar[tuple[str, ...]] = ("tensorflow", "keras", "tf_keras")

    epochs: int = parameter(3, "Epochs", "Passes over the training role.", low=0, high=1000)
    batch_size: int = parameter(32, "Batch size", "Samples in one training step.", low=1, high=4096)
    learning_rate: float = parameter(
        1e-3, "Learning rate", "How far each training step moves the weights.", low=1e-7, high=1.0
    )
    decay: Literal["cosine", "none"] = parameter(
        "cosine", "Decay", "How the learning rate falls over the training; cosine ends at zero.",
        advanced=True,
    )  # fmt: skip
    optimizer: Literal["adam", "sgd", "rmsprop"] = parameter(
        "adam", "Optimizer", "How gradients become steps; sgd uses a momentum of 0.9.",
        advanced=True,
    )  # fmt: skip
    loss: Loss = parameter(
        "auto", "Loss", "Auto: what the model was compiled with, or else what fits the labels.",
        advanced=True,
    )  # fmt: skip
    distillation: float = parameter(
        0.9, "Distillation",
        "Share of the loss that asks for the float model's outputs instead of the labels. "
        "Without labels, and where they are boxes, it is always 1.",
        advanced=True, low=0.0, high=1.0,
    )  # fmt: skip
    dropout: bool = parameter(
        False, "Dropout", "Whether the model's dropout layers are at work. The model is trained "
        "already, and one with fewer or coarser weights learns better without.",
        advanced=True,
    )  # fmt: skip
    train_frozen: bool = parameter(
        True, "Train frozen layers", "Whether layers that came frozen are changed and trained too; "
        "otherwise each step leaves them as they are. Frozen batch normalization stays frozen.",
        advanced=True,
    )  # fmt: skip
    augmentation: Literal["none", "flip", "shift", "flip_shift"] = parameter(
        "none", "Augmentation", "Images only: mirrored, or shifted by up to an eighth.",
        advanced=True,
    )  # fmt: skip
    class_weights: bool = parameter(
        False, "Class weights", "Rare classes count as much as frequent ones.", advanced=True
    )
    patience: int = parameter(
        5, "Early stopping", "Epochs without a better tuning loss until training ends; 0: never.",
        advanced=True, low=0, high=1000,
    )  # fmt: skip
    plateau: int = parameter(
        2, "Plateau", "Epochs without a better tuning loss until the learning rate is halved; "
        "0: never.",
        advanced=True, low=0, high=1000,
    )  # fmt: skip
    seed: int = parameter(
        0, "Seed", "Makes shuffling and augmentation repeatable.", advanced=True, low=0,
        high=2**31 - 1,
    )  # fmt: skip

    @classmethod
    def misfit(cls, model: ModelSummary, data: DatasetRecord | None) -> str | None:
        """Why the technique cannot be used on this model and data; None if it can."""
        if model.untrainable:
            return model.untrainable
        if cls.trains_always and data is not None and data.training < LEAST_TRAINING:
            return too_few(data)
        return None

    def check(self, model: ModelSummary, data: DatasetRecord) -> None:
        """See `Technique.check`."""
        if self.epochs == 0:
            if self.trains_always:
                raise RecipeError(f"{self.name} needs at least one epoch. Raise epochs.")
            return
        if data.training < LEAST_TRAINING:
            hint = "" if self.trains_always else " Or set epochs=0: it then works at once."
            raise RecipeError(f"{self.name} {too_few(data)}.{hint}")
        self._check_compiled(model.loss_of(data.output), data.task)
        for one in data.further:
            self._check_compiled(model.loss_of(one.output), one.task)
        fitting = LOSSES[data.task]
        if self.loss != "auto" and self.loss not in fitting:
            raise RecipeError(
                f"{self.name}: the loss {self.loss} does not fit the data ({data.task.value}). "
                f"Use {' or '.join(('auto', *fitting))}."
            )
        if self.augmentation != "none" and len(data.shape) != 3:
            raise RecipeError(
                f"{self.name}: augmentation={self.augmentation} is for images, but a sample has "
                f"the shape {' × '.join(map(str, data.shape))}. Use augmentation=none."
            )
        if self.augmentation != "none" and data.task in MOVE_TOO:
            raise RecipeError(
                f"{self.name}: augmentation={self.augmentation} moves pictures, but not what is "
                f"said of each of their pixels ({data.task.value}). Use augmentation=none."
            )
        if self.class_weights and data.task is not Task.CLASSIFICATION:
            raise RecipeError(
                f"{self.name}: class weights need classes, but the data are for "
                f"{data.task.value}. Use class_weights=false."
            )

    def _check_compiled(self, compiled: CompiledLoss | None, task: Task) -> None:
        """Refuses to train with another loss than the model's own unless one is chosen."""
        if self.loss != "auto" or compiled is None or self.distillation == 1:
            return
        reason = unfit(compiled, task)
        if reason:
            raise RecipeError(
                f"{self.name}: the model was compiled with the loss {one_line(compiled.name)}, "
                f"{reason}. Choose what to train with: loss={' or '.join(LOSSES[task])}, or "
                "distillation=1 to learn from the float model alone."
            )

    def check_place(self, given: frozenset[Property], conversion: Conversion) -> None:
        """Checks what depends on the other steps of the recipe, whose order is right.

        Args:
            given: What the steps before this one gave.
            conversion: The recipe's last step.

        Raises:
            RecipeError: one sentence that says what does not fit and what would.
        """

    @classmethod
    def obstacles(cls, model: Any) -> dict[str, str | None]:  # noqa: ARG003
        """Why it cannot reach layers of a model, whatever its parameters are. Workers only.

        Args:
            model: A plain tf_keras model.

        Returns:
            A short phrase by a layer's name, None where it can; nothing for a technique that does
            not choose among layers.
        """
        return {}

    @classmethod
    def survey(cls, model: Any) -> str:  # noqa: ARG003
        """What its `check` has to know of a model beyond the obstacles, as a text. Workers only.

        Found once, when the model is opened, and kept in `ModelSummary.surveys`.

        Args:
            model: A plain tf_keras model.
        """
        return ""

    @classmethod
    def restructured(cls, model: Any, change: str) -> Any:
        """The model as this step left it, but for the weights. Workers only.

        Args:
            model: A plain tf_keras model, as the steps before left it.
            change: `Prepared.change` of the step.
        """
        raise NotImplementedError

    @classmethod
    def surveyed(cls, form: TypeAdapter[T], model: ModelSummary) -> T | None:
        """What `survey` found when the model was opened; None in studies that do not tell."""
        try:
            return form.validate_json(model.surveys.get(cls.name, ""))
        except ValidationError:
            return None

    @classmethod
    def able(cls, fits: Sequence[LayerFit]) -> list[str]:
        """The names of the layers that it can reach."""
        return [fit.name for fit in fits if fit.obstacles.get(cls.name) is None]

    @property
    def passes(self) -> int:
        """How often it goes through the training role in all, at most."""
        return self.epochs

    def may(self, fits: Sequence[LayerFit], able: Sequence[str]) -> list[str]:
        """Those of the layers that it can reach which it is also allowed to change.

        Args:
            fits: All layers of the model.
            able: Names of those that it can reach.
        """
        frozen = {fit.name for fit in fits if fit.frozen} if not self.train_frozen else set()
        return [name for name in able if name not in frozen]

    def reaches(self, fits: Sequence[LayerFit]) -> Sequence[str] | None:  # noqa: ARG002
        """The names of the layers that it will touch; None where it does not choose among them.

        Raises:
            RecipeError: it can touch none.
        """
        return None

    def foretold(self, model: ModelSummary) -> str:
        """What it will do to a model, in a sentence or two that are said before it starts.

        Empty for nothing to say. `check` has found nothing against it.
        """
        reached = self.reaches(model.fits)
        with_weights = [fit for fit in model.fits if fit.parameters]
        if reached is None or not with_weights:
            return ""
        left = [fit for fit in with_weights if fit.name not in reached]
        share = 1 - sum(fit.parameters for fit in left) / sum(f.parameters for f in with_weights)
        told = (
            f"{self.name} reaches {100 * share:.3g} % of the weights, in "
            f"{len(with_weights) - len(left)} of {counted(len(with_weights), 'layer')} that have "
            "some."
        )
        reasons = _by_reason(left, self.name)
        return f"{told} Not {self.done}: {'; '.join(reasons)}." if left else told

    def prepare(self, start: "Start") -> "Prepared":
        """Makes the model that is trained from the one that the steps before left.

        Workers only.

        Raises:
            RecipeError: parameters and model do not fit together.
            TrainingError: tfmot refuses the model.
        """
        raise NotImplementedError

    def promise(self, place: Place) -> Promise | None:  # noqa: ARG002
        """What it promised of a weight tensor that it touched, and whether it is so in the file."""
        return None

    def promises_of_file(
        self,
        contents: FileContents,  # noqa: ARG002
        model: ModelSummary,  # noqa: ARG002
    ) -> tuple[FilePromise, ...]:
        """What it promised of the whole file, beside what the file has.

        Args:
            contents: What is in the file.
            model: As it came.
        """
        return ()

    def why_untouched(self, layer: LayerFit) -> str:
        """Why it did not touch a layer, in a sentence without its full stop."""
        reason = layer.obstacles.get(self.name) or "left out by the recipe"
        return f"Layer not {self.done}: {reason}"

    def why_lost(self, what: Property, layer: LayerFit, *, touched: bool) -> str | None:
        """Why training a layer in this step took away what an earlier one gave it, in a sentence.

        None where this step need not have.
        """
        if touched:
            return None
        reason = layer.obstacles.get(self.name) or "left out by the recipe"
        return (
            f"Layer not {self.done} ({reason}): {self.name} trained it on without keeping its "
            f"{what.name}."
        )


def _by_reason(fits: Sequence[LayerFit], name: str) -> list[str]:
    """Layers that a technique leaves, those with one reason together: "a and b (a reason)"."""
    groups: dict[str, list[str]] = {}
    for fit in fits:
        reason = fit.obstacles.get(name) or ("frozen" if fit.frozen else "left out by the recipe")
        groups.setdefault(reason, []).append(fit.name)
    return [f"{listed(names, FEW)} ({reason})" for reason, names in groups.items()]


def too_few(data: DatasetRecord) -> str:
    """The reason for data with too small a training role."""
    return (
        f"needs at least {LEAST_TRAINING} training samples, but the data leave {data.training}: "
        "add more data"
    )


def with_default(name: str, default: object) -> Any:
    """A parameter of every training with another default, for the technique that redeclares it."""
    field = copy(TrainingTime.model_fields[name])
    field.default = default
    return field


def layers_parameter() -> str:
    """Declares which layers a technique touches."""
    value: str = parameter(
        "*", "Layers", "Names or types to include, parted by |, such as conv_*|Dense.",
        advanced=True,
    )  # fmt: skip
    return value


def skip_parameter() -> str:
    """Declares which layers a technique leaves as they are."""
    value: str = parameter(
        "", "Skip layers", "Names or types to leave out, parted by |, such as conv_1|Embedding.",
        advanced=True,
    )  # fmt: skip
    return value


def choose_layers(
    fits: Sequence[LayerFit], able: Sequence[str], layers: str, skip: str
) -> list[str]:
    """The names of the layers that a step touches.

    Args:
        fits: All layers of the model.
        able: Names of those that the technique supports.
        layers: Patterns to include, parted by "|", matched with name and class.
        skip: Patterns to leave out.

    Raises:
        RecipeError: a pattern matches no layer (lists those that there are), or none is left.
    """
    for pattern in filter(None, (*layers.split("|"), *skip.split("|"))):
        if not any(_matches(fit, pattern) for fit in fits):
            raise RecipeError(
                f"No layer is called “{pattern}”, or is of that type. There are: "
                f"{listed([fit.name for fit in fits], LISTED)}; types: "
                f"{listed(list(dict.fromkeys(fit.kind for fit in fits)), LISTED)}."
            )
    chosen = [
        fit.name
        for fit in fits
        if fit.name in able
        and any(_matches(fit, pattern) for pattern in layers.split("|"))
        and not any(_matches(fit, pattern) for pattern in filter(None, skip.split("|")))
    ]
    if not chosen:
        raise RecipeError(
            f"No layer is left: layers={layers}{f', skip={skip}' if skip else ''} chooses none of "
            f"those that can be used here ({listed(list(able), LISTED) or 'none'})."
        )
    return chosen


def _matches(fit: LayerFit, pattern: str) -> bool:
    return fnmatchcase(fit.name, pattern.strip()) or fit.kind == pattern.strip()
