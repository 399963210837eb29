"""tests of README.md: its lines of Python run as they stand."""

import json
import re
import textwrap
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.slow
def test_the_lines_of_python_make_a_study(
    shared_workers: None,
    trained: Path,
    pixels: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.keras").write_bytes((trained / "three.keras").read_bytes())
    np.savez("data.npz", x=pixels, y=labels)
    found = re.search(r"From Python:\n\n((?:    .*\n|\n)+)", README.read_text())
    assert found
    in_a_checkout = found[1].replace("import liteweigh", "import optimizer as liteweigh")
    names: dict[str, object] = {}
    exec(textwrap.dedent(in_a_checkout), names)  # noqa: S102 (our own document)
    results = json.loads(Path("study/results.json").read_text())
    assert [one["recipe"] for one in results["variants"]] == ["float32", "int8", "prune+int8"]
    printed = capsys.readouterr().out
    assert [one["recipe"] for one in results["variants"] if one["recipe"] not in printed] == []
