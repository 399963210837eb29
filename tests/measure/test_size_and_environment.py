"""tests of measure/: sizes, and where measurements were taken."""

import gzip
import json
from dataclasses import asdict
from pathlib import Path

from optimizer.measure.environment import environment
from optimizer.measure.size import measure_size


def test_sizes_are_those_of_the_file_and_of_its_gzip(variants: dict[str, Path]) -> None:
    file = variants["float32"]
    found = measure_size(file)
    assert found.size_bytes == file.stat().st_size
    assert found.gzip_bytes == len(gzip.compress(file.read_bytes(), 6, mtime=0))


def test_zeros_shrink_the_gzip_but_not_the_file(tmp_path: Path) -> None:
    file = tmp_path / "zeros"
    file.write_bytes(bytes(3_000_000))
    found = measure_size(file)
    assert found.size_bytes == 3_000_000
    assert found.gzip_bytes < 10_000


def test_the_environment_says_what_ran() -> None:
    found = environment()
    assert found.cpu
    assert found.cores >= 1
    assert {"ai-edge-litert", "numpy"} <= set(found.versions)
    assert "statsmodels" not in found.versions  # installed for the tests only
    assert json.loads(json.dumps(asdict(found))) == asdict(found)
