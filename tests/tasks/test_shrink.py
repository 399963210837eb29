"""tests of tasks/: recipes that take channels out, in real workers."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from optimizer.audit.findings import AUDIT
from optimizer.audit.verdict import in_words
from optimizer.data.dataset import Dataset
from optimizer.errors import RecipeError
from optimizer.jobs.scheduler import Scheduler
from optimizer.measure.predict import predict
from optimizer.recipes import parse
from optimizer.store.records import Status, Variant
from optimizer.store.study import Study
from tests.refused import refused
from tests.tasks.test_train import folders_of, job_of, make
from tests.tflite_files import read_contents

HALF = "shrink(macs=0.5,epochs=1,multiple=1)"


@pytest.fixture(scope="module")
def study(fresh: Callable[[], Study]) -> Study:
    """The tiny model with its images."""
    return fresh()


def audited(study: Study, variant: Variant) -> str:
    assert variant.audit
    return in_words(AUDIT.read(study.folder / variant.audit))


def test_the_file_has_what_was_promised_of_it_and_of_each_layer(
    scheduler: Scheduler, study: Study
) -> None:
    [variant] = make(scheduler, study, f"{HALF}+int8")
    whole = study.index.model.summary.macs
    assert whole
    [record] = variant.training
    assert (record.step, record.epochs) == ("shrink", 1)
    contents = read_contents(study.folder / variant.file)
    assert contents.macs <= 0.5 * whole
    # The convolution's channels are those of the depthwise one after it, and go with them.
    shapes = {weight.operator: weight.shape for weight in contents.weights}
    assert set(record.channels) <= {"conv2d", "dense"}
    before, after = record.channels["conv2d"]
    assert before == 8
    assert after == shapes["CONV_2D"][0] == shapes["DEPTHWISE_CONV_2D"][-1] < 8
    told = audited(study, variant)
    assert told.startswith(f"Kept: {contents.macs:,} of {whole:,} MACs")
    assert "fewer channels, as many as promised, in" in told


def test_what_was_found_when_the_model_was_opened_refuses_what_is_out_of_reach(
    study: Study,
) -> None:
    index = study.index
    assert index.dataset
    assert index.model.summary.macs
    [told] = parse("shrink(macs=0.5)+int8").foretold(index.model.summary)
    assert f"of {index.model.summary.macs:,} MACs" in told
    for text in ("shrink(macs=0.01)+int8", "factorize(macs=0.01)+int8"):
        with refused(RecipeError, "reach"):
            parse(text).check(index.model.summary, index.dataset)


@pytest.mark.slow
def test_every_later_step_works_on_the_smaller_network(scheduler: Scheduler, study: Study) -> None:
    recipe = (
        f"{HALF}+prune(epochs=2,smallest=0)+cluster(epochs=1,number_of_clusters=8)"
        "+qat(epochs=1)+int8(io=int8)"
    )
    [variant] = make(scheduler, study, recipe)
    whole = study.index.model.summary.macs
    assert whole
    assert variant.contents.macs <= 0.5 * whole
    assert variant.contents.sparsity
    assert variant.contents.sparsity > 0.3
    assert "FLOAT32" not in variant.contents.tensor_types
    assert audited(study, variant).startswith("Kept:"), audited(study, variant)
    # A conversion alone starts from the same smaller network.
    [plain] = make(scheduler, study, f"{HALF}+float32")
    assert plain.training == variant.training[:1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    ["criterion=taylor,ranking=global", "criterion=l1,steps=2", "parameters=0.4",
     "size=0.4,macs=0.6", "criterion=bn_scale,skip=dense"],
)  # fmt: skip
def test_every_way_of_choosing_reaches_the_target(
    scheduler: Scheduler, study: Study, more: str
) -> None:
    [variant] = make(scheduler, study, f"shrink(epochs=1,multiple=1,{more})+float32")
    assert audited(study, variant).startswith("Kept:"), audited(study, variant)


@pytest.mark.slow
def test_without_training_the_statistics_of_batch_normalization_are_found_again(
    scheduler: Scheduler, study: Study
) -> None:
    [variant] = make(scheduler, study, "shrink(macs=0.6,epochs=0,multiple=1)+float32")
    [folder] = folders_of(study, variant.recipe)
    with np.load(folder / "weights.npz") as weights:
        arrays = [weights[name] for name in weights]
    kernel, gamma, _, mean, variance = arrays[:5]
    record = study.index.dataset
    assert record
    dataset = Dataset(study.data_folder, record)
    samples = dataset.samples("calibration")
    [images] = samples.batch(0, len(samples))
    # The convolution by hand: of each place its 3 × 3 neighbours.
    padded = np.pad(images.astype(np.float64), ((0, 0), (1, 1), (1, 1), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    made = np.einsum("nhwcij,ijco->nhwo", views, kernel.astype(np.float64))
    assert len(gamma) < 8
    np.testing.assert_allclose(mean, made.mean((0, 1, 2)), rtol=0.02, atol=1e-3)
    np.testing.assert_allclose(variance, made.var((0, 1, 2)), rtol=0.05)


@pytest.mark.slow
def test_a_file_that_was_shrunk_predicts_as_its_baseline_mostly_does(
    scheduler: Scheduler, study: Study
) -> None:
    recipe = "shrink(macs=0.7,epochs=10,multiple=1)+float32"
    [variant] = make(scheduler, study, recipe)
    record = study.index.dataset
    assert record, job_of(study, str(parse(recipe)))
    samples = Dataset(study.data_folder, record).samples("evaluation")
    mine = predict(study.folder / variant.file, samples)[0]
    theirs = predict(study.folder / "model" / "float32.tflite", samples)[0]
    assert np.mean(mine.argmax(1) == theirs.argmax(1)) >= 0.8


@pytest.mark.slow
@pytest.mark.parametrize("how", ["[[[900]]]", "{"])
def test_a_study_whose_training_was_changed_by_hand_says_so(
    scheduler: Scheduler, fresh: Callable[[], Study], how: str
) -> None:
    study = fresh()
    begin = "shrink(macs=0.7,epochs=0,multiple=1)"
    make(scheduler, study, f"{begin}+float32")
    [folder] = folders_of(study, f"{begin}+float32")
    (folder / "changes.json").write_text(json.dumps([{"step": "shrink", "how": how}]))
    scheduler.start(study, [parse(f"{begin}+prune(epochs=0)+float32")])
    scheduler.wait(study)
    job = study.index.jobs[-1]
    assert job.status is Status.FAILED
    assert "does not fit the model" in (job.error or "")
    assert "Run the recipe again in a new study" in (job.error or "")
