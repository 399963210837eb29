"""tests of devices/: the table of boards, and what has room on them."""

import csv

import pytest

from optimizer.devices.boards import KIB, TABLE, boards, find_boards, fits
from optimizer.errors import DeviceError
from tests.refused import refused


def test_there_are_at_least_thirty_and_each_has_its_source() -> None:
    found = boards()
    assert len(found) >= 30
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert one.source
        assert 16 <= one.clock_mhz <= 1000
        assert 32 * KIB <= one.flash_bytes <= 16 * 1024 * KIB
        assert 16 * KIB <= one.ram_bytes <= 4 * 1024 * KIB
    with TABLE.open(newline="") as table:
        assert {len(row) for row in csv.reader(table)} == {7}


def test_a_file_fits_to_the_byte() -> None:
    [pico] = find_boards("pico 2")
    flash, ram = 4096 * 1024, 520 * 1024
    assert (pico.flash_bytes, pico.ram_bytes) == (flash, ram)
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
