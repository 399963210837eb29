"""tests of techniques/structure/: the architectures people use are cut, and stay what they were.

`make test-all` takes all of them. Which channels were removed is told from the smaller network
alone: its kernels are looked for in the original, number by number, and what the original takes of
other channels is then multiplied by zero.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.techniques.structure.blocks import blocks_of
from optimizer.techniques.structure.choose import choose
from optimizer.techniques.structure.cut import cut
from optimizer.techniques.structure.examine import examine
from optimizer.techniques.structure.scores import by_norm
from optimizer.techniques.structure.target import Rounding, Target, blocks_within
from tests.levels import some
from tests.techniques.structure.cutting import logits
from tests.techniques.test_families import BYTES, pictures, settled

Kernel = npt.NDArray[np.float32]
FAMILIES = [("MobileNetV2", False), ("ResNet50", True), ("EfficientNetB0", True),
            ("DenseNet121", False)]  # fmt: skip
TOLERANCE = 1e-4  # of the standard deviation of the logits
PROBES = 9
MIXING = {"Conv2D": -2, "Dense": 0}  # the axis along which a kernel takes channels


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("family", "uniform"), some(FAMILIES, quick=[]))
def test_a_family_cut_to_half_of_its_operations_equals_itself_without_those_channels(
    family: str, uniform: bool, tmp_path: Path
) -> None:
    from optimizer.models.bridge.replay import to_tf_keras

    images = pictures(255 if family in BYTES else 1)
    original = to_tf_keras(settled(family, images))
    blocks = blocks_of(original, examine(original))
    anatomy = blocks.anatomy
    kept = choose(
        anatomy,
        by_norm(original, blocks, power=2),
        Target(macs=0.5),
        Rounding(floor=0.1, multiple=8),
        blocks_within(anatomy, set(blocks.owned)),
        uniform=uniform,
        whole=anatomy.cost(anatomy.whole),
    )
    smaller = cut(original, blocks, kept)
    assert smaller.count_params() == anatomy.cost([len(places) for places in kept]).parameters
    share = macs(smaller, tmp_path) / macs(original, tmp_path)
    assert 0.95 * 0.5 <= share <= 0.5
    found = logits(smaller, [images])
    mask(original, smaller)
    expected = logits(original, [images])
    assert np.abs(found - expected).max() <= TOLERANCE * expected.std()


def mask(original: Any, smaller: Any) -> None:
    """Multiplies by zero, in the original, what its kernels take that the smaller one's do not."""
    cut_layers = 0
    for layer in original.layers:
        axis = MIXING.get(type(layer).__name__)
        if axis is None:
            continue
        kernel, left = layer.kernel.numpy(), smaller.get_layer(layer.name).kernel.numpy()
        taken = places_of(left, kernel)[axis]
        gone = np.setdiff1d(np.arange(kernel.shape[axis]), taken)
        cut_layers += len(gone) > 0
        np.moveaxis(kernel, axis, 0)[gone] = 0
        layer.kernel.assign(kernel)
    assert cut_layers > 0.5 * sum(type(layer).__name__ in MIXING for layer in original.layers)


def places_of(part: Kernel, whole: Kernel) -> dict[int, npt.NDArray[np.int64]]:
    """Along the last two axes of a kernel which of its channels a part of it has.

    Each channel is looked for by several of its numbers, as two of a kernel may be the same.
    """
    order = np.argsort(whole, axis=None)
    values = whole.reshape(-1)[order]
    corner = part.reshape(-1, *part.shape[-2:])[0]
    found = []
    for axis, lines in ((-2, corner[:, :PROBES]), (-1, corner[:PROBES].T)):
        places = np.unravel_index(order[np.searchsorted(values, lines)], whole.shape)[axis]
        found.append(np.array([np.bincount(each).argmax() for each in places]))
    inputs, outputs = found
    np.testing.assert_array_equal(whole[..., inputs, :][..., outputs], part)
    return {-2: inputs, 0: inputs, -1: outputs}


def macs(model: Any, folder: Path) -> int:
    """Of the float file, as the converter makes it."""
    from optimizer.techniques.converters.tensorflow_converter import convert, converter_for
    from tests.tflite_files import read_contents

    model.export(folder / "saved_model")
    file = folder / "float32.tflite"
    file.write_bytes(convert(converter_for(folder / "saved_model")))
    return read_contents(file).macs
