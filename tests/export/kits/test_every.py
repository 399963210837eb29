"""tests of export/kits/: what holds for the kits of every target."""

import json
from dataclasses import replace

import pytest

from optimizer.errors import StudyError
from optimizer.export.kits import KITS
from optimizer.export.kits.contents import DOCUMENT, MODEL
from optimizer.export.kits.write import contents_of
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.study import Study
from tests.export.kits.unpacked import HOSTILE, Unpack

TEXTS = {DOCUMENT, "labels.txt", "README.md"}
"""Files that hold texts of others; code holds none but quoted ones."""
FLOATS = "float32"  # every target takes it


@pytest.fixture(params=list(KITS))
def target(request: pytest.FixtureRequest) -> str:
    """Each target."""
    return str(request.param)


def test_the_measured_file_its_document_and_a_page_are_in_it(
    unpack: Unpack, study: Study, target: str
) -> None:
    folder, variant = unpack(FLOATS, target), study.variant(FLOATS)
    assert variant is not None
    place = folder / KITS[target].assets
    assert (place / MODEL).read_bytes() == (study.folder / variant.file).read_bytes()
    document = json.loads((place / DOCUMENT).read_text("utf-8"))
    assert document["sha256"] == variant.sha256
    page = (folder / "README.md").read_text("utf-8")
    assert KITS[target].checked in page
    assert len(page.splitlines()) < 70


def test_names_of_classes_stand_in_no_code(unpack: Unpack, target: str) -> None:
    names = [name.encode() for name in HOSTILE]
    for file in unpack(FLOATS, target).rglob("*"):
        if file.is_file() and file.name not in TEXTS:
            assert not [name for name in names if name in file.read_bytes()], file


def test_vectors_lie_where_the_document_says(unpack: Unpack, target: str) -> None:
    folder = unpack(FLOATS, target) / KITS[target].assets
    document = json.loads((folder / DOCUMENT).read_text("utf-8"))
    named = [file for one in document["vectors"] for file in (*one["inputs"], *one["outputs"])]
    assert len(named) == 6
    if not KITS[target].in_micro:  # there they are arrays
        assert all((folder / file).is_file() for file in named)


def test_what_was_not_compiled_here_says_so(unpack: Unpack) -> None:
    for target in ("android", "ios"):
        assert "Not compiled here" in (unpack(FLOATS, target) / "README.md").read_text("utf-8")


def test_web_pages_take_no_8_bit_signed_values(study: Study, scheduler: Scheduler) -> None:
    variant = study.variant(FLOATS)
    assert variant is not None
    contents = contents_of(study, variant, scheduler.gather_kit(study, variant).result())
    signed = replace(contents, outputs=(replace(contents.outputs[0], dtype="int8"),))
    with pytest.raises(StudyError, match=r"it takes or gives int8.*float32, int32, uint8 only"):
        KITS["browser"].make(signed)
