"""tests of private parts of h5py, NumPy, pandas, Pillow, plotly and Linux."""

import subprocess
import sys
import tokenize
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

NO_NEW_PRIVILEGES = """
import ctypes
assert ctypes.CDLL(None).prctl(38, 1, 0, 0, 0) == 0
print(open("/proc/self/status").read())
"""
END_WITH_PARENT = """
import ctypes, os, signal, time
if os.fork() == 0:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    time.sleep(30)
    os._exit(0)
time.sleep(0.3)
os._exit(0)
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has it")


def test_h5py_low_level(tmp_path: Path) -> None:
    import h5py
    from h5py import h5d, h5l, h5o

    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["x"] = [1, 2]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["plain"] = np.zeros((2, 3), np.float32)
        file["soft"] = h5py.SoftLink("/plain")
        file["elsewhere"] = h5py.ExternalLink("other.h5", "/x")
        layout = h5py.VirtualLayout((2,), np.int64)
        layout[:] = h5py.VirtualSource("other.h5", "x", (2,))
        file.create_virtual_dataset("virtual", layout)
        file.create_dataset("outside", (2,), np.int8, external=[(str(tmp_path / "raw"), 0, 2)])
    found: dict[str, Any] = {}
    with h5py.File(tmp_path / "a.h5") as file:

        def look(name: bytes, info: Any) -> str | None:
            found[name.decode()] = info.type
            if info.type == h5l.TYPE_HARD:
                thing = h5o.open(file.id, name)
                assert isinstance(thing, h5d.DatasetID)
                plan = thing.get_create_plist()
                bytes_of_one = thing.get_type().get_size()
                found[name.decode()] = (
                    plan.get_layout() == h5d.VIRTUAL, plan.get_external_count(), thing.shape,
                    bytes_of_one,
                )  # fmt: skip
            return "stop" if len(found) == 5 else None

        assert file.id.links.visit(look, info=True) == "stop"
    assert found["plain"] == (False, 0, (2, 3), 4)
    assert found["virtual"][0] is True
    assert found["outside"][1] == 1
    assert found["soft"] == h5l.TYPE_SOFT
    assert found["elsewhere"] not in (h5l.TYPE_SOFT, h5l.TYPE_HARD)


def test_numpy_headers() -> None:
    from numpy.lib import format as npy

    for version, read in (
        ((1, 0), npy.read_array_header_1_0), ((2, 0), npy.read_array_header_2_0)
    ):  # fmt: skip
        stream = BytesIO()
        npy.write_array(stream, np.zeros((2, 3), np.int16), version=version)
        stream.seek(0)
        assert npy.read_magic(stream) == version
        assert read(stream) == ((2, 3), False, np.dtype(np.int16))
        assert len(stream.read()) == 12, "the values follow"


@pytest.mark.parametrize("header", [b"(", b"{'descr': 1}", b"print(1)", b"\xff" * 10])
def test_numpy_header_errors(header: bytes) -> None:
    from numpy.lib import format as npy

    stream = BytesIO(len(header).to_bytes(2, "little") + header)
    with pytest.raises((ValueError, tokenize.TokenError)):
        npy.read_array_header_1_0(stream)


def test_pandas_written_index(tmp_path: Path) -> None:
    import pandas as pd
    from pyarrow import parquet

    file = tmp_path / "table.parquet"
    pd.DataFrame({"x": [1, 2]}, index=[3, 5]).to_parquet(file)
    assert parquet.ParquetFile(file).schema_arrow.names == ["x", "__index_level_0__"]


def test_pillow_formats() -> None:
    from PIL import Image

    Image.init()
    assert {"JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "EPS"} <= set(Image.OPEN)


def test_plotly_program() -> None:
    from plotly.offline import get_plotlyjs

    from optimizer.export.report.plotly_js import plotly_js

    program = plotly_js()
    assert program == get_plotlyjs()
    assert program.lstrip().startswith("/**\n* plotly.js v")
    assert "</script" not in program.lower()
    assert "\r" not in program, "a browser would take another text for its hash"
    assert len(program.encode()) < 5.5e6


@linux
def test_linux_no_new_privileges() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_NEW_PRIVILEGES], capture_output=True, text=True, check=True
    )
    assert "NoNewPrivs:\t1" in done.stdout


@linux
def test_linux_end_with_parent() -> None:
    # A child that lived on would hold its output open for 30 seconds.
    subprocess.run(
        [sys.executable, "-c", END_WITH_PARENT], capture_output=True, timeout=10, check=True
    )


@linux
def test_linux_peak_memory() -> None:
    code = (
        "import pathlib; x = bytearray(50_000_000); del x;"
        "pathlib.Path('/proc/self/clear_refs').write_text('5');"
        "print(pathlib.Path('/proc/self/status').read_text())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    sizes = dict(line.split(":") for line in done.stdout.splitlines() if line.startswith("Vm"))
    peak, now = (int(sizes[name].split()[0]) for name in ("VmHWM", "VmRSS"))
    assert peak - now < 10_000, "kB: the peak is forgotten"
