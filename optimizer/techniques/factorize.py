"""techniques/: large matrices as products of two small ones."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, model_validator

from optimizer.data.dataset import DatasetRecord
from optimizer.errors import RecipeError
from optimizer.models.summary import LayerFit, ModelSummary
from optimizer.techniques.family import FACTORIZED
from optimizer.techniques.main_target import MainTarget
from optimizer.techniques.promise import FilePromise
from optimizer.techniques.properties import CHANNELS, LOW_RANK, ONE_OF_THEM, Property
from optimizer.techniques.registry import technique
from optimizer.techniques.structure.splits import Split, energy_for, ranks_at, saved
from optimizer.techniques.technique import Conversion, parameter
from optimizer.techniques.training_step import (
    TrainingTime,
    choose_layers,
    layers_parameter,
    skip_parameter,
    with_default,
)
from optimizer.tflite.facts import FileContents
from optimizer.words import listed

if TYPE_CHECKING:
    from optimizer.techniques.training.prepared import Prepared, Start

MULTIPLE = 8
"""Ranks are multiples of it, for which kernels are fast."""
MOST_NAMES = 4  # of layers in a sentence
ENERGY = MainTarget("energy", 0.9, ("macs", "parameters"))
_SPLITS: TypeAdapter[tuple[Split, ...]] = TypeAdapter(tuple[Split, ...])


@technique
class Factorize(TrainingTime):
    """Two layers stand for one: a few numbers are made of the inputs, and the outputs of these."""

    name = "factorize"
    label = "Factorize"
    summary = (
        "Makes two small layers of each large dense layer or 1×1 convolution, and trains on. Pays "
        "where a few directions carry most of what a layer does."
    )
    family = FACTORIZED
    rank = 7
    done = "split"
    trains_always = False
    gives = LOW_RANK

    learning_rate: float = with_default("learning_rate", 5e-4)
    energy: float = parameter(
        ENERGY.usual, "Energy", "Share of the squares of a kernel's singular values that is kept "
        "at least; 0: as a target of MACs or parameters says.",
        low=0.0, high=0.999,
    )  # fmt: skip
    macs: float = parameter(
        0.0, "MACs", "Share of the model's multiply-accumulate operations that may stay; 0: any.",
        low=0.0, high=0.999,
    )  # fmt: skip
    parameters: float = parameter(
        0.0, "Parameters", "Share of the model's weights that may stay; 0: any.", low=0.0,
        high=0.999,
    )  # fmt: skip
    smallest: int = parameter(
        2000, "Smallest layer", "Layers with fewer weights stay as they are.", advanced=True,
        low=0, high=10**9,
    )  # fmt: skip
    layers: str = layers_parameter()
    skip: str = skip_parameter()

    @model_validator(mode="before")
    @classmethod
    def _a_target_is_enough(cls, given: Any) -> Any:
        """Leaves the energy free where a target is set and nothing is said of it."""
        return ENERGY.freed(given)

    def __str__(self) -> str:
        """See `Technique.__str__`; what a target implies of the energy is left out."""
        return ENERGY.written(super().__str__(), self.name, vars(self))

    @classmethod
    def misfit(cls, model: ModelSummary, data: DatasetRecord | None) -> str | None:
        """See `Technique.misfit`."""
        reason = super().misfit(model, data)
        if reason is None and model.fits and not cls.able(model.fits):
            return "there is no dense layer and no 1×1 convolution to split"
        return reason

    def check(self, model: ModelSummary, data: DatasetRecord) -> None:
        """See `Technique.check`."""
        super().check(model, data)
        if not (self.energy or self.macs or self.parameters):
            raise RecipeError(
                "factorize has no target. Set energy, macs or parameters, such as "
                f"factorize(energy={ENERGY.usual:g})."
            )
        splits = self.surveyed(_SPLITS, model)
        chosen = self.reaches(model.fits)
        if splits is not None:
            self.ranks(splits, chosen, model.macs or 0, model.parameters or 0)

    def check_place(self, given: frozenset[Property], conversion: Conversion) -> None:
        """See `TrainingTime.check_place`."""
        super().check_place(given, conversion)
        if CHANNELS in given:
            raise RecipeError(ONE_OF_THEM)

    def reaches(self, fits: Sequence[LayerFit]) -> list[str]:
        """See `TrainingTime.reaches`."""
        return choose_layers(fits, self.may(fits, self.able(fits)), self.layers, self.skip)

    def ranks(
        self, splits: Sequence[Split], chosen: Sequence[str], macs: int, weights: int
    ) -> dict[str, int]:
        """The rank of each layer that is split.

        Args:
            splits: What each layer's ranks keep.
            chosen: Layers that may be split.
            macs: Multiply-accumulate operations of the whole model.
            weights: Of the whole model.

        Raises:
            RecipeError: it would save nothing, or a target cannot be reached.
        """
        able = [s for s in splits if s.layer in chosen and s.weights >= self.smallest]
        energy = self.energy
        if self.macs or self.parameters:
            wanted = (
                int((1 - self.macs) * macs) if self.macs else 0,
                int((1 - self.parameters) * weights) if self.parameters else 0,
            )
            found = energy_for(able, MULTIPLE, *wanted)
            if found is None:
                least = saved(able, ranks_at(able, 0.0, MULTIPLE))
                raise RecipeError(
                    f"{self} cannot be reached: with the smallest ranks "
                    f"{_share(macs - least[0], macs)} of the MACs and "
                    f"{_share(weights - least[1], weights)} of the weights are left. Ask for that "
                    "or more."
                )
            if found < energy:
                raise RecipeError(
                    f"{self} cannot be reached: that keeps {found:.3g} of the energy. Let energy "
                    "be smaller, or leave it out."
                )
            energy = found
        ranks = ranks_at(able, energy, MULTIPLE)
        if not ranks:
            raise RecipeError(
                f"factorize saves nothing here: at an energy of {energy:g} no layer of "
                f"{self.smallest:,} weights or more is smaller as two. Let energy be smaller."
            )
        return ranks

    def foretold(self, model: ModelSummary) -> str:
        """See `TrainingTime.foretold`: what it would save."""
        splits = self.surveyed(_SPLITS, model)
        macs, weights = model.macs or 0, model.parameters or 0
        if splits is None:
            return ""
        ranks = self.ranks(splits, self.reaches(model.fits), macs, weights)
        less_macs, less_weights = saved(splits, ranks)
        named = listed([f"{name} (rank {rank})" for name, rank in ranks.items()], MOST_NAMES)
        return (
            f"factorize saves {_share(less_macs, macs)} of the MACs and "
            f"{_share(less_weights, weights)} of the weights: {named}."
        )

    @classmethod
    def obstacles(cls, model: Any) -> dict[str, str | None]:
        """See `TrainingTime.obstacles`."""
        import tf_keras  # noqa: PLC0415 (workers only)

        from optimizer.techniques.structure.low_rank import obstacle  # noqa: PLC0415

        inputs = tf_keras.layers.InputLayer
        return {x.name: obstacle(x) for x in model.layers if not isinstance(x, inputs)}

    @classmethod
    def survey(cls, model: Any) -> str:
        """See `TrainingTime.survey`: what each rank of each layer keeps."""
        from optimizer.techniques.structure.low_rank import quick, splits_of  # noqa: PLC0415

        if not quick(model):  # whoever only opens a model does not wait for minutes
            return ""
        return _SPLITS.dump_json(splits_of(model, MULTIPLE)).decode()

    def promises_of_file(
        self, contents: FileContents, model: ModelSummary
    ) -> tuple[FilePromise, ...]:
        """See `TrainingTime.promises_of_file`."""
        splits = self.surveyed(_SPLITS, model)
        if splits is None or not model.macs:
            return ()
        ranks = self.ranks(splits, self.reaches(model.fits), model.macs, model.parameters or 0)
        left = model.macs - saved(splits, ranks)[0]
        return (FilePromise(what="MACs", promised=left, found=contents.macs, before=model.macs),)

    @classmethod
    def restructured(cls, model: Any, change: str) -> Any:
        """See `TrainingTime.restructured`."""
        from optimizer.techniques.structure.low_rank import split  # noqa: PLC0415 (workers only)

        return split(model, _ranks(change))

    def prepare(self, start: "Start") -> "Prepared":
        """See `TrainingTime.prepare`."""
        from optimizer.techniques.structure.low_rank import (  # noqa: PLC0415 (workers only)
            split,
            splits_of,
        )
        from optimizer.techniques.training.prepared import Prepared  # noqa: PLC0415

        weights = int(start.came.count_params())
        chosen = self.reaches(start.fits)
        ranks = self.ranks(splits_of(start.model, MULTIPLE), chosen, start.macs or 0, weights)
        return Prepared(
            split(start.model, ranks),
            tuple(ranks),
            finish=lambda trained: trained,
            change=json.dumps(ranks),
        )


def _ranks(change: str) -> dict[str, int]:
    """The rank by the name of each layer that was split.

    Raises:
        ValueError: the text says something else.
    """
    ranks = json.loads(change)
    if not isinstance(ranks, dict) or any(type(rank) is not int for rank in ranks.values()):
        raise ValueError(change)
    return ranks


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.3g} %" if whole else "none"
