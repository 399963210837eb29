"""tests of export/: a variant in a line, and how to feed an integer file."""

from dataclasses import replace

from optimizer.choose.comparison import Comparison
from optimizer.export import numbers
from optimizer.export.lines import after_training, feeding, line
from optimizer.measure.measurements import Fidelity
from optimizer.recipes import parse
from optimizer.store.records import TrainingRecord
from optimizer.tflite.facts import Boundary
from optimizer.tflite.values import quantize
from tests.variants import variant


def test_an_integer_file_says_how_it_is_fed_and_read() -> None:
    import numpy as np

    made = variant("int8")
    contents = replace(
        made.contents,
        inputs=(Boundary("image", "INT8", 0.25, -128), Boundary("words", "INT32", None, None)),
        outputs=(Boundary("p", "UINT8", 0.5, 3),),
    )
    fed, read = feeding(made.model_copy(update={"contents": contents}))
    assert fed == "feed “image” as int8: round(x / 0.25) − 128, cut to the type"
    assert read == "read “p”: (q − 3) × 0.5"
    x = np.array([0.0, 1.0, 10.3, 99.0], np.float32)
    by_hand = np.clip(np.round(x / 0.25) - 128, -128, 127)
    np.testing.assert_array_equal(by_hand, quantize(x, np.int8, 0.25, -128))


def test_a_file_of_floats_needs_no_word() -> None:
    made = variant("float32")
    floats = (Boundary("image", "FLOAT32", None, None),)
    contents = replace(made.contents, inputs=floats, outputs=floats)
    assert feeding(made.model_copy(update={"contents": contents})) == ()


def test_a_zero_point_of_0_is_left_out() -> None:
    made = variant("int16x8")
    contents = replace(made.contents, inputs=(), outputs=(Boundary("p", "INT16", 0.001, 0),))
    edited = made.model_copy(update={"contents": contents})
    assert feeding(edited) == ("read “p”: (q) × 0.001",)


def test_without_labels_a_line_has_agreement_and_noise() -> None:
    made = variant("int8", metric=None, fidelity=Fidelity(0.975, 31.26, 0.4))
    said = line(Comparison(made, parse("int8"), None, ""))
    assert "97.5 %   31.3 dB" in said
    same = variant("float32", metric=None, fidelity=Fidelity(None, None, 0.0))
    assert numbers.metric(None) in line(Comparison(same, parse("float32"), None, ""))
    judged = variant("int8", fidelity=Fidelity(0.975, 31.26, 0.4))
    assert "dB" not in line(Comparison(judged, parse("int8"), None, ""))


def test_behind_a_trained_variant_stands_what_is_in_its_file() -> None:
    step = TrainingRecord(
        step="prune", folder="training/x", layers=("conv",), epochs=1, best_epoch=1,
        fit_seconds=1, seconds=2,
    )  # fmt: skip
    trained = variant("prune+int8", training=(step,))
    assert after_training(trained, "Kept: 25.0 % zeros in 1 layer.") == (
        "80 KB zipped, 25.0 % zeros, at most 30 different weights in a tensor. "
        "Kept: 25.0 % zeros in 1 layer.",
    )
    assert after_training(trained, "")[0].endswith("different weights in a tensor.")
    assert after_training(variant("int8"), "Kept: int8.") == ()
