"""tasks/: what of a model's outputs is judged: one of them, or the boxes that several give."""

from collections.abc import Sequence

from optimizer.arrays import Float32s
from optimizer.data.boxes.head import Head
from optimizer.data.canvas import canvas_for
from optimizer.data.dataset import Dataset
from optimizer.measure.detection.candidates import Seen
from optimizer.measure.detection.decode import decode
from optimizer.measure.probabilities import decidable


def judged_output(outputs: Sequence[Float32s], dataset: Dataset) -> Float32s:
    """What the metrics take, (n, …): of detectors the boxes, see `detections`.

    Args:
        outputs: All outputs of the model, (n, …) each.
        dataset: Says what they mean.

    Raises:
        MeasurementError: the outputs cannot be read as its head says.
    """
    record = dataset.record
    if record.head is not None:
        return decode(outputs, seen(dataset, record.head))
    return decidable(outputs[record.output], record.threshold)


def seen(dataset: Dataset, head: Head) -> Seen:
    """What a head of the dataset's model is read with."""
    canvas = canvas_for(dataset.record.shape)
    return Seen(head, (canvas.width, canvas.height), dataset.anchors_for(head))
