"""techniques/: structural pruning: channels and units are taken out, and the network is smaller."""

import json
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, Literal

from pydantic import TypeAdapter, model_validator

from optimizer.data.dataset import DatasetRecord
from optimizer.data.roles import LEAST_TRAINING
from optimizer.errors import RecipeError
from optimizer.models.summary import LayerFit, ModelSummary
from optimizer.techniques.family import SHRUNK
from optimizer.techniques.main_target import MainTarget
from optimizer.techniques.promise import FilePromise, Place, Promise
from optimizer.techniques.properties import (
    CHANNELS,
    LOW_RANK,
    ONE_OF_THEM,
    Property,
    output_channels,
)
from optimizer.techniques.registry import technique
from optimizer.techniques.structure.anatomy import Anatomy
from optimizer.techniques.structure.target import (
    Rounding,
    Target,
    blocks_within,
    check_target,
    with_beside,
)
from optimizer.techniques.technique import Conversion, parameter
from optimizer.techniques.training_step import (
    TrainingTime,
    choose_layers,
    layers_parameter,
    skip_parameter,
    too_few,
    with_default,
)
from optimizer.tflite.facts import FileContents
from optimizer.words import listed

if TYPE_CHECKING:
    from optimizer.techniques.structure.blocks import Blocks
    from optimizer.techniques.structure.choose import Kept, Scores
    from optimizer.techniques.training.prepared import Prepared, Start

MACS = MainTarget("macs", 0.5, ("parameters", "size"))
TAYLOR_BATCHES = 40
MOST_NAMES = 6  # of layers in a sentence
_ANATOMY: TypeAdapter[Anatomy] = TypeAdapter(Anatomy)


@technique
class Shrink(TrainingTime):
    """Takes whole channels out of layers, so that file, memory and latency go down."""

    name = "shrink"
    label = "Shrink"
    summary = (
        "Takes whole channels out of layers and trains on. The file, its memory and its latency "
        "go down, without any special runtime."
    )
    family = SHRUNK
    rank = 5
    done = "cut"
    trains_always = False
    gives = CHANNELS

    epochs: int = with_default("epochs", 10)
    learning_rate: float = with_default("learning_rate", 3e-3)
    macs: float = parameter(
        MACS.usual, "MACs", "Share of the multiply-accumulate operations that may stay; 0: any, "
        "where another target is set.",
        low=0.0, high=0.999,
    )  # fmt: skip
    parameters: float = parameter(
        0.0, "Parameters", "Share of the weights that may stay; 0: any.", low=0.0, high=0.999
    )
    size: float = parameter(
        0.0, "Size", "Share of the float file's weights that may stay; 0: any.", low=0.0,
        high=0.999,
    )  # fmt: skip
    criterion: Literal["l2", "l1", "bn_scale", "taylor"] = parameter(
        "l2", "Criterion",
        "What a channel counts by: the norm of its weights, the factor of its batch "
        "normalization, or what the loss changes by without it (needs training data).",
        advanced=True,
    )  # fmt: skip
    ranking: Literal["uniform", "global"] = parameter(
        "uniform", "Ranking",
        "Uniform: each layer loses the same share. Global: what counts least in the whole network.",
        advanced=True,
    )  # fmt: skip
    floor: float = parameter(
        0.1, "Floor", "Share of its channels that each layer keeps at least.", advanced=True,
        low=0.0, high=1.0,
    )  # fmt: skip
    multiple: int = parameter(
        16, "Multiple", "Channels are kept in multiples of this, for which kernels are fast (8 "
        "or 16 on most CPUs); in layers of few channels in smaller ones.",
        advanced=True, low=1, high=128,
    )  # fmt: skip
    steps: int = parameter(
        1, "Steps", "In how many steps channels go, with training between them.", advanced=True,
        low=1, high=20,
    )  # fmt: skip
    between: int = parameter(
        1, "Epochs between", "Passes over the training role between two steps.", advanced=True,
        low=1, high=100,
    )  # fmt: skip
    layers: str = layers_parameter()
    skip: str = skip_parameter()

    @model_validator(mode="before")
    @classmethod
    def _one_target_is_enough(cls, given: Any) -> Any:
        """Leaves the MACs free where another target is set and nothing is said of them."""
        return MACS.freed(given)

    def __str__(self) -> str:
        """See `Technique.__str__`; what the other targets imply of MACs is left out."""
        return MACS.written(super().__str__(), self.name, vars(self))

    @property
    def passes(self) -> int:
        """See `TrainingTime.passes`."""
        return self.epochs + (self.steps - 1) * self.between

    @property
    def target(self) -> Target:
        """What may stay."""
        return Target(self.macs, self.parameters, self.size)

    @property
    def rounding(self) -> Rounding:
        """What a layer may keep."""
        return Rounding(self.floor, self.multiple)

    @classmethod
    def misfit(cls, model: ModelSummary, data: DatasetRecord | None) -> str | None:
        """See `Technique.misfit`."""
        reason = super().misfit(model, data)
        if reason is None and model.fits and not cls.able(model.fits):
            return (
                "there is nothing to take out: no layer has channels that may go, and the Model "
                "page says of each why"
            )
        return reason

    def check(self, model: ModelSummary, data: DatasetRecord) -> None:
        """See `Technique.check`."""
        super().check(model, data)
        if not (self.macs or self.parameters or self.size):
            raise RecipeError(
                "shrink has no target. Set macs, parameters or size, such as shrink(macs=0.5)."
            )
        if self.criterion == "taylor" and data.training < LEAST_TRAINING:
            raise RecipeError(
                f"shrink(criterion=taylor) {too_few(data)}. Or use criterion=l2, which looks at "
                "weights alone."
            )
        if self.steps > 1 and data.training < LEAST_TRAINING:
            raise RecipeError(f"shrink(steps={self.steps}) {too_few(data)}. Or use steps=1.")
        chosen = self.reaches(model.fits)
        anatomy = self.surveyed(_ANATOMY, model)
        if anatomy:
            beside = _beside(model.macs, anatomy)
            within = blocks_within(anatomy, chosen)
            check_target(anatomy, self.target, self.rounding, within, beside=beside)

    def check_place(self, given: frozenset[Property], conversion: Conversion) -> None:
        """See `TrainingTime.check_place`."""
        super().check_place(given, conversion)
        if LOW_RANK in given:
            raise RecipeError(ONE_OF_THEM)

    def reaches(self, fits: Sequence[LayerFit]) -> list[str]:
        """See `TrainingTime.reaches`."""
        return choose_layers(fits, self.may(fits, self.able(fits)), self.layers, self.skip)

    def foretold(self, model: ModelSummary) -> str:
        """See `TrainingTime.foretold`: what is left, and of how many layers."""
        anatomy = self.surveyed(_ANATOMY, model)
        if anatomy is None:
            return ""
        beside = _beside(model.macs, anatomy)
        whole = with_beside(anatomy.cost(anatomy.whole), beside)
        asked = (
            ("MACs", self.macs, whole.macs),
            ("weights", self.parameters, whole.parameters),
            ("weights of the float file", self.size, whole.stored),
        )
        left = [
            f"at most {int(share * before):,} of {before:,} {what}"
            for what, share, before in asked
            if share
        ]
        reached = blocks_within(anatomy, self.reaches(model.fits))
        names = dict.fromkeys(n for at in sorted(reached) for n in anatomy.blocks[at].layers)
        return (
            f"shrink leaves {' and '.join(left)}; channels go from "
            f"{listed(list(names), MOST_NAMES)}."
        )

    @classmethod
    def obstacles(cls, model: Any) -> dict[str, str | None]:
        """See `TrainingTime.obstacles`."""
        from optimizer.techniques.structure.examine import examine  # noqa: PLC0415 (workers only)
        from optimizer.techniques.structure.reach import obstacles  # noqa: PLC0415

        return obstacles(model, examine(model))

    @classmethod
    def survey(cls, model: Any) -> str:
        """See `TrainingTime.survey`: the anatomy."""
        return _ANATOMY.dump_json(_blocks(model).anatomy).decode()

    def promise(self, place: Place) -> Promise | None:
        """How many channels a layer has."""
        if place.channels is None:
            return None
        before, after = place.channels
        found = output_channels(place.weight)
        if found == after:
            return Promise(promised=after, kept=True, note="")
        explanation = f"Cut from {before} to {after} channels, but the file has {found}."
        return Promise(promised=after, kept=False, explanation=explanation)

    def promises_of_file(
        self, contents: FileContents, model: ModelSummary
    ) -> tuple[FilePromise, ...]:
        """See `TrainingTime.promises_of_file`."""
        weights = sum(prod(weight.shape) for weight in contents.weights)
        anatomy = self.surveyed(_ANATOMY, model)
        stored = anatomy.cost(anatomy.whole).stored if anatomy else None
        asked = (
            ("MACs", self.macs, model.macs, contents.macs),
            ("weights", self.parameters, model.parameters, weights),
            ("weights of the float file", self.size, stored, weights),
        )
        return tuple(
            FilePromise(what=what, promised=int(share * before), found=found, before=before)
            for what, share, before, found in asked
            if share and before
        )

    @classmethod
    def restructured(cls, model: Any, change: str) -> Any:
        """See `TrainingTime.restructured`."""
        from optimizer.techniques.structure.cut import cut  # noqa: PLC0415 (workers only)

        for kept in _cuts(change):
            model = cut(model, _blocks(model), kept)
        return model

    def prepare(self, start: "Start") -> "Prepared":
        """See `TrainingTime.prepare`."""
        from optimizer.techniques.structure.cut import cut  # noqa: PLC0415 (workers only)
        from optimizer.techniques.structure.statistics import settle  # noqa: PLC0415
        from optimizer.techniques.training.prepared import Prepared  # noqa: PLC0415

        model = start.model
        cuts: list[list[list[int]]] = []
        widths = _widths(_blocks(model))
        for step in range(1, self.steps + 1):
            blocks = _blocks(model)
            kept = self._choose(start, model, blocks, self.target.between(step, self.steps))
            cuts.append([places.tolist() for places in kept])
            model = cut(model, blocks, kept)
            if step < self.steps:
                trained = Prepared(model, (), finish=lambda trained: trained)
                brief = self.model_copy(update={"epochs": self.between})
                start.learn(brief, trained, f"step-{step}")
        left = _widths(_blocks(model))
        channels = {
            name: (before, left[name]) for name, before in widths.items() if left[name] < before
        }
        if start.calibration and not self.epochs:
            settle(model, start.calibration, start.report)
        return Prepared(
            model,
            tuple(channels),
            finish=lambda trained: trained,
            change=json.dumps(cuts),
            channels=channels,
        )

    def _choose(self, start: "Start", model: Any, blocks: "Blocks", target: Target) -> "Kept":
        """The channels that stay after one step."""
        from optimizer.techniques.structure.choose import choose  # noqa: PLC0415 (workers only)

        came = _blocks(start.came).anatomy
        beside = _beside(start.macs, came)
        whole = with_beside(came.cost(came.whole), beside)
        chosen = self.reaches(start.fits)
        anatomy = blocks.anatomy
        within = blocks_within(anatomy, chosen)
        check_target(anatomy, target, self.rounding, within, beside=beside, whole=whole)
        return choose(
            anatomy,
            self._scores(start, model, blocks, within),
            target,
            self.rounding,
            within,
            uniform=self.ranking == "uniform",
            whole=whole,
            beside=beside,
        )

    def _scores(
        self, start: "Start", model: Any, blocks: "Blocks", within: set[int]
    ) -> "tuple[Scores, ...]":
        """How much is lost with each channel."""
        from optimizer.techniques.structure import scores  # noqa: PLC0415 (workers only)

        if self.criterion == "bn_scale":
            return scores.by_batch_norm_scale(model, blocks, within)
        if self.criterion == "taylor":
            return scores.by_taylor(model, blocks, start.losses(self, model, TAYLOR_BATCHES))
        return scores.by_norm(model, blocks, power=1 if self.criterion == "l1" else 2)


def _beside(macs: int | None, anatomy: Anatomy) -> int:
    """Operations of the float file that the anatomy does not know of: those of layers that stay."""
    return max(0, (macs or 0) - anatomy.cost(anatomy.whole).macs)


def _blocks(model: Any) -> "Blocks":
    from optimizer.techniques.structure.blocks import blocks_of  # noqa: PLC0415 (workers only)
    from optimizer.techniques.structure.examine import examine  # noqa: PLC0415

    return blocks_of(model, examine(model))


def _widths(blocks: "Blocks") -> dict[str, int]:
    return {name: len(members) for name, members in blocks.owned.items()}


def _cuts(change: str) -> "list[Kept]":
    """The channels that stayed after each step.

    Raises:
        ValueError: the text says something else.
    """
    import numpy as np  # noqa: PLC0415 (workers only)

    cuts = json.loads(change)
    try:
        found = [tuple(np.array(places) for places in kept) for kept in cuts]
    except TypeError as error:
        raise ValueError(change) from error
    if any(places.ndim != 1 or places.dtype != np.int64 for kept in found for places in kept):
        raise ValueError(change)
    return found
