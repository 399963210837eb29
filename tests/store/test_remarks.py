"""tests of store/: what a user thinks of single variants."""

from pathlib import Path

import pytest

from optimizer.choose.choice import choose
from optimizer.cli.main import main
from optimizer.errors import StudyError
from optimizer.export.results import results
from optimizer.store.labels import LONGEST_NOTE
from optimizer.store.records import Remark
from optimizer.store.remarks import remark_on
from optimizer.store.study import Study, read_index
from tests.refused import refused
from tests.variants import study, variant


@pytest.fixture
def made(tmp_path: Path) -> Study:
    return study(tmp_path / "tiny", variant("float32"), variant("int8"), variant("float16"))


def test_a_remark_is_kept_and_what_is_not_said_stays(made: Study) -> None:
    remark_on(made, "int8", pinned=True)
    remark_on(made, "int8", note=" for the demo ")
    expected = Remark(recipe="int8", pinned=True, note="for the demo")
    assert read_index(made.folder).remark("int8") == expected
    assert made.index.remark("float16") == Remark(recipe="float16")
    told = {one["recipe"]: one["remark"] for one in results(made)["variants"]}
    assert told["int8"] == {"pinned": True, "hidden": False, "note": "for the demo"}


def test_an_empty_remark_leaves_nothing(made: Study) -> None:
    remark_on(made, "int8", hidden=True)
    remark_on(made, "int8", hidden=False)
    assert made.index.remarks == ()


def test_no_choice_depends_on_it(made: Study) -> None:
    before = choose(made, made.index.limits)
    remark_on(made, "int8", hidden=True, pinned=True)
    assert choose(made, made.index.limits) == before


def test_what_is_not_there_or_too_long_is_refused(made: Study) -> None:
    with refused(StudyError, "int16x8", "float32, int8, float16"):
        remark_on(made, "int16x8", pinned=True)
    with refused(StudyError, f"{LONGEST_NOTE:,}", "Shorten it"):
        remark_on(made, "int8", note="x" * (LONGEST_NOTE + 1))


def test_the_terminal_remarks_too(made: Study, capsys: pytest.CaptureFixture[str]) -> None:
    made.close()
    assert main(["studies", "remark", str(made.folder), "int8", "--pin", "--note", "yes"]) == 0
    assert "int8: pinned, yes" in capsys.readouterr().out
    assert main(["studies", "remark", str(made.folder), "int8", "--unpin", "--note", ""]) == 0
    assert read_index(made.folder).remarks == ()
