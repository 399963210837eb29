"""tests of choose/: what few samples can promise at best, said before anything is made."""

import pytest

from optimizer.choose.at_best import at_best, promised, samples_for
from optimizer.data.labels import Task
from optimizer.measure.measurements import Fidelity
from optimizer.store.limits import Limits, Loss
from optimizer.store.records import ModelRecord, StudyIndex
from tests import variants


def index(evaluation: int, **changes: object) -> StudyIndex:
    record = variants.dataset(evaluation=evaluation, **changes)
    model = ModelRecord(summary=variants.SUMMARY, digest="d", file="model/m", saved_model="model/s")
    return StudyIndex(id="s", model=model, dataset=record)


@pytest.mark.parametrize("share", [0.1, 0.03, 0.01])
def test_about_so_many_samples_suffice_and_fewer_do_not(share: float) -> None:
    enough = samples_for(share, 0.95)
    assert promised(enough + 1, 0.95) <= share < promised(enough - 2, 0.95)
    assert promised(int(1.2 * samples_for(share, 0.99)), 0.99) <= share


def test_twenty_samples_say_what_they_can_promise() -> None:
    said = at_best(index(20))
    assert "20 evaluation samples can promise at best that no more than 14 points are lost" in said
    assert "1 point needs about 301" in said


def test_enough_samples_say_nothing() -> None:
    assert at_best(index(400)) == ""
    assert at_best(index(20), Limits(loss=Loss(value=0.2))) == ""
    assert at_best(index(2000, synthetic=True)) == ""


def test_no_loss_at_all_cannot_be_proved() -> None:
    assert "cannot be proved" in at_best(index(10_000), Limits(loss=Loss(value=0)))


def test_one_sample_proves_nothing_of_any_metric() -> None:
    assert "can prove nothing" in at_best(index(1, headline="mae"))


def test_a_confidence_beyond_the_test_is_no_number() -> None:
    assert at_best(index(20), Limits(confidence=0.9999)) == ""


def test_without_labels_it_is_told_once_it_is_known_that_classes_agree() -> None:
    bare = index(20, headline=None, task=Task.UNLABELLED)
    assert at_best(bare) == ""
    for agreement, told in ((1.0, True), (None, False)):
        made = variants.variant("float32", metric=None, fidelity=Fidelity(agreement, None, 0.0))
        assert bool(at_best(bare.model_copy(update={"variants": (made,)}))) is told
