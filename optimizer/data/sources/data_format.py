"""data/sources/: what a form of data is, and how one is registered."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from optimizer.data.data_options import DataOptions
from optimizer.data.sources.source import Content, Given
from optimizer.errors import DataError
from optimizer.files.members import Members
from optimizer.models.summary import ModelSummary
from optimizer.registry import Registry
from optimizer.words import either


class DataFormat:
    """A form in which data come; `open` is its `Source`.

    Class attributes:
        title: What messages call it: "NumPy arrays".
        accepted: What can be uploaded in this form: "an .npz or .npy of NumPy arrays".
        rank: Its place among all; the first that a file fits has it.
        alone: Ends of names: a zip or folder with just one such file stands for that file.
    """

    title: ClassVar[str]
    accepted: ClassVar[str]
    rank: ClassVar[int]
    alone: ClassVar[tuple[str, ...]] = ()

    def begins(self, head: bytes) -> bool:  # noqa: ARG002
        """Whether a file with these first bytes, 8 KB at most, is of this form."""
        return False

    def fills(self, members: Members) -> bool:  # noqa: ARG002
        """Whether a zip or folder is of this form as a whole."""
        return False

    def open(
        self, given: Sequence[Given], summary: ModelSummary, options: DataOptions, work: Path
    ) -> Content:
        """See `Source`."""
        raise NotImplementedError


Kind = TypeVar("Kind", bound=type[DataFormat])
DATA_FORMATS: Registry[DataFormat] = Registry("form of data", DataError)
"""Every form of data by its title."""


def data_format(kind: Kind) -> Kind:
    """Registers a form of data.

    To add one, put a file into this folder with a subclass of `DataFormat`, decorated with this. It
    is told from what is in a file (`begins`) or in a zip or folder (`fills`), never from its name.
    """
    DATA_FORMATS.add(kind.title, kind(), kind.rank)
    return kind


def accepted() -> str:
    """All that can be uploaded, in words."""
    return either([form.accepted for form in DATA_FORMATS.values()])
