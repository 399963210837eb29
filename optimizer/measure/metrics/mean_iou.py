"""measure/metrics/: mean IoU, in which small classes count as much as the background."""

from optimizer.arrays import Float32s, Float64s
from optimizer.data.labels import Task
from optimizer.measure.metrics.means import mean_of_classes
from optimizer.measure.metrics.metric import Labels, Outputs, Weighted, metric_of_all
from optimizer.measure.metrics.positions import areas


@metric_of_all("mean_iou", "Mean IoU", Task.PER_POSITION, share=True)
def intersection_over_union(outputs: Outputs, labels: Labels) -> Weighted:
    """The mean over classes of |said and true| / |said or true|, over all positions of all samples.

    As PASCAL VOC and `keras.metrics.MeanIoU` have it; classes that occur nowhere are left out.
    """
    counted = areas(outputs, labels)

    def of_weights(weights: Float32s) -> Float64s:
        both, said, true = counted.of(weights)
        return mean_of_classes(both, said + true - both)

    return Weighted(of_weights, counted.cost)
