"""export/kits/: what a kit is, and how one is registered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from optimizer.errors import StudyError
from optimizer.export.kits.contents import Contents
from optimizer.registry import Registry

Files = Mapping[str, bytes | str]
"""What lies in a kit, by its path inside, with slashes."""


class Make(Protocol):
    """Makes the files of a kit."""

    def __call__(self, contents: Contents, /) -> Files:
        """All files of the kit but those that every kit has, see `write_kit`.

        Raises:
            StudyError: the file cannot run on such a target; the message says why.
        """


@dataclass(frozen=True)
class Kit:
    """A kind of target that a file can leave for.

    Attributes:
        name: What `--for` takes.
        title: What people call it.
        summary: What the kit holds, in a sentence.
        checked: What of such kits is compiled and run by Liteweigh's own tests, and what is not,
            in a sentence or two; it stands in the kit.
        run: How to try the test vectors, a line for a shell each; empty where a board is needed.
        assets: The folder inside, with a slash behind it, where the file, `model.json` and labels
            lie; empty: beside the page.
        in_micro: Whether its vectors run in TFLite Micro.
        make: Makes its files.
    """

    name: str
    title: str
    summary: str
    checked: str
    run: tuple[str, ...]
    assets: str
    in_micro: bool
    make: Make


KITS: Registry[Kit] = Registry("kit for", StudyError)
"""Every kit by the name of its target, in the order in which people see them."""


def kit(
    name: str,
    title: str,
    *,
    rank: int,
    summary: str,
    checked: str,
    run: tuple[str, ...] = (),
    assets: str = "",
    in_micro: bool = False,
) -> Callable[[Make], Make]:
    """Registers what makes the kits of a target.

    To add one, put a file into this folder with a function from `Contents` to the files of the kit
    (`Make`), decorated with this. What is the same in all such kits lies in a folder of `carried`,
    as it leaves; what is of one study stands in `model.json`, so that no text of others gets into
    code. Whoever must write one into code quotes it by `texts`.
    """

    def register(make: Make) -> Make:
        KITS.add(name, Kit(name, title, summary, checked, run, assets, in_micro, make), rank)
        return make

    return register
