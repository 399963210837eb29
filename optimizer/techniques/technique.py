"""techniques/: what every technique is: a frozen declaration of parameters with one verb."""

import importlib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from optimizer.data.dataset import DatasetRecord
from optimizer.data.samples import Samples
from optimizer.models.summary import LayerFit, ModelSummary
from optimizer.reporting import Report
from optimizer.techniques.family import Family
from optimizer.techniques.promise import Promise, Taken
from optimizer.techniques.properties import RANGES, Property
from optimizer.tflite.facts import WeightTensor

if TYPE_CHECKING:
    from optimizer.tflite.flatbuffer import Flatbuffer


@dataclass(frozen=True)
class Sources:
    """What a conversion is made from: the model as it came, or as training left it.

    Attributes:
        saved_model: The SavedModel folder; None for a ready `.tflite`.
        float_tflite: Gives the float32 `.tflite`, which is made when it is first wanted; of the
            model as it came, this is also the baseline.
        input_names: The model's inputs in the order in which `calibration` gives them.
        calibration: Samples of the calibration role; None without data.
        report: Called with what is being done and the fraction done, 0..1.
        select_tf_ops: Whether operators outside the builtins stay as TensorFlow's own.
        brought: A finished file, where the recipe is of one; else None.
    """

    saved_model: Path | None
    float_tflite: Callable[[], Path]
    input_names: tuple[str, ...]
    calibration: Samples | None
    report: Report
    select_tf_ops: bool = False
    brought: Path | None = None


@dataclass(frozen=True)
class Maker:
    """The function of `techniques.converters` that makes a file; a script can carry it.

    Attributes:
        function: Its module and name, `module:name`. It takes `Sources`, then `arguments`.
        arguments: Plain values by their names.
    """

    function: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def make(self, sources: Sources) -> bytes:
        """Calls it."""
        module, _, name = self.function.partition(":")
        made: bytes = getattr(importlib.import_module(module), name)(sources, **self.arguments)
        return made


class Technique(BaseModel):
    """One thing that can be done to a model; its fields are its parameters.

    `registry.technique` says how one is added.

    Class attributes:
        name: The word in the text form.
        label: The name on the page.
        abbreviation: The same at the head of a column; empty where the label is short.
        summary: What it does and what it costs, in a sentence.
        family: Decides the colour.
        rank: Its place in every list. Training steps stand in the order in which each keeps what
            the ones before it gave; conversions after them, from 100 on, packings from 200 on.
        needs_calibration: Whether it looks at calibration samples.
        libraries: What `made_with` says unless it depends on parameters or the model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    label: ClassVar[str]
    abbreviation: ClassVar[str] = ""
    summary: ClassVar[str]
    family: ClassVar[Family]
    rank: ClassVar[int]
    needs_calibration: ClassVar[bool] = False
    libraries: ClassVar[tuple[str, ...]] = ("tensorflow",)

    @classmethod
    def heading(cls) -> str:
        """The name at the head of a column."""
        return cls.abbreviation or cls.label

    @classmethod
    def declared(cls) -> dict[str, FieldInfo]:
        """Every parameter; those that the technique brings itself before those that many have."""

        def distance(name: str) -> int:
            declared = [name in inspect.get_annotations(kind) for kind in reversed(cls.__mro__)]
            return -declared.index(True)

        return {name: cls.model_fields[name] for name in sorted(cls.model_fields, key=distance)}

    @classmethod
    def misfit(cls, model: ModelSummary, data: DatasetRecord | None) -> str | None:
        """Why the technique cannot be used on this model and data; None if it can."""
        del model
        if cls.needs_calibration and (data is None or data.calibration == 0):
            return "needs calibration samples: add data on the Data page"
        return None

    def made_with(self, model: ModelSummary) -> tuple[str, ...]:  # noqa: ARG002
        """The libraries whose versions decide what it makes of this model, parameters and all."""
        return self.libraries

    def __str__(self) -> str:
        """The step in the text form of recipes; parameters at their default are left out."""
        changed = [
            f"{name}={_word(getattr(self, name))}"
            for name, field in self.declared().items()
            if getattr(self, name) != field.default
        ]
        return f"{self.name}({','.join(changed)})" if changed else self.name

    def check(self, model: ModelSummary, data: DatasetRecord) -> None:
        """Checks what depends on parameters, model and data together, before anything runs.

        Raises:
            RecipeError: one sentence that says what does not fit and what would.
        """


def already_quantized(model: ModelSummary) -> str | None:
    """The reason for a model that is not float any more; None if it is."""
    if model.quantized:
        return "the file is quantized already: bring the float model that it was made from"
    return None


def _word(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return str(value).lower() if isinstance(value, bool) else str(value)


class Conversion(Technique):
    """The step of a recipe that makes the `.tflite`; only a packing comes behind it.

    Class attributes:
        stores_as: The type that it promises to store weights in, as the file names it: "INT8";
            None where it promises none.
        first_choice: Whether a newcomer is offered it ticked: not what is a way out for few models
            and takes longer to measure than all others together.
        after_training: Whether training steps may come before it.
        numbers_operators: Whether parameters name operators of the float file by their numbers,
            so that whoever is asked for them has to see these.
    """

    stores_as: ClassVar[str | None] = None
    first_choice: ClassVar[bool] = True
    after_training: ClassVar[bool] = True
    numbers_operators: ClassVar[bool] = False

    @property
    def keeps(self) -> frozenset[Property]:
        """What training steps gave the model beside its weights, and the file has as well."""
        return frozenset()

    @property
    def program(self) -> str:
        """Which program makes the file, in words."""
        return "converter"

    def maker(self, *, ready: bool) -> Maker | None:  # noqa: ARG002
        """What makes the file, where a script is to be able to; None where `convert` does itself.

        Args:
            ready: Whether there is no SavedModel: the model came as a `.tflite`.
        """
        return None

    def convert(self, sources: Sources) -> bytes:
        """Returns the content of the `.tflite`.

        Raises:
            ConversionError: the converter or quantizer refuses the model.
        """
        maker = self.maker(ready=sources.saved_model is None)
        if maker is None:
            raise NotImplementedError
        return maker.make(sources)

    def ways_round(self, *, ready: bool) -> tuple["Conversion", ...]:  # noqa: ARG002
        """What to try, one after the other, where a quantizer or the runtime refuses this one.

        Empty where the user chose what would have to be another.

        Args:
            ready: Whether the model came as a `.tflite`, which one program alone can quantize.
        """
        return ()

    @property
    def way_named(self) -> str:
        """What the user could choose where it was refused, in a sentence; empty for nothing."""
        return ""

    def departures(self, file: "Flatbuffer") -> tuple[str, ...]:  # noqa: ARG002
        """Where the file it made differs from what its parameters say, in sentences, with why.

        Args:
            file: The `.tflite`.
        """
        return ()

    def promised_type(self, weight: WeightTensor) -> str | None:  # noqa: ARG002
        """The type that it promises to store a weight in, as the file names it; None for none."""
        return self.stores_as

    def promise(
        self, weight: WeightTensor, layer: LayerFit | None, taken: Sequence[Taken]
    ) -> Promise | None:
        """What it promised of the type of a weight tensor, and whether it is so.

        Args:
            weight: The tensor in the file.
            layer: Where it comes from; None where that cannot be told.
            taken: The training steps before the conversion.
        """
        wanted = self.promised_type(weight)
        if wanted is None:
            return None
        if weight.dtype == wanted:
            return Promise(promised=wanted, kept=True)
        explanation = f"The {self.program} left this {weight.operator} in {weight.dtype.lower()}."
        for each in taken:
            if each.step.gives is RANGES and layer and layer.name not in each.layers:
                explanation = f"{each.step.why_untouched(layer)}."
        return Promise(promised=wanted, kept=False, explanation=explanation)


def parameter(
    default: Any,
    title: str,
    description: str,
    *,
    advanced: bool = False,
    low: float | None = None,
    high: float | None = None,
    pattern: str | None = None,
) -> Any:
    """Declares a parameter: its default, its name on the page, one line of help, and its bounds.

    Args:
        default: Also gives the widget its first value; `...` for none.
        title: The field's own name for it.
        description: One line that says what it changes.
        advanced: Whether the page puts it under “Advanced”.
        low: The smallest value that is allowed.
        high: The largest value that is allowed.
        pattern: That a text has to match.
    """
    extra: dict[str, Any] = {"advanced": advanced}
    return Field(
        default,
        title=title,
        description=description,
        ge=low,
        le=high,
        pattern=pattern,
        json_schema_extra=extra,
    )
