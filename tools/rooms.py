"""tools/: draws docs/rooms.svg from the imports in the code: python -m tools.rooms."""

import ast
import sys
from collections import Counter
from dataclasses import dataclass
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "rooms.svg"
ENGINE = "optimizer"
PACKAGES = ("pages", "dashboard", ENGINE)

# Pixels.
WIDTH, MARGIN, BOX, HEIGHT, GAP = 940, 16, 560, 44, 8
LONGEST_CAPTION = 88  # characters that fit into a box
NEAREST, FARTHEST = 24, 440  # how far the handles of an arrow's curve swing out
THINNEST, THICKER, THICKEST = 0.6, 0.09, 6.0  # an arrow, for each import, at most
FAINTEST = 0.3  # opacity of the thinnest arrow

STYLE = """
text { font-family: system-ui, sans-serif; fill: #1b2430; }
.name { font-size: 15px; font-weight: 600; }
.caption, .inside, .note { font-size: 11.5px; fill: #5c6873; }
.box { fill: #f3f5f6; stroke: #c3cbd2; }
.page { fill: #e3f1ef; }
.arrow { fill: none; stroke: #0f766e; }
.head { fill: #0f766e; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6eaee; }
  .caption, .inside, .note { fill: #9aa6b1; }
  .box { fill: #1b222b; stroke: #46525e; }
  .page { fill: #15302e; }
  .arrow { stroke: #2dbdae; }
  .head { fill: #2dbdae; }
}
"""


@dataclass(frozen=True)
class Rooms:
    """The rooms and who imports whom.

    Attributes:
        order: Every room but those of the ground floor, importers before what they import.
        ground: Files that import nothing but each other; nearly every room imports them.
        imports: For a pair of rooms, importer first, in how many places it does.
    """

    order: tuple[str, ...]
    ground: tuple[str, ...]
    imports: dict[tuple[str, str], int]


def find_rooms() -> Rooms:
    """Reads the imports of the whole code, those inside functions too."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imports: Counter[tuple[str, str]] = Counter()
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            pair = _room_of(importer), _room_of(imported)
            if pair[0] != pair[1]:
                imports[pair] += len(graph.get_import_details(importer=importer, imported=imported))
    rooms = {_room_of(module) for module in graph.modules}
    rooms -= {ENGINE} - {name for pair in imports for name in pair}  # the face of the engine
    ground = _ground(rooms, imports)
    shown = {pair: count for pair, count in imports.items() if not set(pair) & ground}
    order = sorted(rooms - ground, key=lambda room: (-_height(room, shown), room))
    return Rooms(tuple(order), tuple(sorted(ground)), shown)


def draw(rooms: Rooms) -> str:
    """The picture as SVG: a box a room, and an arrow from who imports to what is imported."""
    top = {room: MARGIN + place * (HEIGHT + GAP) for place, room in enumerate(rooms.order)}
    bottom = MARGIN + len(rooms.order) * (HEIGHT + GAP)
    height = bottom + HEIGHT + 2 * MARGIN + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}">',
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
        '<path class="head" d="M0 0 8 4 0 8z"/></marker></defs>',
        *(_arrow(pair, count, top) for pair, count in sorted(rooms.imports.items())),
        *(_box(room, y) for room, y in top.items()),
        _ground_boxes(rooms.ground, bottom),
        f'<text class="note" x="{MARGIN}" y="{height - 10}">An arrow goes from a room to one that '
        "it imports from; the more imports, the thicker. Arrows to the last row, from which nearly "
        "all import, are left out.</text>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _room_of(module: str) -> str:
    package, _, rest = module.partition(".")
    return f"{ENGINE}.{rest.partition('.')[0]}" if package == ENGINE and rest else package


def _ground(rooms: set[str], imports: Counter[tuple[str, str]]) -> set[str]:
    """The files (no folders) that import nothing but each other."""
    files = {room for room in rooms if _source(room).name != "__init__.py"}
    while higher := {a for a, b in imports if a in files and b not in files}:
        files -= higher
    return files


def _height(room: str, imports: dict[tuple[str, str], int]) -> int:
    """The longest way down from a room; rooms import in no circles."""
    below = [imported for importer, imported in imports if importer == room]
    return max((1 + _height(each, imports) for each in below), default=0)


def _source(room: str) -> Path:
    path = ROOT / room.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _caption(room: str) -> str:
    """What its docstring says in the first line, without the room's name before it."""
    docstring = ast.get_docstring(ast.parse(_source(room).read_text())) or ""
    _, _, text = docstring.partition("\n")[0].partition(": ")
    text = text.replace("`", "")
    return text if len(text) <= LONGEST_CAPTION else f"{text[:LONGEST_CAPTION].rstrip()}…"


def _inside(room: str) -> str:
    """The folders within it."""
    found = sorted(path.parent.name for path in _source(room).parent.glob("*/__init__.py"))
    return " · ".join(found) if _source(room).name == "__init__.py" and room != ENGINE else ""


def _title(room: str) -> str:
    name = room.removeprefix(f"{ENGINE}.")
    return f"{name}/" if _source(room).name == "__init__.py" else f"{name}.py"


def _box(room: str, y: int) -> str:
    kind = "box" if room.startswith(ENGINE) else "box page"
    return (
        f'<rect class="{kind}" x="{MARGIN}" y="{y}" width="{BOX}" height="{HEIGHT}" rx="6"/>'
        f'<text x="{MARGIN + 12}" y="{y + 19}"><tspan class="name">{_title(room)}</tspan>'
        f'<tspan class="inside" dx="10">{escape(_inside(room))}</tspan></text>'
        f'<text class="caption" x="{MARGIN + 12}" y="{y + 36}">{escape(_caption(room))}</text>'
    )


def _ground_boxes(rooms: tuple[str, ...], y: int) -> str:
    width = (WIDTH - 2 * MARGIN - GAP * (len(rooms) - 1)) // len(rooms)
    return "\n".join(
        f'<rect class="box" x="{x}" y="{y}" width="{width}" height="{HEIGHT}" rx="6"/>'
        f'<text class="name" x="{x + 12}" y="{y + 27}">{_title(room)}</text>'
        for room, x in zip(rooms, range(MARGIN, WIDTH, width + GAP), strict=False)
    )


def _arrow(pair: tuple[str, str], count: int, top: dict[str, int]) -> str:
    start, end = top[pair[0]] + HEIGHT * 2 // 3, top[pair[1]] + HEIGHT // 3
    x = MARGIN + BOX
    reach = x + NEAREST + (FARTHEST - NEAREST) * abs(end - start) / max(1, *top.values())
    thick = min(THICKEST, THINNEST + THICKER * count)
    opacity = FAINTEST + (0.8 - FAINTEST) * thick / THICKEST
    title = f"{_title(pair[0])} → {_title(pair[1])}: {count} import{'s' if count > 1 else ''}"
    curve = f"M{x} {start}C{reach:.0f} {start} {reach:.0f} {end} {x} {end}"
    return (
        f'<path class="arrow" marker-end="url(#head)" stroke-width="{thick:.1f}" '
        f'stroke-opacity="{opacity:.2f}" d="{curve}">'
        f"<title>{title}</title></path>"
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(find_rooms()), encoding="utf-8")
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)} is drawn.\n")
