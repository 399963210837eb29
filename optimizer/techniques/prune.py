"""techniques/: magnitude pruning."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, Literal

from optimizer.data.dataset import DatasetRecord
from optimizer.errors import RecipeError
from optimizer.models.summary import LayerFit, ModelSummary
from optimizer.techniques.family import PRUNED
from optimizer.techniques.promise import Place, Promise
from optimizer.techniques.properties import ZEROS
from optimizer.techniques.registry import technique
from optimizer.techniques.technique import parameter
from optimizer.techniques.training_step import (
    TrainingTime,
    choose_layers,
    layers_parameter,
    skip_parameter,
    with_default,
)
from optimizer.tflite.facts import share_of_zeros

if TYPE_CHECKING:
    from optimizer.techniques.training.prepared import Prepared, Start

STRUCTURED_SPARSITY = 0.5  # of the 2:4 pattern

Block = Literal["1x1", "1x4", "4x1", "1x16", "16x1", "4x4"]


@technique
class Prune(TrainingTime):
    """Sets the smallest weights to zero, little by little while training."""

    name = "prune"
    label = "Prune"
    summary = (
        "Sets the smallest weights to zero. The file shrinks when it is compressed; some runtimes "
        "skip the zeros."
    )
    family = PRUNED
    rank = 20
    libraries = (*TrainingTime.libraries, "tensorflow-model-optimization")
    done = "pruned"
    trains_always = False
    cost = 1.2
    gives = ZEROS

    epochs: int = with_default("epochs", 10)
    learning_rate: float = with_default("learning_rate", 3e-3)
    final_sparsity: float = parameter(
        0.5, "Sparsity", "Share of the weights that are zero in the end.", low=0.01, high=0.99
    )
    schedule: Literal["polynomial", "constant"] = parameter(
        "polynomial", "Schedule",
        "Polynomial: sparsity rises with the steps, fast at first. Constant: all at once.",
        advanced=True,
    )  # fmt: skip
    initial_sparsity: float = parameter(
        0.0, "Initial sparsity", "Where a polynomial schedule begins.", advanced=True, low=0.0,
        high=0.98,
    )  # fmt: skip
    begin: float = parameter(
        0.0, "Begin", "When pruning begins, as a share of the training.", advanced=True, low=0.0,
        high=0.9,
    )  # fmt: skip
    end: float = parameter(
        0.4, "End", "When the final sparsity is reached, as a share of the training.",
        advanced=True, low=0.05, high=1.0,
    )  # fmt: skip
    frequency: int = parameter(
        10, "Frequency", "Training steps between two updates of the zeros.", advanced=True, low=1,
        high=10_000,
    )  # fmt: skip
    pattern: Literal["unstructured", "2:4"] = parameter(
        "unstructured", "Pattern", "2:4: two zeros in every four weights, as some hardware wants.",
        advanced=True,
    )  # fmt: skip
    block: Block = parameter(
        "1x1", "Block", "Rows × columns of weights that become zero together.", advanced=True
    )
    pooling: Literal["AVG", "MAX"] = parameter(
        "AVG", "Block pooling", "A block counts by its mean, or by its largest weight.",
        advanced=True,
    )  # fmt: skip
    xnnpack: bool = parameter(
        False, "XNNPACK policy", "Prunes only what XNNPACK has sparse kernels for.",
        advanced=True,
    )  # fmt: skip
    smallest: int = parameter(
        1000, "Smallest layer",
        "Layers with fewer weights stay as they are: a first convolution, which has few, costs "
        "much accuracy and saves nothing.",
        advanced=True, low=0, high=10**9,
    )  # fmt: skip
    layers: str = layers_parameter()
    skip: str = skip_parameter()

    def check(self, model: ModelSummary, data: DatasetRecord) -> None:
        """See `Technique.check`."""
        super().check(model, data)
        if self.schedule == "polynomial" and self.initial_sparsity >= self.final_sparsity:
            raise RecipeError(
                f"prune: initial_sparsity ({self.initial_sparsity:g}) must be below "
                f"final_sparsity ({self.final_sparsity:g})."
            )
        if self.begin >= self.end:
            raise RecipeError(f"prune: begin ({self.begin:g}) must be before end ({self.end:g}).")
        if self.pattern == "2:4" and self.block != "1x1":
            raise RecipeError("prune: the 2:4 pattern has no blocks. Use block=1x1.")
        if self.pattern == "2:4" and self.final_sparsity != 0.5:
            raise RecipeError(
                f"prune: the 2:4 pattern always gives a sparsity of 0.5, not "
                f"{self.final_sparsity:g}. Leave final_sparsity out."
            )
        self.reaches(model.fits)

    def reaches(self, fits: Sequence[LayerFit]) -> list[str]:
        """See `TrainingTime.reaches`."""
        return self._choose(fits, self.may(fits, self.able(fits)))

    def _choose(self, fits: Sequence[LayerFit], able: list[str]) -> list[str]:
        """The layers that are pruned: the small ones too where there are no others."""
        chosen = choose_layers(fits, able, self.layers, self.skip)
        weights = {fit.name: fit.parameters for fit in fits}
        return [name for name in chosen if weights[name] >= self.smallest] or chosen

    @classmethod
    def obstacles(cls, model: Any) -> dict[str, str | None]:
        """See `TrainingTime.obstacles`."""
        from optimizer.techniques.tfmot.pruning import prunable  # noqa: PLC0415 (workers only)

        return prunable(model)

    def promise(self, place: Place) -> Promise:
        """A share of zeros, over all tensors of a layer."""
        promised = STRUCTURED_SPARSITY if self.pattern == "2:4" else self.final_sparsity
        rows, columns = map(int, self.block.split("x"))
        values = sum(prod(weight.shape) for weight in place.kernels)
        # tfmot rounds to whole weights, or blocks, of each kernel.
        least = promised - len(place.kernels) * rows * columns / values
        share = share_of_zeros(place.kernels)
        if share is not None and share >= least:
            return Promise(promised=promised, kept=True)
        *_, inputs = place.weight.shape
        outputs = place.weight.shape[0]
        if self.pattern == "2:4" and inputs % 4:
            explanation = f"2:4 takes input channels in fours, and this has {inputs}."
        elif inputs % rows or outputs % columns:
            explanation = f"Blocks of {self.block} do not fit evenly into {inputs} × {outputs}."
        else:
            explanation = place.why_lost(self)
        return Promise(promised=promised, kept=False, explanation=explanation)

    def prepare(self, start: "Start") -> "Prepared":
        """See `TrainingTime.prepare`."""
        from tensorflow_model_optimization.python.core.sparsity.keras.pruning_callbacks import (  # noqa: PLC0415 (workers only)
            UpdatePruningStep,
        )

        from optimizer.techniques.tfmot import pruning  # noqa: PLC0415
        from optimizer.techniques.training.prepared import Prepared  # noqa: PLC0415

        rows, columns = map(int, self.block.split("x"))
        able = pruning.prunable(
            start.model,
            block_size=(rows, columns),
            two_by_four=self.pattern == "2:4",
            xnnpack_policy=self.xnnpack,
        )
        able_now = [name for name in able if able[name] is None]
        layers = self._choose(start.fits, self.may(start.fits, able_now))
        steps = max(2, self.epochs * start.steps_per_epoch)
        end = max(2, round(self.end * steps))
        schedule = pruning.Schedule(
            kind=self.schedule,
            initial_sparsity=self.initial_sparsity,
            final_sparsity=self.final_sparsity,
            begin_step=min(round(self.begin * steps), end - 1),
            end_step=end,
            frequency=self.frequency,
        )
        model = pruning.add_pruning(
            start.model,
            layers,
            schedule,
            block_size=(rows, columns),
            pooling=self.pooling,
            two_by_four=self.pattern == "2:4",
            xnnpack_policy=self.xnnpack,
        )
        return Prepared(
            model,
            tuple(layers),
            finish=pruning.finish_pruning,
            callbacks=(UpdatePruningStep(),),
            settled=min((end - 1) // start.steps_per_epoch, max(0, self.epochs - 1)),
            at_once=pruning.prune_at_once,
            sparsity=pruning.pruning_sparsity,
        )
