"""optimizer/: what whoever runs Liteweigh may set, read from environment variables."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal

import psutil
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from optimizer.errors import SettingError

PREFIX = "LITEWEIGH_"
GB = 2**30
MOST_WORKERS = 256
LEAST_MEMORY = 2.0  # GB by default: a worker with TensorFlow and a small model needs half of it
MEMORY_SHARE = 0.8  # of what the machine has
HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|[0-9a-f:.]*:[0-9a-f:.]*")
"""A name, or an address of IPv4 or IPv6, in small letters; neither scheme nor port."""


class Settings(BaseSettings):
    """Limits and places. A field's variable has its name: LITEWEIGH_HOME, LITEWEIGH_WORKERS, …

    The description of a field is what its variable may be, as an error says it.

    Attributes:
        home: The folder in which studies are kept.
        workers: TensorFlow worker processes at work at once.
        job_memory_gb: What one job may use.
        job_minutes: What one job may take.
        opening_minutes: What opening a model may take, unless the user wants to wait longer.
        latency_seconds: Seconds of timing for each variant.
        paths: Whether a path on the server's disk may be given instead of an upload. The pages
            offer it only while they are served to this machine alone.
        hosts: What this server is called by who reaches it under other names than localhost, in
            small letters; the names of localhost are then not served unless they are among them.
        auth: `none` where the app is served beyond localhost and does not itself ask who its users
            are: all of them share all studies.
        isolation: Whether workers are confined: as well as this machine can (auto), or not at all
            without it (required), or off.
        packages: Installed packages whose registered Keras classes a model may use.
        log: From which level on messages of the log are shown.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, allow_inf_nan=False, validate_default=False
    )

    home: Path = Field(default=Path.home() / ".liteweigh", description="a folder")
    workers: int = Field(
        default_factory=lambda: min(os.cpu_count() or 1, 4),
        description=f"a whole number from 1 to {MOST_WORKERS}",
        ge=1,
        le=MOST_WORKERS,
    )
    job_memory_gb: float = Field(
        default_factory=lambda chosen: max(_memory_gb() / chosen.get("workers", 1), LEAST_MEMORY),
        description="a number of GB above 0",
        gt=0,
    )
    job_minutes: float = Field(default=60, description="a number of minutes above 0", gt=0)
    opening_minutes: float = Field(default=2, description="a number of minutes above 0", gt=0)
    latency_seconds: float = Field(default=1.5, description="a number of seconds above 0", gt=0)
    paths: bool = Field(default=True, description="1 or 0")
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="a list of host names without ports, parted by commas,"
    )
    auth: Literal["none"] | None = Field(default=None, description="none")
    isolation: Literal["auto", "required", "off"] = Field(
        default="auto", description="auto, required or off"
    )
    packages: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="a list of packages, parted by commas,"
    )
    log: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="WARNING", description="DEBUG, INFO, WARNING or ERROR"
    )

    @property
    def job_memory(self) -> int:
        """Bytes that one job may use."""
        return int(self.job_memory_gb * GB)

    @property
    def job_seconds(self) -> float:
        """Seconds that one job may take."""
        return 60 * self.job_minutes

    @property
    def opening_seconds(self) -> float:
        """Seconds that opening a model may take."""
        return 60 * self.opening_minutes

    @field_validator("home", mode="before")
    @classmethod
    def _is_given(cls, home: str | Path) -> Path:
        if not str(home).strip():
            raise ValueError
        return Path(home).absolute()

    @field_validator("hosts", mode="before")
    @classmethod
    def _in_small_letters(cls, text: str) -> tuple[str, ...]:
        names = tuple(name.strip("[]") for name in _parted(text.lower()))
        if not names or not all(map(HOST.fullmatch, names)):
            raise ValueError
        return names

    @field_validator("packages", mode="before")
    @classmethod
    def _by_commas(cls, text: str) -> tuple[str, ...]:
        names = _parted(text)
        if not all(part.isidentifier() for name in names for part in name.split(".")):
            raise ValueError
        return names

    @field_validator("log", mode="before")
    @classmethod
    def _in_capitals(cls, level: str) -> str:
        return level.upper()


def from_environment() -> Settings:
    """Reads the settings; what is not set has a default made from this machine.

    Raises:
        SettingError: one of them cannot be used; it says what can.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors()[0]
        name = str(wrong["loc"][0])
        value = os.environ.get(variable(name), "")
        found = f"“{value}”" if value.strip() else "empty"
        raise SettingError(
            f"{variable(name)} is {found}, but {Settings.model_fields[name].description} is "
            "expected. Change it, or unset it for the default."
        ) from error


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def _parted(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in text.split(","))))


def _memory_gb() -> float:
    return MEMORY_SHARE * float(psutil.virtual_memory().total) / GB
