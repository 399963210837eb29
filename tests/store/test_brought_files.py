"""tests of store/: finished files that were brought are kept whole, or not at all."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.store.brought_files import brought_file, keep_brought
from tests.hostile.tflite_files import SOUND

KILLED = """
import os, signal, sys
from pathlib import Path
from optimizer.store import brought_files

def half(source, target):
    target.write(source.read(1000))
    target.flush()
    if sys.argv[3] == "amid":
        os.kill(os.getpid(), signal.SIGKILL)
    target.write(source.read())

brought_files.shutil.copyfileobj = half
brought_files.keep_brought(Path(sys.argv[1]), Path(sys.argv[2]), "theirs")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["amid", "after"])
def test_a_kill_leaves_no_half_of_a_file_and_it_can_be_added_again(
    tmp_path: Path, moment: str
) -> None:
    arguments = [sys.executable, "-c", KILLED, str(tmp_path), str(SOUND), moment]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
    kept = list((tmp_path / "brought").glob("*.tflite"))
    assert [file.read_bytes() for file in kept] == [SOUND.read_bytes()] * (moment == "after")
    recipe = keep_brought(tmp_path, SOUND, "theirs")
    file = brought_file(tmp_path, recipe)
    assert file is not None
    assert file.read_bytes() == SOUND.read_bytes()
    assert list((tmp_path / "brought").glob("*.tflite")) == [file]
