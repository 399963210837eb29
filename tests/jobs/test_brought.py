"""tests of jobs/: a finished .tflite of somebody else is one more row, or is refused in words."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.audit.findings import AUDIT
from optimizer.choose.choice import choose
from optimizer.data.dataset import Dataset
from optimizer.errors import ModelError, RecipeError
from optimizer.export.results import results
from optimizer.jobs.scheduler import Scheduler
from optimizer.models.summary import ModelSummary, TensorSpec
from optimizer.recipes import Recipe, parse
from optimizer.store.brought_files import brought_file, fit_name
from optimizer.store.limits import Limits, Loss
from optimizer.store.records import Status
from optimizer.store.study import Study
from optimizer.tasks.check_brought import check_brought
from optimizer.techniques.brought import Brought
from tests.refused import refused
from tests.summaries import summary
from tests.terminal import Terminal
from tests.tutorial import tutorial_loop

Fresh = Callable[[], Study]


@pytest.fixture(scope="module")
def vendors(tiny3: Any, convert: Any, pixels: npt.NDArray[np.uint8]) -> Path:
    """The tiny model as somebody else quantized it: uint8 in, int8 out."""
    file: Path = convert(tiny3, "int8", pixels / np.float32(255))
    return file


@pytest.fixture(scope="module")
def study(scheduler: Scheduler, fresh: Fresh, vendors: Path) -> Study:
    """One in which that file was measured."""
    made = fresh()
    scheduler.add_file(made, vendors, "vendor tool v2.1")
    scheduler.wait(made)
    return made


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_file_is_a_row_measured_like_any_other(study: Study, vendors: Path) -> None:
    [job] = study.index.jobs
    assert (job.status, job.error) == (Status.DONE, None)
    variant = study.index.variants[-1]
    assert variant.recipe == f"brought(called=vendor-tool-v2.1,sha256={sha256(vendors)[:16]})"
    assert variant.sha256 == sha256(study.folder / variant.file)
    brought = study.folder / "brought" / f"{sha256(vendors)[:16]}.tflite"
    assert brought.read_bytes() == vendors.read_bytes(), "it stays as it came"
    record = study.index.dataset
    assert record
    dataset = Dataset(study.data_folder, record)
    (inputs,) = dataset.samples("evaluation").batch(0, record.evaluation)
    right = tutorial_loop(vendors, inputs).argmax(axis=1) == dataset.labels("evaluation")
    assert variant.metric
    assert variant.metric.value == right.mean()
    assert variant.latency
    assert variant.latency.ratio
    assert variant.contents.inputs[0].dtype == "UINT8"
    assert variant.contents.inputs[0].scale
    found = AUDIT.read(study.folder / str(variant.audit))
    assert "INT8" in {finding.tensor.dtype for finding in found.findings}
    assert not any(finding.promises for finding in found.findings)


def test_limits_and_the_choice_and_results_know_it(study: Study) -> None:
    variant = study.index.variants[-1]
    # The baseline is larger, and a loss that 24 samples can prove is a large one.
    limits = Limits(loss=Loss(value=0.9), size_bytes=variant.size_bytes)
    assert choose(study, limits).recipe == variant.recipe
    told = json.loads(json.dumps(results(study)))["variants"][-1]
    assert (told["recipe"], told["sha256"]) == (variant.recipe, variant.sha256)


def test_the_same_file_is_not_measured_twice_and_one_that_is_lost_is_made_again(
    scheduler: Scheduler, study: Study, vendors: Path
) -> None:
    before = study.index.variants[-1]
    recipe, started = scheduler.add_file(study, vendors, "vendor tool v2.1")
    assert (str(recipe), started) == (before.recipe, [])
    (study.folder / before.file).unlink()
    assert len(scheduler.start(study, [recipe])) == 1
    scheduler.wait(study)
    assert sha256(study.folder / study.index.variants[-1].file) == before.sha256


def test_a_damaged_file_fails_as_a_job_and_leaves_the_rest(
    scheduler: Scheduler, fresh: Fresh, vendors: Path, tmp_path: Path
) -> None:
    study = fresh()
    before = study.index.variants
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(vendors.read_bytes()[:3000])
    scheduler.add_file(study, cut, "cut")
    scheduler.wait(study)
    [job] = study.index.jobs
    assert job.status is Status.FAILED
    assert job.error
    assert "damaged" in job.error or "cannot be run" in job.error
    assert study.index.variants == before


def test_what_is_no_tflite_is_refused_at_once(
    scheduler: Scheduler, fresh: Fresh, tmp_path: Path
) -> None:
    study = fresh()
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8\xff\xe0" * 20)
    with refused(RecipeError, "“photo” is no .tflite", "Add a finished .tflite"):
        scheduler.add_file(study, photo, "photo")
    assert not (study.folder / "brought").exists()
    recipe = parse(f"brought(called=gone,sha256={'0' * 16})")
    with refused(RecipeError, "The study has no file of “brought(called=gone", "Add the .tflite"):
        scheduler.start(study, [recipe])
    assert study.index.jobs == ()


def test_a_file_that_was_exchanged_in_the_study_is_not_taken(
    scheduler: Scheduler, fresh: Fresh, vendors: Path, model_files: dict[str, Path]
) -> None:
    study = fresh()
    recipe = Recipe((Brought(called="vendor", sha256=sha256(vendors)[:16]),))
    kept = study.folder / "brought" / f"{sha256(vendors)[:16]}.tflite"
    kept.parent.mkdir()
    kept.write_bytes(model_files["tflite"].read_bytes())
    assert brought_file(study.folder, recipe) == kept
    scheduler.start(study, [recipe])
    scheduler.wait(study)
    assert "is not the file that was added" in str(study.index.jobs[0].error)


@pytest.mark.parametrize(
    ("name", "fit"),
    [
        ("vendor", "vendor"),
        ("my file (2)", "my-file-2"),
        ("../../etc/passwd", "etc-passwd"),
        ("é,=+", "brought"),
        ("a" * 99, "a" * 40),
    ],
)
def test_a_name_is_made_fit_for_recipes(name: str, fit: str) -> None:
    assert fit_name(name) == fit
    recipe = Recipe((Brought(called=fit, sha256="0" * 16),))
    assert parse(str(recipe)) == recipe


def test_nothing_can_be_done_before_a_finished_file() -> None:
    with refused(RecipeError, "brought is a finished file", "Leave prune out"):
        parse(f"prune+brought(called=a,sha256={'0' * 16})")
    with refused(RecipeError, "brought needs sha256"):
        parse("brought(called=a)")


# ---- whether it fits -------------------------------------------------------------------------


def model_of(
    inputs: Mapping[str, tuple[int, ...]], outputs: Mapping[str, tuple[int, ...]]
) -> ModelSummary:
    """What a study's model takes and gives, of one sample each."""

    def specs(named: Mapping[str, tuple[int, ...]]) -> tuple[TensorSpec, ...]:
        return tuple(TensorSpec(name, (None, *shape), "float32") for name, shape in named.items())

    return replace(summary(), inputs=specs(inputs), outputs=specs(outputs))


def check(file: Path, model: ModelSummary) -> tuple[str, ...]:
    step, made = (
        Brought(called="vendor", sha256=sha256(file)[:16]),
        file.with_name("made.canonical"),
    )
    return check_brought(file, step, model, file, made)


PICTURE, CLASSES = {"image": (8, 8, 3)}, {"probabilities": (3,)}


@pytest.mark.parametrize(
    ("inputs", "outputs", "parts"),
    [
        ({"image": (8, 8, 1)}, CLASSES, ("takes image: 8 × 8 × 3", "model takes image: 8 × 8 × 1")),
        ({"image": (192,)}, CLASSES, ("Add a file that was made of this model",)),
        (PICTURE, {"probabilities": (10,)}, ("gives ", "the model gives probabilities: 10")),
        ({**PICTURE, "mask": (8, 8)}, CLASSES, ("takes 1 input, and the model 2",)),
        (PICTURE, {**CLASSES, "box": (4,)}, ("gives 1 output, and the model 2",)),
    ],
)
def test_what_takes_or_gives_something_else_is_refused(
    vendors: Path, inputs: Any, outputs: Any, parts: tuple[str, ...]
) -> None:
    with refused(ModelError, "“vendor” ", *parts):
        check(vendors, model_of(inputs, outputs))


def test_a_file_that_fits_has_nothing_to_be_said(vendors: Path) -> None:
    assert check(vendors, model_of(PICTURE, CLASSES)) == ()


def function_file(folder: Path, call: Any, *specs: Any) -> Path:
    """A `.tflite` of a function, without a signature, as older tools make them."""
    import tensorflow as tf

    concrete = tf.function(call, input_signature=specs).get_concrete_function()
    file = folder / "made.tflite"
    file.write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([concrete]).convert())
    return file


def test_channels_first_and_integers_without_a_scale_are_named(tmp_path: Path) -> None:
    import tensorflow as tf

    first = function_file(
        tmp_path,
        lambda x: tf.reduce_mean(x, (2, 3)),
        tf.TensorSpec((1, 3, 8, 6), tf.float32, name="image"),
    )
    model = model_of({"image": (8, 6, 3)}, {"probabilities": (3,)})
    with refused(ModelError, "3 × 8 × 6", "8 × 6 × 3", "channels come first; export it with"):
        check(first, model)
    raw = function_file(
        tmp_path,
        lambda x: tf.reduce_mean(tf.cast(x, tf.float32), (1, 2)),
        tf.TensorSpec((1, 8, 6, 3), tf.uint8, name="image"),
    )
    with refused(ModelError, "is uint8 without a scale and zero point", "with floats there"):
        check(raw, model)


def test_inputs_of_one_shape_are_told_apart_by_name_or_said(tmp_path: Path) -> None:
    """Of a file without a signature its tensors' names decide, not its order."""
    import tensorflow as tf

    from optimizer.tflite.runner import Runner

    def call(zeta: Any, alpha: Any) -> Any:
        return zeta * 2 + alpha

    specs = [tf.TensorSpec((1, 2), tf.float32, name=name) for name in ("zeta", "alpha")]
    file = function_file(tmp_path, call, *specs)
    one, ten = (np.full((1, 2), value, np.float32) for value in (1, 10))
    for names, arrays in ((["zeta", "alpha"], (one, ten)), (["alpha", "zeta"], (ten, one))):
        runner = Runner(file, arrays, names)
        assert runner.run(runner.prepare(arrays))[0].tolist() == [[12, 12]]
        assert check(file, model_of(dict.fromkeys(names, (2,)), {"y": (2,)})) == ()
    [said] = check(file, model_of({"left": (2,), "right": (2,)}, {"y": (2,)}))
    assert said.startswith("Its inputs are not called as the model's")
    assert "as “left”" in said


# ---- in a terminal and in Python -------------------------------------------------------------


def test_a_file_is_added_in_a_terminal(
    scheduler: Scheduler, fresh: Fresh, vendors: Path, terminal: Terminal, tmp_path: Path
) -> None:
    made = fresh()
    made.close()
    folder = made.folder.rename(tmp_path / "study")
    said = terminal("add", folder, vendors, "--name", "vendor", "--json")
    assert said.returncode == 0, said.stderr
    row = json.loads(said.stdout)["variants"][-1]
    assert row["recipe"] == f"brought(called=vendor,sha256={sha256(vendors)[:16]})"
    assert row["recipe"] in said.stderr
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(vendors.read_bytes()[:3000])
    failed = terminal("add", folder, cut)
    assert failed.returncode == 1
    assert "brought(called=cut,sha256=" in failed.stdout
    assert "failed: The .tflite" in failed.stdout
    none = terminal("add", tmp_path, vendors)
    assert none.returncode == 2
    assert none.stderr.startswith("error: There is no study in ")


def test_three_lines_of_python(
    shared_workers: None,
    model_files: dict[str, Path],
    data_file: Path,
    vendors: Path,
) -> None:
    from optimizer.face import open_study

    with open_study(model_files["tflite"], data_file) as opened:
        variant = opened.add(vendors, name="vendor")
        assert f"sha256={sha256(vendors)[:16]}" in variant.recipe
        assert opened[variant.recipe] == variant
