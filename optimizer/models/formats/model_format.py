"""models/formats/: what a form of models is, and how one is registered."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from optimizer.errors import ModelError
from optimizer.files.archive import MODEL
from optimizer.files.members import Members, link_or_copy, open_members
from optimizer.models.open_options import OpenOptions
from optimizer.models.opened.interface import Opened
from optimizer.registry import Registry
from optimizer.words import either


class ModelFormat:
    """A form in which models come: how one is told from its content, kept and opened.

    Class attributes:
        title: What the page calls it; of Keras's own after “Keras 2” or “Keras 3”.
        accepted: What can be uploaded in this form: "a SavedModel as zip or folder".
        rank: Its place among all; the first that a file fits has it.
        suffix: Of the file that a study keeps.
        ready: Whether it is a `.tflite` as it comes, which only the LiteRT Quantizer can work on.
    """

    title: ClassVar[str]
    accepted: ClassVar[str]
    rank: ClassVar[int]
    suffix: ClassVar[str]
    ready: ClassVar[bool] = False

    def begins(self, head: bytes) -> bool:  # noqa: ARG002
        """Whether a file with these first bytes, 256 at most, is a whole model of this form."""
        return False

    def in_file(self, path: Path, head: bytes) -> "Recognised | None":  # noqa: ARG002
        """What the file at `path` is, which begins with `head`; None where it is not of this form.

        Raises:
            ModelError: it is only a part of a model of this form, or damaged.
        """
        return None

    def in_members(
        self,
        members: Members,  # noqa: ARG002
        heads: Mapping[str, bytes],  # noqa: ARG002
    ) -> "Recognised | None":
        """What a zip or folder is of which several files are one model; None likewise.

        Args:
            members: Its files.
            heads: Their first bytes.

        Raises:
            ModelError: it holds several models of this form, or they are damaged.
        """
        return None

    def store(self, source: Path, recognised: "Recognised", target: Path) -> Path:
        """Puts a model where its library can open it; returns the file or folder.

        Args:
            source: What the user brought.
            recognised: What that is.
            target: Where it goes, without a suffix.
        """
        target = target.with_suffix(self.suffix)
        if recognised.root:
            return open_members(source, MODEL).copy(recognised.root, target)
        link_or_copy(source, target)
        return target

    def open(self, path: Path, recognised: "Recognised", options: OpenOptions) -> Opened:
        """Opens what `store` left. Workers only.

        Raises:
            UndecidedModelError: the user has to decide something first.
            ModelError: it holds foreign code, or its library cannot rebuild it.
        """
        raise NotImplementedError

    def compiled(self, path: Path, recognised: "Recognised") -> Any:  # noqa: ARG002
        """What the file says of how the model was compiled, as Keras wrote it; empty if nothing."""
        return (recognised.config or {}).get("compile_config") or {}


@dataclass(frozen=True)
class Recognised:
    """What a file turned out to be.

    Attributes:
        format: The form, told from the content.
        keras: The generation of Keras that has to open it, 2 or 3; None without Keras layers.
        version: The Keras version that wrote it; empty where the file does not say.
        config: The model's JSON config, which says what would be executed; None without Keras
            layers.
        root: In a zip or folder: for a SavedModel the folder inside of it, otherwise the model's
            file; empty for the zip or folder itself.
        weights: For a model.json the file beside it that has the weights.
    """

    format: ModelFormat
    keras: int | None = None
    version: str = ""
    config: dict[str, Any] | None = None
    root: str = ""
    weights: str = ""

    @property
    def title(self) -> str:
        """The format as the page shows it."""
        return f"Keras {self.keras} {self.format.title}" if self.keras else self.format.title


Kind = TypeVar("Kind", bound=type[ModelFormat])
MODEL_FORMATS: Registry[ModelFormat] = Registry("form of models", ModelError)
"""Every form of models by its title."""


def model_format(kind: Kind) -> Kind:
    """Registers a form of models.

    To add one, put a file into this folder with a subclass of `ModelFormat`, decorated with this.
    It is told from its content (`in_file`, or `in_members` where several files are one model),
    never from its name, and nothing of it may be executed there. What `open` returns, see `Opened`,
    imports TensorFlow and stands in `models/opened/`; it is imported inside of `open`.
    """
    MODEL_FORMATS.add(kind.title, kind(), kind.rank)
    return kind


def accepted() -> str:
    """All that can be uploaded, in words."""
    return either([form.accepted for form in MODEL_FORMATS.values()])
