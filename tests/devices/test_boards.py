"""tests of devices/: the table of boards, and what has room on them."""

import csv
import re
from itertools import groupby

import pytest

from optimizer.devices.boards import KIB, TABLE, boards, find_boards, fits
from optimizer.errors import DeviceError
from optimizer.export.estimate_lines import room_in_words
from tests.refused import refused

COMPARED = re.compile(r"[\w()+-]+\.(c|dtsi|h|json|ld|md|rst|txt|xml|yaml|yml)\b")
# Where chips have RAM for data, as the makers' CMSIS packs list it: address and KiB.
MAPS = {
    "STM32H743ZI": (
        (0x0, 64), (0x20000000, 128), (0x24000000, 512), (0x30000000, 128), (0x30020000, 128),
        (0x30040000, 32), (0x38000000, 64),
    ),
    "STM32H723ZG": (
        (0x0, 64), (0x20000000, 128), (0x24000000, 320), (0x30000000, 16), (0x30004000, 16),
        (0x38000000, 16),
    ),
    "STM32F429ZI": ((0x10000000, 64), (0x20000000, 192)),
    "STM32F746NG": ((0x20000000, 64), (0x20010000, 256)),
    "STM32G474RE": ((0x20000000, 80), (0x20014000, 16), (0x20018000, 32)),
    "STM32L476RG": ((0x10000000, 32), (0x20000000, 96)),
    "STM32U575ZI": ((0x20000000, 192), (0x20030000, 64), (0x20040000, 512)),
    "LPC55S69": ((0x4000000, 32), (0x20000000, 256), (0x20040000, 16), (0x40100000, 16)),
    "MCXN947": ((0x4000000, 96), (0x20000000, 384), (0x20060000, 32)),
    "RA8M1": ((0x0, 64), (0x20000000, 64), (0x22000000, 896)),
    "nRF5340": ((0x20000000, 256), (0x20040000, 256)),
}  # fmt: skip


def test_there_are_at_least_thirty_and_each_was_compared_with_a_file() -> None:
    found = boards()
    assert len(found) >= 30
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert COMPARED.search(one.source), f"{one.name} names no file"
        assert not re.search(r"https?:|(^|\s)/", one.source), "no address, no path of a machine"
        assert 16 <= one.clock_mhz <= 1000
        assert 32 * KIB <= one.flash_bytes <= 16 * 1024 * KIB
        assert 16 * KIB <= one.arena_bytes <= one.ram_bytes <= 4 * 1024 * KIB
        assert one.arena_in
        assert one.arena_bytes == one.ram_bytes or not one.arena_in.startswith("all of it")
    with TABLE.open(newline="") as table:
        assert {len(row) for row in csv.reader(table)} == {9}


def test_boards_with_one_chip_agree_on_it() -> None:
    by_chip = groupby(sorted(boards(), key=lambda one: one.chip), key=lambda one: one.chip)
    for chip, group in by_chip:
        same = {(one.core, one.clock_mhz, one.ram_bytes, one.arena_bytes) for one in group}
        assert len(same) == 1, chip


@pytest.mark.parametrize("chip", MAPS)
def test_the_arena_is_the_largest_block_of_the_chips_memory_map(chip: str) -> None:
    largest, size, end = 0, 0, None
    for start, kib in MAPS[chip]:
        size = size + kib if start == end else kib
        end = start + kib * KIB
        largest = max(largest, size)
    assert {one.arena_bytes for one in boards() if one.chip == chip} == {largest * KIB}


def test_more_ram_in_several_pieces_does_not_help() -> None:
    [nucleo] = find_boards("Nucleo-H743ZI")
    arena = 512 * 1024 + 16
    assert nucleo.ram_bytes > arena
    [found] = fits(1, arena, [nucleo])
    assert not found.fits
    assert found.ram_left == -16
    assert room_in_words([found]).endswith("and 16 B of RAM in one piece missing")


def test_a_file_fits_to_the_byte() -> None:
    [pico] = find_boards("pico 2")
    flash, ram = 4096 * 1024, 520 * 1024
    assert (pico.flash_bytes, pico.ram_bytes, pico.arena_bytes) == (flash, ram, ram)
    for size, arena, expected in (
        (flash, ram, (True, 0, 0)),
        (flash + 1, ram, (False, -1, 0)),
        (flash - 5, ram + 7, (False, 5, -7)),
    ):
        [found] = fits(size, arena, [pico])
        assert (found.fits, found.flash_left, found.ram_left) == expected


@pytest.mark.parametrize("words", ["nrf52840", "NANO 33"])
def test_a_board_is_found_by_its_chip_or_name(words: str) -> None:
    assert "Arduino Nano 33 BLE Sense" in [one.name for one in find_boards(words)]


def test_one_that_is_not_there_is_refused_with_those_that_are() -> None:
    with refused(DeviceError, "VAX", "Arduino Nano 33 BLE Sense"):
        find_boards("VAX")
