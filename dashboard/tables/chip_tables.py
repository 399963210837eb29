"""dashboard/tables/: what variants need on chips that are not here."""

from collections.abc import Sequence

import pandas as pd

from dashboard.tables.exportable import exportable
from optimizer.devices.boards import Board, Fit, boards
from optimizer.export import numbers
from optimizer.export.estimate_lines import cannot_run
from optimizer.store.estimates import estimate_of, fits_of
from optimizer.store.records import StudyIndex


@exportable
def needs(index: StudyIndex) -> pd.DataFrame:
    """A row for each variant that was tried: its file, arena, boards with room, Ethos-U."""
    rows = []
    for variant in index.variants:
        found = estimate_of(index, variant)
        if found is None:
            continue
        micro, room = found.micro, fits_of(variant, found, boards())
        row: dict[str, object] = {
            "Recipe": variant.recipe,
            "File": numbers.size(variant.size_bytes),
            "Arena": numbers.size(micro.arena_bytes if micro else None),
            "Activations alone": numbers.size(micro.head_bytes if micro else None),
            "Boards": f"{sum(one.fits for one in room)} of {len(room)}" if room else numbers.NONE,
        }
        for one in found.npus:
            row[one.accelerator] = numbers.milliseconds(one.milliseconds)
        if micro and micro.reason:
            row["Why not"] = f"{micro.reason}{cannot_run(found)}"
        rows.append(row)
    return pd.DataFrame(rows).fillna("")


@exportable
def room(fits: Sequence[Fit]) -> pd.DataFrame:
    """A row for each board: what the file leaves of its flash, and the arena of its RAM."""
    return pd.DataFrame(
        {
            "Board": [one.board.name for one in fits],
            "Fits": ["yes" if one.fits else "no" for one in fits],
            "Flash left": [_left(one.flash_left) for one in fits],
            "RAM left": [_left(one.ram_left) for one in fits],
            "RAM in one piece": [_block(one.board) for one in fits],
            "Chip": [one.board.chip for one in fits],
            "Core": [f"{one.board.core}, {one.board.clock_mhz} MHz" for one in fits],
            "Source": [one.board.source for one in fits],
        }
    )


def _block(board: Board) -> str:
    """`524 KB of 1.08 MB: AXI SRAM`, or only the size where it is all."""
    block = numbers.size(board.arena_bytes)
    if board.arena_bytes == board.ram_bytes:
        return block
    return f"{block} of {numbers.size(board.ram_bytes)}: {board.arena_in}"


def _left(count: int) -> str:
    """`187 KB`, or `−12.3 KB` where so much is missing."""
    return numbers.size(count) if count >= 0 else f"−{numbers.size(-count)}"
