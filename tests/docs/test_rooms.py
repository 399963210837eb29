"""tests of docs/: the picture of the rooms shows those that there are."""

import re

from tools.rooms import PICTURE, draw, find_rooms


def test_the_picture_has_every_room_and_no_other() -> None:
    assert _names(PICTURE.read_text()) == _names(draw(find_rooms())), "run `make docs`"


def test_the_picture_has_every_arrow_and_no_other() -> None:
    assert _arrows(PICTURE.read_text()) == _arrows(draw(find_rooms())), "run `make docs`"


def test_who_imports_stands_above_what_is_imported() -> None:
    rooms = find_rooms()
    place = {room: at for at, room in enumerate(rooms.order)}
    assert rooms.imports
    assert all(place[importer] < place[imported] for importer, imported in rooms.imports)


def _names(picture: str) -> set[str]:
    return set(re.findall(r'class="name"[^>]*>([^<]+)<', picture))


def _arrows(picture: str) -> set[str]:
    """From where and to where, however many imports there are."""
    return set(re.findall(r"<title>([^:]+):", picture))
