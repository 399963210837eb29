"""tests of store/: what a killed process left is taken back or deleted, and nothing else is."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.store.library import Library
from optimizer.store.records import Job, Status
from optimizer.store.staging import STAGING
from tests.variants import study as made_by_hand
from tests.variants import variant

ROOT = Path(__file__).parents[2]
KNOWN, UNKNOWN = "a" * 12, "b" * 12
DATA, OLD_DATA = "data/" + "1" * 32, "data/" + "2" * 32
STAYS = {
    f"jobs/{KNOWN}/log.txt", f"jobs/{KNOWN}/progress.jsonl", f"{DATA}/x.npy", "data/mine/x.npy",
    "variants/int8.tflite", "training/half/state.json",
}  # fmt: skip
GOES = {
    f"jobs/{KNOWN}/float16.tflite", f"jobs/{KNOWN}/work/tmp", f"jobs/{UNKNOWN}/log.txt",
    f"{OLD_DATA}/x.npy", f"{DATA}/.y.npy.new", ".study.json.new", "variants/.int8.npz.new",
    "training/half/.saved_model.new/saved_model.pb",
}  # fmt: skip


def test_what_a_killed_server_left_in_a_study_is_taken_back_or_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    job = Job(id=KNOWN, recipe="prune+int8", status=Status.RUNNING)
    made_by_hand(folder, variant("float32"), jobs=(job,), data_folder=DATA).close()
    before = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    for name in (*STAYS, *GOES):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    trained = folder / "jobs" / KNOWN / "training" / "done"
    trained.mkdir(parents=True)
    (trained / "step.json").touch()

    library = Library(tmp_path)
    library.open("tiny")
    library.close()
    there = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert there - before == STAYS | {"training/done/step.json"}
    assert before <= there


WORKS = """
import sys, time
from pathlib import Path
from optimizer.store.library import Library
folder = Library(Path(sys.argv[1])).staging()
(folder / "half").touch()
print(folder, flush=True)
time.sleep(600)
"""


def test_what_a_process_works_at_stays_until_it_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORKS, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        work = Path(other.stdout.readline().strip())
        Library(tmp_path).close()
        assert (work / "half").exists()
        other.send_signal(signal.SIGKILL)
    library = Library(tmp_path)
    assert not work.exists()
    library.close()
    assert not (tmp_path / STAGING).exists()


def test_what_cannot_be_read_back_of_an_upload_leaves_nothing(tmp_path: Path) -> None:
    class Gone:
        """A browser that went away."""

        def __init__(self) -> None:
            self.chunks = [b"half of it"]

        def read(self, _: int) -> bytes:
            if self.chunks:
                return self.chunks.pop()
            raise ConnectionResetError("gone")

    library = Library(tmp_path)
    with pytest.raises(Exception, match="gone"):
        library.keep_upload(Gone())  # type: ignore[arg-type]
    library.close()
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
