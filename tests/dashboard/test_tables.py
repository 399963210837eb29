"""tests of dashboard/: tables and pictures, as functions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from dashboard.figures import sample_pictures
from dashboard.tables import audit_table, data_tables, model_tables, variant_table, wanted_rows
from dashboard.tables.arranged import arranged, counted, group_of
from optimizer.audit.findings import Audit, Finding
from optimizer.choose.comparison import Comparison
from optimizer.choose.proofs import Answer
from optimizer.data.dataset import Dataset, InputRecord
from optimizer.measure.measurements import Fidelity, Metric
from optimizer.models.summary import TensorSpec
from optimizer.store.records import FloatReport, ScalingScore
from optimizer.techniques.promise import Promise
from optimizer.tflite.facts import WeightTensor
from tests import variants
from tests.variants import SUMMARY, accuracy, choice, difference, latency, row, variant


def test_inputs_and_outputs_name_open_sizes_in_words() -> None:
    summary = replace(SUMMARY, inputs=(TensorSpec("tokens", (None, 128), "int32"),))
    table = model_tables.inputs_and_outputs(summary)
    assert table.to_numpy().tolist() == [
        ["Input", "tokens", "any × 128", "int32"],
        ["Output", "probabilities", "any × 3", "float32"],
    ]


def test_each_layer_has_its_count() -> None:
    assert model_tables.layers(SUMMARY).to_numpy().tolist() == [["Dense", 2]]


def test_scalings_show_what_the_float_model_reaches_and_which_is_taken() -> None:
    scores = (
        ScalingScore(scaling="none", metric=accuracy(0.1)),
        ScalingScore(scaling="unit", metric=accuracy(0.95)),
    )
    table = data_tables.scalings(
        FloatReport(scalings=scores, keras=None, chance=0.1), variants.dataset()
    )
    assert table[""].tolist() == ["", "✓"]
    assert table["Float model"].tolist() == ["10.00 %", "95.00 %"]


def table_of(rows: list[Comparison], urls: list[str]) -> pd.DataFrame:
    """The table of rows of which the first holds the limits, and others are open."""
    answers = [Answer.HELD, *[Answer.OPEN] * (len(rows) - 1)]
    made = [one.variant for one in rows]
    found = choice(*zip(made, answers, strict=True))
    return variant_table.variants(rows, urls, found, {"int8": "choice, smallest"}, {})


def test_the_comparison_has_numbers_that_sort() -> None:
    rows = [
        row(variant("float32", size_bytes=550_124, metric=accuracy(0.9298))),
        row(variant("int8", metric=accuracy(0.92), latency=latency(0.08, 0.5)), difference(-0.012)),
    ]
    table = table_of(rows, ["/files/s/float32", "/files/s/int8"])
    assert table["Recipe"].tolist() == ["float32", "int8"]
    assert table["Limits"].tolist() == ["held", "open"]
    assert table["Best"].tolist() == ["", "choice, smallest"]
    assert table["Size"].tolist() == [550.124, 100.0]
    assert table["Metric"].tolist() == [92.98, 92.0], "as shown, not 92.97999999999999"
    assert table["Interval"].tolist() == ["88.0 to 98.0 %", "87.0 to 97.0 %"]
    assert table["Change"].isna().tolist() == [True, False]
    assert table["Change"][1] == -1.2
    assert table["Agreement"].tolist() == [98.0, 98.0]
    assert table["Latency"].tolist() == [1.0, 0.08]
    assert table["Speed"].tolist() == [1.0, 2.0]
    assert table["Name"].tolist() == table["Recipe"].tolist()
    assert not variant_table.shortened(table)
    assert table["Download"].tolist() == ["/files/s/float32", "/files/s/int8"]
    assert table["Sparsity"].tolist() == [25.0, 25.0]
    assert table["Unique"].tolist() == [30, 30]


def test_a_file_without_weights_has_neither_sparsity_nor_unique_weights() -> None:
    contents = replace(variant("int8").contents, sparsity=None, unique_weights_max=None)
    table = table_of([row(variant("float32", contents=contents))], [""])
    assert table[["Sparsity", "Unique"]].isna().to_numpy().all()


def test_the_audit_stands_beside_what_was_promised_kept_in_green_and_lost_in_red() -> None:
    found = WeightTensor(
        "m/conv/op", "CONV_2D", "INT8", (8, 3, 3, 8), 576, 0.7986, 90, 16, "per axis", 1400
    )
    given = {
        "zeros": Promise(promised=0.8, kept=True), "clusters": Promise(promised=16, kept=True),
    }  # fmt: skip
    kept = Finding(
        tensor=found, layer="conv_*", given=given,
        dtype=Promise(promised="INT8", kept=True),
    )  # fmt: skip
    lost = Finding(
        tensor=replace(found, zeros=0.123, unique_per_channel=71, dtype="FLOAT32"),
        layer="dense",
        given={
            "zeros": Promise(promised=0.8, kept=False, explanation="Because."),
            "clusters": Promise(promised=16, kept=False, explanation="Because."),
        },
        dtype=Promise(promised="INT8", kept=False, explanation="Because."),
    )
    table = audit_table.findings(Audit(findings=(kept, lost, Finding(tensor=found, layer=None))))
    rows = [
        [str(cell).replace("\N{NO-BREAK SPACE}", " ") for cell in line] for line in table.to_numpy()
    ]
    assert rows[0][1:8] == [
        "conv\\_\\*", ":green[79.9 % ≈ 80 %]", ":green[16 ≤ 16]", "90", ":green[int8]", "576 B",
        "1.40 KB",
    ]  # fmt: skip
    assert rows[1][1:6] == [
        "dense", ":red[12.3 % \\< 80 %]", ":red[71 > 16]", "90", ":red[float32 ≠ int8]",
    ]  # fmt: skip
    assert rows[2] == ["", "?", "79.9 %", "16", "90", "int8", "576 B", "1.40 KB", "CONV_2D",
                       "8 × 3 × 3 × 8"]  # fmt: skip
    assert [line[0] for line in rows[:2]] == [":green[:material/check:]", ":red[:material/close:]"]


def test_what_was_not_measured_is_empty_in_the_comparison() -> None:
    bare = {"metric": None, "fidelity": None, "latency": None}
    rows = [row(variant("float32", **bare)), row(variant("int8", **bare))]
    table = table_of(rows, ["", ""])
    numbers = ["Metric", "Change", "Agreement", "Latency", "Speed"]
    assert table[numbers].isna().to_numpy().all()
    assert table["Interval"].tolist() == ["–", "–"]


def test_changes_and_speeds_sort_as_numbers() -> None:
    changes, ratios = (-0.1, 0.02, -0.002), (0.1, 12.0, 0.5)
    recipes = ("float16", "int8", "int16x8")
    made = [
        row(variant(recipe, latency=latency(1.0, ratio)), difference(change))
        for recipe, change, ratio in zip(recipes, changes, ratios, strict=True)
    ]
    table = table_of([row(variant("float32")), *made], [""] * 4)
    assert table.sort_values("Change")["Recipe"].tolist()[:3] == ["float16", "int16x8", "int8"]
    by_speed = table.sort_values("Speed")["Recipe"].tolist()
    assert by_speed == ["int8", "float32", "int16x8", "float16"]


def test_long_recipes_have_a_short_name_and_their_full_text() -> None:
    recipes = [f"prune(final_sparsity={share},epochs=9)+int8" for share in (0.6, 0.7)]
    table = table_of([row(variant(recipe)) for recipe in recipes], ["", ""])
    assert table["Recipe"].tolist() == recipes
    assert table["Name"].tolist() == ["prune(0.6,…)+int8", "prune(0.7,…)+int8"]
    assert variant_table.shortened(table)


@pytest.mark.parametrize(
    ("families", "verdicts", "targets", "text", "expected"),
    [
        ((), (), (), "", ["float32", "float16", "int8", "int8(io=uint8)"]),
        (("16-bit float",), (), (), "", ["float32", "float16"]),
        ((), ("open",), (), "", ["float32", "int8", "int8(io=uint8)"]),
        ((), (), (), " UINT8  int8", ["float32", "int8(io=uint8)"]),
        ((), (), ("gpu", "nnapi"), "", ["float32", "int8"]),
        (("8-bit integer",), ("held",), (), "int8", ["float32"]),
    ],
    ids=["all", "family", "verdict", "text", "targets", "nothing fits"],
)
def test_variants_are_filtered_beside_the_baseline(
    families: tuple[str, ...],
    verdicts: tuple[str, ...],
    targets: tuple[str, ...],
    text: str,
    expected: list[str],
) -> None:
    fits = {
        "float16": {"gpu": True, "nnapi": None},
        "int8": {"gpu": True, "nnapi": True},
        "int8(io=uint8)": {"gpu": False, "nnapi": True},
    }  # fmt: skip
    rows = [row(variant(one, runs_on=fits.get(one, {}))) for one in ("float32", *fits)]
    answers = (Answer.HELD, Answer.HELD, Answer.OPEN, Answer.OPEN)
    made = choice(*zip([one.variant for one in rows], answers, strict=True))
    kept = wanted_rows.wanted(rows, made, families, verdicts, targets, text)
    assert [one.variant.recipe for one in kept] == expected


SWEEP = ("float32", "prune(final_sparsity=0.7)+int8", "float16", "prune(final_sparsity=0.6)+int8")


def test_rows_are_sorted_by_any_column_and_what_is_unknown_comes_last() -> None:
    changes = (None, -0.02, 0.01, None)
    rows = [
        row(variant(one), difference(change) if change else None)
        for one, change in zip(SWEEP, changes, strict=True)
    ]
    table = table_of(rows, [""] * 4)
    assert arranged(table, None) == [0, 1, 2, 3]
    assert arranged(table, "Change") == [1, 2, 0, 3]
    assert arranged(table, "Change", largest_first=True) == [2, 1, 0, 3]
    assert arranged(table, "Change", first={3}) == [3, 1, 2, 0]


def test_rows_of_a_group_stand_together_and_are_counted() -> None:
    rows = [row(variant(one)) for one in SWEEP]
    made = choice(*[(one.variant, Answer.HELD) for one in rows])
    groups = [group_of(one, made, "techniques") for one in rows]
    assert groups == ["float32", "prune+int8", "float16", "prune+int8"]
    assert counted(groups)[1] == "prune+int8 (2)"
    assert arranged(table_of(rows, [""] * 4), None, groups) == [0, 1, 3, 2]
    assert [group_of(one, made, "family") for one in rows[1:3]] == ["pruned", "16-bit float"]
    assert group_of(rows[1], made, "limits") == "held"


def test_columns_in_which_nothing_stands_are_left_out() -> None:
    rows = [row(variant(one, latency=None)) for one in SWEEP]
    told = variant_table.telling(table_of(rows, [""] * 4))
    assert {"Size", "Metric", "Limits"} <= set(told)
    assert not {"Latency", "Speed", "Change", "Warnings", "Recipe"} & set(told)
    assert set(variant_table.titles(rows)) == set(table_of(rows, [""] * 4)) - {"Download"}


def test_an_error_stays_in_the_unit_of_its_labels() -> None:
    error = Metric("mae", 0.123, 0.1, 0.2, 10)
    nothing_alike = Fidelity(None, 30.0, 0.1)
    rows = [row(variant("float32", metric=error, fidelity=nothing_alike))]
    table = table_of(rows, [""])
    assert table["Metric"].tolist() == [0.123]
    assert table["Agreement"].isna().all()


def dataset(folder: Path, x: npt.NDArray[np.generic], shape: tuple[int, ...]) -> Dataset:
    """All samples in the evaluation role."""
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", np.arange(len(x)))
    nobody = np.arange(0)
    np.savez(
        folder / "roles.npz",
        training=nobody, calibration=nobody, tuning=nobody, evaluation=np.arange(len(x)),
    )  # fmt: skip
    inputs = (InputRecord("x", shape, str(x.dtype), "float32", float(x.min()), float(x.max())),)
    record = variants.dataset(
        inputs=inputs, training=0, calibration=0, tuning=0, evaluation=len(x), scaling="none"
    )
    return Dataset(folder, record)


@pytest.mark.parametrize("channels", [1, 3])
def test_samples_become_pictures_that_use_the_whole_range_of_brightness(
    tmp_path: Path, channels: int
) -> None:
    x = np.linspace(-1, 1, 40 * 4 * 4 * channels, dtype=np.float32).reshape(40, 4, 4, channels)
    shown = sample_pictures.some(dataset(tmp_path, x, x.shape[1:]))
    assert shown is not None
    assert len(shown) == sample_pictures.MOST_SHOWN
    (first, label), (last, _) = shown[0], shown[-1]
    assert first.shape == (4, 4, 3)
    assert label == "0"
    assert (first.min(), last.max()) == (0, 255)


def test_samples_that_are_no_pictures_are_not_drawn(tmp_path: Path) -> None:
    assert sample_pictures.some(dataset(tmp_path, np.ones((5, 7)), (7,))) is None


def test_a_sample_without_any_contrast_does_not_break_the_page(tmp_path: Path) -> None:
    shown = sample_pictures.some(dataset(tmp_path, np.zeros((1, 4, 4, 1)), (4, 4, 1)))
    assert shown is not None
    assert shown[0][0].max() == 0
