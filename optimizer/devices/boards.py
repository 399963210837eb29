"""devices/: boards with microcontrollers, and whether a file and its arena have room on them.

`boards.csv` has a board a line, with the published files that it was compared with: the program
memory that holds the file, the RAM of the chip, and the largest block of that in one piece, for an
arena is one array. A chip's RAM is often several memories at addresses far apart.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from optimizer.errors import DeviceError
from optimizer.words import listed

TABLE = Path(__file__).with_name("boards.csv")
KIB = 1024
RULE = (
    "The file against the flash, the arena against the largest block of RAM in one piece, by the "
    "published files named beside each board. "
    "What the program, its stack and a system such as Wi-Fi take is not counted."
)


@dataclass(frozen=True)
class Board:
    """A board, or a module.

    Attributes:
        name: What its maker calls it.
        chip: Its microcontroller.
        core: The kind of the core that would run the network.
        clock_mhz: Its highest clock.
        flash_bytes: Program memory, in the chip or beside it.
        ram_bytes: Of the chip; memory that is soldered beside it is not counted.
        arena_bytes: The largest block of that in one piece that the core can use for data.
        arena_in: Which block that is.
        source: The files that this was compared with.
    """

    name: str
    chip: str
    core: str
    clock_mhz: int
    flash_bytes: int
    ram_bytes: int
    arena_bytes: int
    arena_in: str
    source: str


@dataclass(frozen=True)
class Fit:
    """Whether a file has room on a board.

    Attributes:
        board: The board.
        flash_left: Bytes of flash that the file leaves; below 0 so many are missing.
        ram_left: Bytes of the largest block of RAM that the arena leaves; below 0 missing.
    """

    board: Board
    flash_left: int
    ram_left: int

    @property
    def fits(self) -> bool:
        """Whether both have room."""
        return self.flash_left >= 0 and self.ram_left >= 0


@lru_cache(maxsize=1)
def boards() -> tuple[Board, ...]:
    """All of the table, in its order."""
    with TABLE.open(newline="", encoding="utf-8") as table:
        return tuple(
            Board(
                name=row["name"],
                chip=row["chip"],
                core=row["core"],
                clock_mhz=int(row["clock_mhz"]),
                flash_bytes=KIB * int(row["flash_kib"]),
                ram_bytes=KIB * int(row["ram_kib"]),
                arena_bytes=KIB * int(row["arena_kib"]),
                arena_in=row["arena_in"],
                source=row["source"],
            )
            for row in csv.DictReader(table)
        )


def find_boards(name: str) -> tuple[Board, ...]:
    """Those whose name or chip has these words in it; all for none.

    Raises:
        DeviceError: there is none.
    """
    wanted = name.casefold().strip()
    found = tuple(one for one in boards() if wanted in f"{one.name} {one.chip}".casefold())
    if not found:
        raise DeviceError(
            f"No board of the table is called “{name}”. There are "
            f"{listed([one.name for one in boards()])}."
        )
    return found


def fits(size_bytes: int, arena_bytes: int, among: Iterable[Board]) -> tuple[Fit, ...]:
    """Whether a file has room on each of some boards, see `RULE`.

    Args:
        size_bytes: Of the file.
        arena_bytes: That it needs.
        among: The boards.
    """
    return tuple(
        Fit(one, one.flash_bytes - size_bytes, one.arena_bytes - arena_bytes) for one in among
    )
