"""export/: TFLite metadata of a variant: what its file says of itself to other readers."""

from dataclasses import dataclass

from optimizer.export.kits.contents import Contents
from optimizer.export.kits.readings import Reading
from optimizer.tflite.described import Described, DescribedTensor

LONGEST = 10_000  # letters of a text


@dataclass(frozen=True)
class Texts:
    """What only the user can say.

    Attributes:
        description: What the model does; without one, what was measured of it.
        licence: Of the model.
        author, version: Of the model.
    """

    description: str = ""
    licence: str = ""
    author: str = ""
    version: str = ""


def described(contents: Contents, texts: Texts) -> Described:
    """What the metadata of a file say: names, scaling, labels, and what the user said."""
    inputs = sorted(contents.inputs, key=lambda one: one.tensor.place)
    outputs = sorted(range(len(contents.outputs)), key=lambda at: contents.outputs[at].place)
    readings = {one.output: one for one in contents.readings}
    about = texts.description or f"{contents.task}, recipe {contents.recipe}. {contents.says}"
    return Described(
        name=contents.name[:LONGEST],
        description=about[:LONGEST],
        version=texts.version[:LONGEST],
        author=texts.author[:LONGEST],
        licence=texts.licence[:LONGEST],
        inputs=tuple(
            DescribedTensor(
                name=one.called,
                description=contents.meaning if one.steps else "taken as it is",
                mean=scaling[0],
                std=scaling[1],
                low=one.low,
                high=one.high,
                channels=_channels(one.picture.canvas.channels if one.picture else 0),
            )
            for one in inputs
            for scaling in ((one.steps and one.steps.mean_and_std()) or ((), ()),)
        ),
        outputs=tuple(
            DescribedTensor(
                name=contents.output_names[at],
                description=_reads_as(readings.get(at)),
                labels=readings[at].labels if at in readings else (),
            )
            for at in outputs
        ),
    )


def _channels(count: int) -> int:
    """The schema knows grey and colour."""
    return count if count in {1, 3} else 0


def _reads_as(reading: Reading | None) -> str:
    if reading is None:
        return ""
    threshold = "" if reading.threshold is None else f", threshold {reading.threshold:.6g}"
    return f"{reading.kind}{threshold}"
