"""optimizer/: what whoever runs Liteweigh may set, read from environment variables."""

import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from optimizer.errors import SettingError

GB = 2**30


@dataclass(frozen=True)
class Settings:
    """Limits and places.

    Attributes:
        home: The folder in which studies are kept (LITEWEIGH_HOME).
        workers: TensorFlow worker processes at work at once (LITEWEIGH_WORKERS).
        job_memory: Bytes that one job may use (LITEWEIGH_JOB_MEMORY_GB).
        job_seconds: Seconds that one job may take (LITEWEIGH_JOB_MINUTES).
        latency_seconds: Seconds of timing for each variant (LITEWEIGH_LATENCY_SECONDS).
        paths: Whether a path on the server's disk may be given instead of an upload
            (LITEWEIGH_PATHS, 1 or 0). The pages offer it only while they are served to this
            machine alone.
    """

    home: Path
    workers: int
    job_memory: int
    job_seconds: float
    latency_seconds: float
    paths: bool


def from_environment() -> Settings:
    """Reads the settings; what is not set has a default made from this machine.

    Raises:
        SettingError: one of them is not a number.
    """
    cores = os.cpu_count() or 1
    workers = max(1, int(_number("LITEWEIGH_WORKERS", min(cores, 4))))
    share = 0.8 * psutil.virtual_memory().total / workers
    return Settings(
        home=Path(os.environ.get("LITEWEIGH_HOME") or Path.home() / ".liteweigh").absolute(),
        workers=workers,
        job_memory=int(_number("LITEWEIGH_JOB_MEMORY_GB", max(share / GB, 2.0)) * GB),
        job_seconds=60 * _number("LITEWEIGH_JOB_MINUTES", 60),
        latency_seconds=_number("LITEWEIGH_LATENCY_SECONDS", 1.5),
        paths=_number("LITEWEIGH_PATHS", 1) != 0,
    )


def _number(name: str, default: float) -> float:
    text = os.environ.get(name)
    try:
        return float(text) if text else default
    except ValueError as error:
        raise SettingError(f"{name} is “{text}”, but a number is expected.") from error
