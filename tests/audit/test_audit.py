"""tests of audit/: what a recipe promised of the weights, against what is in the file."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from optimizer.audit.audit import audit
from optimizer.audit.findings import AUDIT, Audit, Finding
from optimizer.audit.unchanged import refuse_unchanged
from optimizer.audit.verdict import in_words, notes, reasons
from optimizer.errors import ConversionError, StudyError
from optimizer.recipes import BASELINE, parse
from optimizer.store.records import TrainingRecord
from optimizer.techniques.promise import FilePromise
from optimizer.tflite.facts import WeightTensor
from tests.layers import fit

FITS = (
    fit("conv", "Conv2D", 584),
    fit("bn", "BatchNormalization", 32, "no", "no"),
    fit("depthwise", "DepthwiseConv2D", 72, "no kernel", "no kernel"),
    fit("dense", "Dense", 1056, None, None, "activation gelu is not supported by tfmot"),
)
ALL = tuple(fit.name for fit in FITS if fit.obstacles["prune"] is None)


def tensor(layer: str, *shape: int, **changes: Any) -> WeightTensor:
    """Int8 weights, a scale a channel, no zeros, 9 different values."""
    plain = WeightTensor(
        f"m/{layer}/op", "CONV_2D", "INT8", shape, 576, 0.0, 9, 9, "per axis", 400
    )  # fmt: skip
    return replace(plain, **changes)


def conv(**changes: Any) -> WeightTensor:
    return tensor("conv", 8, 3, 3, 8, **changes)


def dense(**changes: Any) -> WeightTensor:
    return tensor("dense", 32, 32, operator="FULLY_CONNECTED", **changes)


def record(step: str, *layers: str) -> TrainingRecord:
    return TrainingRecord(
        step=step, folder="training/x", layers=layers, epochs=1, best_epoch=1, fit_seconds=1,
        seconds=2,
    )  # fmt: skip


def check(recipe: str, *weights: WeightTensor, **layers: tuple[str, ...]) -> Audit:
    """Audits; each training step touched all layers unless said otherwise: qat=("conv",)."""
    parsed = parse(recipe)
    records = tuple(record(step.name, *layers.get(step.name, ALL)) for step in parsed.training)
    return audit(weights, parsed, records, FITS)


def the(made: Audit) -> Finding:
    [finding] = made.findings
    return finding


def test_a_plain_conversion_promises_only_the_type() -> None:
    made = check("int8", conv(), dense())
    assert made.kept
    assert [finding.layer for finding in made.findings] == ["conv", "dense"]
    assert [len(finding.promises) for finding in made.findings] == [1, 1]
    assert in_words(made) == "Kept: int8 in 2 weight tensors."
    assert (made.size_bytes, made.gzip_bytes) == (1152, 800)


def test_zeros_are_kept_where_the_layer_was_pruned_and_not_promised_elsewhere() -> None:
    depthwise = tensor("depthwise", 1, 3, 3, 8, operator="DEPTHWISE_CONV_2D")
    made = check("prune(final_sparsity=0.8)+int8", conv(zeros=0.8), depthwise, dense(zeros=0.9))
    assert made.kept
    assert "zeros" not in made.findings[1].given
    assert in_words(made) == "Kept: 86.4 % zeros in 2 layers; int8 in 3 weight tensors."


@pytest.mark.parametrize(
    ("zeros", "kept"),
    [(461 / 576, True), (460 / 576, True), (459 / 576, False)],
    ids=["reached", "rounded", "missed"],
)
def test_zeros_may_be_short_by_the_rounding_of_one_weight(zeros: float, kept: bool) -> None:
    promise = the(check("prune(final_sparsity=0.8)+int8", conv(zeros=zeros))).given["zeros"]
    assert promise.kept is kept


def test_a_layer_whose_kernel_is_split_keeps_its_zeros_together() -> None:
    fits = (fit("lstm", "LSTM", 2112),)
    gates = [tensor("x", 16, 16, zeros=share) for share in (0.4, 0.6, 0.45, 0.55) * 2]
    parsed = parse("prune+float32")
    made = audit(tuple(gates), parsed, (record("prune", "lstm"),), fits)
    assert all(finding.given["zeros"].kept for finding in made.findings)
    assert {finding.layer for finding in made.findings} == {"lstm"}


@pytest.mark.parametrize(
    ("recipe", "weight", "layers", "why"),
    [
        ("prune+qat+int8", dense(zeros=0.1), {"qat": ("conv",)},
         "dense: Layer not annotated (activation gelu is not supported by tfmot): "
         "qat trained it on without keeping its zeros."),
        ("prune+qat(skip=conv)+int8", conv(zeros=0.1), {"qat": ("dense",)},
         "conv: Layer not annotated (left out by the recipe): "
         "qat trained it on without keeping its zeros."),
        ("prune+cluster(skip=conv)+int8", conv(zeros=0.1), {"cluster": ("dense",)},
         "conv: Layer not clustered (left out by the recipe): "
         "cluster trained it on without keeping its zeros."),
        ("prune+cluster(epochs=0,skip=conv)+int8", conv(zeros=0.1), {"cluster": ("dense",)},
         "conv: Not reached in prune, or lost in the conversion; the file does not tell which."),
            ("prune+cluster+int8", conv(zeros=0.1), {},
             "conv: Not reached in prune, lost in cluster, or lost in the conversion; "
             "the file does not tell which."),
        ("prune+int8", conv(zeros=0.1), {},
         "conv: Not reached in prune, or lost in the conversion; the file does not tell which."),
        ("prune(pattern=2:4)+int8", tensor("conv", 8, 3, 3, 3, zeros=1 / 3), {},
         "conv: 2:4 takes input channels in fours, and this has 3."),
        ("prune(block=16x1)+int8", tensor("dense", 10, 24, zeros=0.3, operator="FULLY_CONNECTED"),
         {}, "dense: Blocks of 16x1 do not fit evenly into 24 × 10."),
    ],
    ids=["QAT could not", "QAT was told not to", "cluster", "cluster without epochs",
         "clustered too", "nothing else", "2:4", "blocks"],
)  # fmt: skip
def test_lost_zeros_are_explained_from_what_is_known(
    recipe: str, weight: WeightTensor, layers: dict[str, tuple[str, ...]], why: str
) -> None:
    made = check(recipe, weight, **layers)
    assert not made.kept
    assert reasons(made) == (why,)
    assert in_words(made).startswith("Fewer zeros than promised in 1 of 1 layer")


def test_clusters_count_per_channel() -> None:
    made = check("cluster+int8", conv(unique=90, unique_per_channel=16), dense(unique=16))
    assert made.kept
    assert notes(made) == (
        "conv: More unique weights over all channels than in each: "
        "per-channel scales and BatchNormalization folding.",
    )
    assert "at most 16 unique weights per channel in 2 layers" in in_words(made)


def test_in_float_only_the_folding_spreads_clusters() -> None:
    changes: dict[str, Any] = {"dtype": "FLOAT32", "quantization": "none", "unique": 90}
    made = check("cluster+float32", conv(**changes), dense(**{**changes, "unique": 16}))
    assert made.kept
    assert [finding.given["clusters"].note for finding in made.findings] == [
        "More unique weights over all channels than in each: BatchNormalization folding.", "",
    ]  # fmt: skip


def test_clusters_that_qat_does_not_keep_are_lost() -> None:
    fits = (fit("up", "Conv2DTranspose", 584),)
    weight = tensor("quant_up", 8, 3, 3, 8, unique=90, unique_per_channel=71)
    parsed = parse("cluster+qat+int8")
    made = audit((weight,), parsed, (record("cluster", "up"), record("qat", "up")), fits)
    assert reasons(made) == (
        "up: In a Conv2DTranspose, tfmot's quantization-aware training does not keep clusters.",
    )
    assert in_words(made) == (
        "More unique weights per channel than promised in 1 of 1 layer. "
        "Kept: int8 in 1 weight tensor."
    )


@pytest.mark.parametrize(
    ("recipe", "dtype"),
    [("float32", "FLOAT32"), ("float16", "FLOAT16"), ("dynamic_range", "INT8"),
     ("weight_only_int8", "INT8"), ("int8", "INT8"), ("int16x8", "INT8")],
)  # fmt: skip
def test_each_conversion_promises_its_type(recipe: str, dtype: str) -> None:
    assert check(recipe, dense(dtype=dtype)).kept
    assert not check(recipe, dense(dtype="UINT8")).kept


def test_mixed_promises_each_weight_the_type_of_the_operators_that_use_it() -> None:
    def told(dtype: str, *numbers: int) -> WeightTensor:
        return replace(dense(dtype=dtype), used_by=numbers)

    recipe = "mixed(float=3,weight_only=4,int16=5,int4=7)"
    right = [told("INT8", 0), told("FLOAT32", 3), told("INT8", 4), told("INT8", 5), told("INT4", 7)]
    assert check(recipe, *right).kept
    assert check(recipe, told("FLOAT32", 2, 3)).kept, "which use it together"
    for wrong in (told("FLOAT32", 0), told("INT8", 3), told("FLOAT32", 4), told("INT8", 7)):
        assert not check(recipe, wrong).kept
    assert in_words(check(recipe, told("INT8", 0), told("FLOAT32", 3), told("INT8", 7))) == (
        "1 of 1 weight tensor not stored as int4 (FULLY_CONNECTED: 33 % of the bytes of all "
        "weights). Kept: int8 in 1 weight tensor; float32 in 1 weight tensor."
    )


def test_dynamic_range_promises_nothing_of_small_tensors() -> None:
    made = check("dynamic_range", conv(dtype="FLOAT32"), dense(dtype="FLOAT32"))
    small, large = made.findings
    assert small.dtype is None
    assert large.dtype is not None
    assert not large.dtype.kept


@pytest.mark.parametrize(
    ("recipe", "layers", "why"),
    [
        ("qat+int8(integer_only=false)", {"qat": ("conv",)},
         "dense: Layer not annotated: activation gelu is not supported by tfmot."),
        ("int8(integer_only=false)", {},
         "dense: The converter left this FULLY_CONNECTED in float32."),
        ("int8(quantizer=litert,integer_only=false)", {},
         "dense: The LiteRT Quantizer left this FULLY_CONNECTED in float32."),
    ],
    ids=["QAT", "converter", "LiteRT Quantizer"],
)  # fmt: skip
def test_weights_that_stayed_in_float_are_explained(
    recipe: str, layers: dict[str, tuple[str, ...]], why: str
) -> None:
    made = check(recipe, dense(dtype="FLOAT32"), **layers)
    assert reasons(made) == (why,)
    assert in_words(made) == (
        "1 of 1 weight tensor not stored as int8 (FULLY_CONNECTED: 100 % of the bytes of all "
        "weights)."
    )


def test_a_promise_of_a_layer_that_is_not_in_the_file_is_not_called_kept() -> None:
    made = check("prune+int8", conv(zeros=0.5))
    assert made.unfound == ("dense",)
    assert not made.kept
    assert in_words(made) == (
        "Not traced in the file: dense. Kept: 50.0 % zeros in 1 layer; int8 in 1 weight tensor."
    )


def test_the_same_reason_is_given_once_for_all_its_layers() -> None:
    made = check("prune+int8", conv(), dense())
    assert reasons(made) == (
        "conv, dense: Not reached in prune, or lost in the conversion; "
        "the file does not tell which.",
    )


def test_a_separable_convolution_promises_its_pointwise_kernel() -> None:
    fits = (fit("sep", "SeparableConv2D", 216),)
    parts = (
        tensor("sep", 1, 3, 3, 8, operator="DEPTHWISE_CONV_2D"),
        tensor("sep", 16, 1, 1, 8, zeros=0.5),
    )
    made = audit(parts, parse("prune+int8"), (record("prune", "sep"),), fits)
    assert made.kept
    assert [list(finding.given) for finding in made.findings] == [[], ["zeros"]]


def test_without_layers_only_types_are_checked() -> None:
    made = audit((conv(),), parse("int8"), (), ())
    assert made.kept
    assert the(made).layer is None


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    made = check("prune+cluster+qat+int8", conv(zeros=0.5, unique=20), dense(), qat=("conv",))
    path = tmp_path / "int8.audit.json"
    AUDIT.write(path, made)
    assert AUDIT.read(path) == made


def test_an_audit_of_schema_1_says_what_it_said_then(tmp_path: Path) -> None:
    """Each property had a field of its own, and the note stood beside them."""
    path = tmp_path / "cluster+qat+int8.audit.json"
    path.write_text(json.dumps({"findings": [
        {"tensor": asdict(conv(unique=90, unique_per_channel=16)), "layer": "conv",
         "zeros": {"promised": 0.0, "kept": True, "explanation": ""},
         "clusters": {"promised": 16, "kept": True, "explanation": ""},
         "dtype": {"promised": "INT8", "kept": True, "explanation": ""}, "note": "More."},
        {"tensor": asdict(dense(unique_per_channel=30)), "layer": "dense", "zeros": None,
         "clusters": {"promised": 16, "kept": False, "explanation": "Lost."},
         "dtype": {"promised": "INT8", "kept": False, "explanation": "Left."}, "note": ""},
        {"tensor": asdict(dense()), "layer": None, "zeros": None, "clusters": None, "dtype": None,
         "note": ""},
    ], "unfound": []}))  # fmt: skip
    made = AUDIT.read(path)
    assert in_words(made) == (
        "More unique weights per channel than promised in 1 of 2 layers; "
        "1 of 2 weight tensors not stored as int8 (FULLY_CONNECTED: 50 % of the bytes of all "
        "weights). Kept: 0.0 % zeros in 1 layer."
    )
    assert reasons(made) == ("dense: Lost.", "dense: Left.")
    assert notes(made) == ("conv: More.",)
    assert [len(finding.promises) for finding in made.findings] == [3, 2, 0]


@pytest.mark.parametrize("content", [None, "{", '{"findings": 3}'], ids=["gone", "cut", "other"])
def test_an_audit_that_cannot_be_read_is_said_in_one_sentence(
    content: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "int8.audit.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(StudyError, match=r"int8\.audit\.json is missing or damaged"):
        AUDIT.read(path)


@pytest.mark.parametrize("recipe", ["int8", "weight_only_int8", "float16", "dynamic_range"])
def test_a_conversion_that_changed_nothing_is_an_error(recipe: str) -> None:
    left = audit((conv(dtype="FLOAT32"), dense(dtype="FLOAT32")), parse(recipe), (), ())
    with pytest.raises(ConversionError, match=f"{recipe} changed nothing: all 2 weight tensors"):
        refuse_unchanged(left, parse(recipe).conversion)
    kept = parse(recipe).conversion.stores_as or ""
    refuse_unchanged(
        audit((conv(dtype=kept), dense(dtype="FLOAT32")), parse(recipe), (), ()),
        parse(recipe).conversion,
    )


def test_the_baseline_and_a_file_without_weights_have_nothing_to_change() -> None:
    refuse_unchanged(audit((conv(dtype="FLOAT32"),), BASELINE, (), ()), BASELINE.conversion)
    refuse_unchanged(audit((), parse("int8"), (), ()), parse("int8").conversion)


# ---- the file as a whole, and the sizes of its layers ------------------------------------------


def shrunk(*weights: WeightTensor, macs: int, channels: dict[str, tuple[int, int]]) -> Audit:
    """Of a recipe that takes half out; the convolution has 20 of its 584 weights less."""
    recipe = parse("shrink(macs=0.5)+int8")
    step = record("shrink", *channels)
    step = step.model_copy(update={"channels": channels, "sizes": {"conv": 4 * 72 + 4}})
    whole = (FilePromise(what="MACs", promised=500, found=macs, before=1000),)
    return audit(weights, recipe, (step,), FITS, whole)


def test_channels_and_macs_are_kept_where_the_file_has_as_many_as_promised() -> None:
    four = tensor("conv", 4, 3, 3, 8)
    made = shrunk(four, dense(), macs=480, channels={"conv": (8, 4)})
    assert made.kept
    assert [finding.layer for finding in made.findings] == ["conv", "dense"]
    assert in_words(made) == (
        "Kept: 480 of 1,000 MACs (at most 500 were promised); fewer channels, as many as promised, "
        "in 1 layer; int8 in 2 weight tensors."
    )


def test_a_file_with_more_macs_or_channels_than_promised_says_so() -> None:
    made = shrunk(tensor("conv", 4, 3, 3, 8), macs=501, channels={"conv": (8, 4)})
    assert not made.kept
    assert in_words(made).startswith("501 of 1,000 MACs (at most 500 were promised).")
    made = shrunk(tensor("conv", 4, 3, 3, 8), macs=480, channels={"conv": (8, 3)})
    assert not made.kept
    assert in_words(made).startswith("Other channels than promised in 1 of 1 layer.")
    assert reasons(made) == ("conv: Cut from 8 to 3 channels, but the file has 4.",)
