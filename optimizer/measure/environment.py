"""measure/: where measurements are taken: CPU, system and versions."""

import os
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from optimizer.measure.measurements import Environment

LIBRARIES = (
    "ai-edge-litert",
    "litert-quantizer",
    "tensorflow",
    "keras",
    "tf_keras",
    "tensorflow-model-optimization",
    "numpy",
    "scipy",
)
"""What is told of where a number comes from; what a variant's key holds is in `store.key`."""


def environment() -> Environment:
    """This machine. Library versions are read from their metadata, without importing them."""
    return Environment(
        cpu=_cpu_name(),
        cores=os.cpu_count() or 1,
        os=platform.platform(),
        python=platform.python_version(),
        versions=versions(LIBRARIES),
    )


def versions(libraries: Iterable[str]) -> dict[str, str]:
    """The installed versions of these libraries; one that is not installed is left out."""
    return {name: found for name in libraries if (found := _version(name))}


def _cpu_name() -> str:
    """The model name that Linux gives; elsewhere what Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
