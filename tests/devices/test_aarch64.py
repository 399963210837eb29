"""tests of devices/: a bundle on another kind of machine; QEMU stands in for it, never in speed."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from optimizer.devices.wheels import parse_platform
from optimizer.errors import DeviceError
from optimizer.export.on_device import make_bundle
from optimizer.export.results import results
from optimizer.jobs.scheduler import Scheduler
from optimizer.store.study import Study
from tests.devices import bundles
from tests.devices.aarch64 import aarch64_python

SECONDS = 800  # QEMU takes up to a hundred times as long


@pytest.mark.slow
def test_a_bundle_with_its_wheels_says_the_same_on_aarch64(
    scheduler: Scheduler, golden: Callable[[], Study], tmp_path: Path
) -> None:
    python = aarch64_python()
    study, file = golden(), tmp_path / "bundle.zip"
    platform = parse_platform("aarch64,cp311")
    try:
        making = make_bundle(scheduler, study, file, ("int8",), platform=platform, seconds=0.1)
        making.result()
    except DeviceError as error:
        if "could not be fetched" not in str(error):
            raise
        pytest.skip(f"The package index is out of reach: {error}")
    folder = bundles.unpack(file, tmp_path / "there")
    done = subprocess.run(
        [python, folder / "run.py"], env={"PATH": os.environ["PATH"]},
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = bundles.read(folder / "result.json")
    assert found["device"]["machine"] == "aarch64", found["device"]
    run = scheduler.import_result(study, folder / "result.json", "QEMU").result()
    for one in run.files:
        assert one.error is None
        assert one.differs == ""
        assert one.latency
    [float32, int8] = run.files
    assert int8.outputs[0].same_top == int8.outputs[0].samples > 0
    assert int8.outputs[0].max_error is not None
    assert int8.outputs[0].max_error <= 1 / 256, "a step of its integers"
    assert float32.outputs[0].max_error is not None
    assert float32.outputs[0].max_error < 1e-5
    told = {one["recipe"]: one["devices"] for one in results(study)["variants"]}
    assert [one["how"] for one in told["int8"] if one["device"] == run.device] == ["measured"]
