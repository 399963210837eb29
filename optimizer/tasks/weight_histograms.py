"""tasks/: lays the weights of a variant over those of the baseline."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from optimizer.arrays import Float32s
from optimizer.measure.histograms import HISTOGRAMS, WeightHistogram, count
from optimizer.measure.layer_of import layers_of
from optimizer.models.summary import LayerFit
from optimizer.reporting import Report
from optimizer.tflite.facts import WeightTensor
from optimizer.workers.work import Work

MADE = "histograms.json"  # for `HISTOGRAMS`
STAGE = "Reading the weights"


@dataclass(frozen=True)
class WeightHistograms(Work[None]):
    """Writes the histograms of each weight tensor of a file into `out`, as `MADE`.

    Attributes:
        file: The variant's `.tflite`.
        baseline: The float32 variant's; None for that itself, which has nothing before it.
        fits: The layers of the model; empty where they are not known.
    """

    urgent: ClassVar[bool] = True
    needs_tensorflow: ClassVar[bool] = False

    file: Path
    baseline: Path | None
    fits: tuple[LayerFit, ...]

    def run(self, report: Report) -> None:
        """See `Work.run`.

        Raises:
            MeasurementError: a file is damaged.
        """
        report(STAGE, 0.0)
        before = _read(self.baseline, self.fits) if self.baseline else {}
        report(STAGE, 0.4)
        after = _read(self.file, self.fits)
        report(STAGE, 0.8)
        made = tuple(
            _histogram(tensor, layer, values, before.get(place))
            for place, (tensor, layer, values) in after.items()
        )
        HISTOGRAMS.write(self.out / MADE, made)


Place = tuple[str, int]
Found = tuple[WeightTensor, LayerFit | None, Float32s]


def _read(file: Path, fits: Sequence[LayerFit]) -> dict[Place, Found]:
    """The weight tensors by their layer, or else their name, and their place among its tensors."""
    from optimizer.tflite.flatbuffer import open_flatbuffer, whole  # noqa: PLC0415 (workers only)
    from optimizer.tflite.weights import real_weights, weight_tensors  # noqa: PLC0415

    flatbuffer = open_flatbuffer(file)
    with whole(file.name):
        tensors, real = weight_tensors(flatbuffer), list(real_weights(flatbuffer))
    seen: Counter[str] = Counter()
    found: dict[Place, Found] = {}
    for tensor, layer, values in zip(tensors, layers_of(tensors, fits), real, strict=True):
        if values is None:
            continue
        key = layer.name if layer else f"tensor {tensor.name}"
        found[key, seen[key]] = (tensor, layer, values)
        seen[key] += 1
    return found


def _histogram(
    tensor: WeightTensor, layer: LayerFit | None, after: Float32s, found: Found | None
) -> WeightHistogram:
    before = found[2] if found and found[2].shape == after.shape else None
    counted = count(after, before)
    return WeightHistogram(
        name=tensor.name,
        layer=layer.name if layer else None,
        operator=tensor.operator,
        dtype=tensor.dtype,
        shape=tensor.shape,
        limit=counted.limit,
        after=counted.after,
        zeros=int((after == 0).sum()),
        before=counted.before,
        zeros_before=0 if before is None else int((before == 0).sum()),
        snr_db=counted.snr_db,
    )
