"""tests of files/: what is kept as JSON reads back the same, and what is damaged says so."""

import math
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from optimizer.errors import MeasurementError, StudyError
from optimizer.files.json_file import JsonFile
from tests.refused import refused


@dataclass(frozen=True)
class Step:
    name: str
    shape: tuple[int, ...]
    seconds: float | None


class Report(BaseModel):
    model_config = ConfigDict(frozen=True)

    steps: tuple[Step, ...]
    title: str = "Größe ≤ 1"


STEPS = JsonFile(tuple[Step, ...], error=MeasurementError, again="Make them again")
REPORT = JsonFile(Report, error=StudyError, again="Run it again")
MADE = (Step("conv", (1, 8), 0.25), Step("dense", (), None))


def test_dataclasses_and_models_read_back_the_same(tmp_path: Path) -> None:
    STEPS.write(tmp_path / "steps.json", MADE)
    assert STEPS.read(tmp_path / "steps.json") == MADE
    REPORT.write(tmp_path / "report.json", Report(steps=MADE))
    assert REPORT.read(tmp_path / "report.json") == Report(steps=MADE)


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_numbers_that_are_none_stay_what_they_are(tmp_path: Path, number: float) -> None:
    path = tmp_path / "steps.json"
    STEPS.write(path, (Step("conv", (1,), number),))
    [step] = STEPS.read(path)
    assert repr(step.seconds) == repr(number)


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]x", b'[{"name": "conv"}]', b"\xff"])
def test_what_cannot_be_read_is_named_and_says_what_to_do(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "steps.json"
    if content is not None:
        path.write_bytes(content)
    with refused(MeasurementError, "steps.json is missing or damaged", "Make them again."):
        STEPS.read(path)
