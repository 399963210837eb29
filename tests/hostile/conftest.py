"""tests of hostile files: each would write a marker if it ran; each is opened as the app does."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.models.open_options import OpenOptions
from optimizer.store.records import ModelRecord
from optimizer.tasks.open_model import OpenModel
from tests.hostile.judge import Judged, judging
from tests.refused import judges

# Deletes itself from what is loaded, so that each import of it would write the marker again.
MODULE = """
import pathlib, sys
pathlib.Path({marker!r}).touch()
del sys.modules[__name__]
class Thing:
    @classmethod
    def from_config(cls, config):
        return cls()
"""


@pytest.fixture
def marker(tmp_path: Path) -> Iterator[Path]:
    """A file that hostile code would make; it must not be there when the test is over."""
    path = tmp_path / "marker"
    yield path
    assert not path.exists()


@pytest.fixture
def module(tmp_path: Path, marker: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of an installed module that writes the marker when it is imported."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "hostile_module.py").write_text(MODULE.format(marker=str(marker)))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    yield "hostile_module"
    sys.modules.pop("hostile_module", None)


@pytest.fixture(autouse=True)
def judged(request: pytest.FixtureRequest) -> Iterator[Judged]:
    """What a test shows; fails if only a library stood between a file and its effect."""
    found = Judged()
    judges.append(lambda: judging(found))
    yield found
    judges.pop()
    if not request.node.name.startswith("test_control"):
        counts = {"ours": found.ours, "theirs": len(found.theirs), "harmless": found.harmless}
        request.node.user_properties += counts.items()
        assert not found.theirs, f"refused by a library only: {found.theirs}"


class Opener:
    """Opens a file in a fresh folder, in this process, as a worker does."""

    def __init__(self, folder: Path, judged: Judged) -> None:
        self.folder, self.judged = folder, judged

    def __call__(self, path: Path, options: OpenOptions | None = None) -> ModelRecord:
        self.folder.mkdir()
        work = OpenModel(out=self.folder, source=path, name="m", options=options or OpenOptions())
        with judging(self.judged):
            return work.run(lambda *_: None)


@pytest.fixture
def opener(tmp_path: Path, judged: Judged) -> Opener:
    # As a worker does before it sees a file: what libraries look for then is no file's doing.
    for name in (*OpenModel.preload, "keras", "tf_keras", "ai_edge_litert.interpreter"):
        importlib.import_module(name)
    return Opener(tmp_path / "study", judged)
