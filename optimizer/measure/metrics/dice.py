"""measure/metrics/: the Dice coefficient, as segmentation of medical images is judged."""

from optimizer.arrays import Float32s, Float64s
from optimizer.data.labels import Task
from optimizer.measure.metrics.means import mean_of_classes
from optimizer.measure.metrics.metric import Labels, Outputs, Weighted, metric_of_all
from optimizer.measure.metrics.positions import areas


@metric_of_all("dice", "Dice", Task.PER_POSITION, share=True)
def coefficient(outputs: Outputs, labels: Labels) -> Weighted:
    """The mean over classes of 2 |said and true| / (|said| + |true|), over all positions.

    That is each class's F1; the background is a class too, and classes that occur nowhere are left
    out.
    """
    counted = areas(outputs, labels)

    def of_weights(weights: Float32s) -> Float64s:
        both, said, true = counted.of(weights)
        return mean_of_classes(2 * both, said + true)

    return Weighted(of_weights, counted.cost)
