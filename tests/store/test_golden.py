"""tests of store/: a study of every earlier version opens today, with all its numbers."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.audit.findings import AUDIT
from optimizer.audit.verdict import in_words
from optimizer.export.results import results
from optimizer.measure.inside.facts import INSIDE
from optimizer.store.prediction_files import read_predictions
from optimizer.store.profile_files import read_profile
from optimizer.store.records import Status, StudyIndex
from optimizer.store.schema import SCHEMA, STEPS, upgraded
from optimizer.store.study import INDEX, Study, read_index
from optimizer.techniques.training import history
from tests.store.golden import HERE, OLDER, copy_of, exported
from tests.store.golden.stored_form import form_file, stored_form

DROPPED = frozenset({"variants.fidelity.cosine"})
"""Numbers of earlier studies that today's have no more, by their path without positions."""


@pytest.fixture(params=OLDER, ids=lambda schema: f"schema {schema}")
def schema(request: pytest.FixtureRequest) -> int:
    """The number of an earlier schema."""
    return int(request.param)


@pytest.fixture
def old(schema: int, tmp_path: Path) -> Iterator[Study]:
    """The study of that time, opened today."""
    study = Study(copy_of(schema, tmp_path))
    yield study
    study.close()


def numbers(value: Any, path: str = "") -> dict[str, float]:
    """Every number in a JSON value, by where it stands: jobs.0.seconds."""
    if isinstance(value, dict):
        parts = [(key, value[key]) for key in value]
    elif isinstance(value, list):
        parts = [(str(place), part) for place, part in enumerate(value)]
    else:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return {path: value} if is_number else {}
    return {
        place: number
        for key, part in parts
        for place, number in numbers(part, f"{path}.{key}" if path else key).items()
    }


def test_there_is_a_study_of_every_earlier_schema() -> None:
    """Whoever raises the number keeps a study of the one before."""
    kept = {
        int(folder.name.partition("-")[2]) for folder in HERE.glob("schema-*") if folder.is_dir()
    }
    assert kept >= set(OLDER)
    assert set(STEPS) == set(OLDER)


def test_whoever_changes_a_field_of_a_study_raises_its_number() -> None:
    """An earlier version would call such a study damaged, instead of newer.

    Between two releases one number does: then `python -m tests.store.golden.stored_form` again.
    """
    kept = form_file(SCHEMA).read_text().splitlines()
    today = stored_form()
    assert set(today) ^ set(kept) == set(), "store/schema.py says what to do"


def test_an_old_study_opens_with_all_its_numbers(schema: int, old: Study) -> None:
    before = numbers(json.loads((HERE / f"schema-{schema}" / INDEX).read_text()))
    after = numbers(json.loads(old.index.model_dump_json()))
    assert before.pop("schema_version") == schema
    kept = {
        place: number
        for place, number in before.items()
        if re.sub(r"\.\d+", "", place) not in DROPPED
    }
    assert len(kept) > 200
    assert {place: after.get(place) for place in kept} == kept


def test_what_an_old_study_exports_is_what_it_exported_then(schema: int, old: Study) -> None:
    """Nothing that other programs read of it changes; something may be added."""

    def same(then: Any, today: Any) -> Any:
        """Today's value without what was added since."""
        if isinstance(then, dict):
            return {key: same(then[key], today.get(key, "is gone")) for key in then}
        if isinstance(then, list):
            return [same(*pair) for pair in zip(then, today, strict=True)]
        return today

    then = json.loads(exported(schema).read_text())
    today = json.loads(json.dumps(results(old)))
    assert today.pop("schema") >= then.pop("schema")
    assert same(then, today) == then


def test_names_statuses_and_reasons_are_kept(schema: int, old: Study) -> None:
    index = old.index
    assert index.model.summary.name == "Größenmaß 数"
    assert index.dataset is not None
    assert index.dataset.name == "Bilder — links/rechts"
    jobs = {job.recipe: job for job in index.jobs}
    assert {recipe: job.status for recipe, job in jobs.items()} == {
        "int16x8": Status.FAILED if schema == 1 else Status.DONE,
        "weight_only_int8": Status.DONE,
        "int8": Status.DONE,
        "prune(smallest=10,epochs=4)+int8": Status.DONE,
        "finetune(epochs=1000)+int8": Status.CANCELLED,
    }
    reason = jobs["int16x8"].error if schema == 1 else str(old.index.variants[1].detours)
    assert "HARD_SWISH" in (reason or "")


def test_what_lies_beside_the_files_of_an_old_study_is_read(schema: int, old: Study) -> None:
    then = {made["recipe"]: made for made in json.loads(exported(schema).read_text())["variants"]}
    assert {then[variant.recipe]["status"] for variant in old.index.variants} == {"done"}
    for variant in old.index.variants:
        assert variant.audit is not None
        assert variant.inside is not None
        assert AUDIT.read(old.folder / variant.audit).findings
        assert INSIDE.read(old.folder / variant.inside).operators
        assert read_profile(old, variant)
        kept = read_predictions(old.folder / variant.predictions)
        assert kept.confusion is not None
        assert kept.by_class is not None
        assert kept.different is not None
        right = int(np.trace(kept.confusion))
        assert right / kept.confusion.sum() == then[variant.recipe]["metric"]["value"]
        for step in variant.training:
            assert history.read(old.folder / step.folder)


def test_what_training_could_do_with_each_layer_is_kept(old: Study) -> None:
    fits = {fit.name: fit.obstacles for fit in old.index.model.summary.fits}
    assert fits["conv"] == {"prune": None, "cluster": None, "qat": None}
    assert fits["act"]["prune"] == "has no weights to prune"


def test_what_was_promised_of_an_old_file_is_kept(old: Study) -> None:
    pruned = old.variant("prune(smallest=10,epochs=4)+int8")
    assert pruned is not None
    assert pruned.audit is not None
    made = AUDIT.read(old.folder / pruned.audit)
    assert in_words(made) == "Kept: 50.0 % zeros in 3 layers; int8 in 3 weight tensors."


def test_an_old_study_is_written_back_in_todays_form(old: Study) -> None:
    on_disk = json.loads((old.folder / INDEX).read_text())
    assert on_disk["schema_version"] == SCHEMA
    assert read_index(old.folder) == old.index


def test_a_step_between_schemas_changes_nothing_that_it_is_given(schema: int) -> None:
    given = json.loads((HERE / f"schema-{schema}" / INDEX).read_text())
    before = deepcopy(given)
    assert StudyIndex.model_validate(upgraded(given)).schema_version == SCHEMA
    assert given == before


def test_an_old_study_tells_nothing_of_the_machine_that_made_it(schema: int) -> None:
    for path in HERE.glob(f"schema-{schema}*/**/*"):
        if path.is_file():
            assert not re.search(rb"/(tmp|home|root|usr|work)/", path.read_bytes()), path
