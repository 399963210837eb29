"""data/sources/: images: a folder or zip of them, in class folders or without, or a single one."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

from optimizer.arrays import Array
from optimizer.data.boxes.annotations import find_annotations
from optimizer.data.boxes.box_labels import packed
from optimizer.data.boxes.picture_boxes import Annotations
from optimizer.data.canvas import BAR, Canvas, canvas_for
from optimizer.data.data_options import DataOptions, Role
from optimizer.data.labels import UNNAMED, Task
from optimizer.data.sources.data_format import DataFormat, data_format
from optimizer.data.sources.decode import (
    HEAD,
    Look,
    UnreadableImageError,
    begins_like_image,
    claims_to_be_image,
    decode,
    decode_mask,
)
from optimizer.data.sources.mask_folders import Pair, mask_size, pairs
from optimizer.data.sources.source import (
    ROLE_NAMES,
    Content,
    Form,
    Given,
    Part,
    Piece,
    role_of,
    rows_of_a_piece,
)
from optimizer.errors import DataError
from optimizer.files.archive import DAMAGED, DATA
from optimizer.files.members import Members, open_members, unwrapped
from optimizer.models.summary import ModelSummary
from optimizer.words import listed, one_line, reason

LARGEST_IMAGE = 256 * 2**20  # bytes of a file
LEFT_OUT = 100  # at most one in so many images may be damaged
ADVICE = "Put images of each class into a folder of its own, with the class's name"


@data_format
class Images(DataFormat):
    """Images; folders say what they show."""

    title = "images"
    accepted = (
        "one image, or many in class folders, with masks, or with boxes as COCO, YOLO or Pascal "
        "VOC have them (as a folder or zip)"
    )
    rank = 40

    def begins(self, head: bytes) -> bool:
        """See `DataFormat.begins`."""
        return begins_like_image(head[:HEAD])

    def fills(self, members: Members) -> bool:
        """See `DataFormat.fills`."""
        return any(is_image(members, name) for name in members.names)

    def open(
        self, given: Sequence[Given], summary: ModelSummary, options: DataOptions, work: Path
    ) -> Content:
        """See `Source`."""
        del work
        if len(summary.inputs) > 1:
            names = ", ".join(spec.name for spec in summary.inputs)
            raise DataError(
                f"The model takes {len(summary.inputs)} inputs ({names}), but images are one. Give "
                "an .npz with an array for each input, called by its name."
            )
        canvas = canvas_for(
            tuple(size or 1 for size in summary.inputs[0].shape[1:]), letterbox=options.letterbox
        )
        notes: list[str] = []
        groups = [group for one in given for group in _groups(one, options, notes)]
        found = _alike([group.annotations for group in groups])
        if canvas.letterbox and any(group.masks for group in groups):
            raise DataError(
                "Pictures with masks are stretched, and their masks with them: nobody says what "
                "class a letterbox's bars have. Leave the letterbox out."
            )
        decoding = _Decoding(
            canvas,
            notes,
            total=sum(len(group.names) for group in groups),
            mask=mask_size(summary, (canvas.height, canvas.width)),
            boxes=max([1, *(len(one.rows) for part in found for one in part.pictures.values())]),
            boxed=bool(found),
        )
        return Content(
            kind=_kind(groups),
            parts=tuple(decoding.part(group) for group in groups),
            notes=notes,
            class_names=found[0].names if found else (),
            boxes=bool(found),
            class_ids=found[0].ids if found else (),
            letterbox=canvas.letterbox,
        )


@dataclass(frozen=True)
class _Group:
    """Images that play one role together.

    Attributes:
        title: The name of their folder or file.
        role: None: they are dealt out.
        members: What they lie in.
        names: Their paths.
        folders: The class folder of each; empty without.
        masks: The mask of each; empty without.
        annotations: The boxes of each; None without.
    """

    title: str
    role: Role | None
    members: Members
    names: tuple[str, ...]
    folders: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    annotations: Annotations | None = None


def _kind(groups: Sequence[_Group]) -> str:
    kinds = dict.fromkeys(group.annotations.kind for group in groups if group.annotations)
    if kinds:
        return " and ".join(kinds)
    if any(group.masks for group in groups):
        return "images with masks"
    return "images in class folders" if any(group.folders for group in groups) else "images"


def is_image(members: Members, name: str) -> bool:
    """Whether a file is called like an image, or begins like one."""
    if claims_to_be_image(name):
        return True
    try:
        with members.open(name) as file:
            return begins_like_image(file.read(HEAD))
    except DAMAGED:
        return False


def _alike(parts: Sequence[Annotations | None]) -> list[Annotations]:
    """The boxes of all parts, which number their classes alike."""
    found = [part for part in parts if part]
    if found and len(found) < len(parts):
        raise DataError(
            "Some of the pictures come with boxes, others do not. Give boxes for all roles, or for "
            "none."
        )
    for part in found[1:]:
        if (part.names, part.ids) != (found[0].names, found[0].ids):
            raise DataError(
                f"The parts of the data name different classes: {listed(found[0].names)}, and "
                f"{listed(part.names)}. Give all parts the same ones, in the same order."
            )
    return found


def _groups(given: Given, options: DataOptions, notes: list[str]) -> list[_Group]:
    """The parts of one folder or zip: those in folders called train, test, …, or all."""
    path = given.path
    members = open_members(path, DATA)
    names = [name for name in members.names if is_image(members, name)]
    if not names:
        raise DataError(f"There are no images in {path.name}. {ADVICE}.")
    if options.task in {None, Task.DETECTION}:
        annotations = find_annotations(members, names, options.class_names)
        if annotations:
            notes += annotations.notes
            return _of_boxes(annotations, given, members)
    others = sorted(set(members.names) - set(names))
    if others:
        notes.append(f"{len(others):,} files are no images and were left out: {listed(others)}.")
    top = unwrapped(names)
    found = pairs(names, top)
    if found:
        return _of_pairs(found, given, members)
    inside = sorted({_folder(name, top) for name in names})
    if not all(folder.lower() in ROLE_NAMES for folder in inside):
        return [_group(path.name, given.role, members, names, top)]
    roles = {folder: role_of(folder, inside) for folder in inside}
    alone = len(set(roles.values())) == 1
    groups = []
    for folder in inside:
        below = f"{top}{folder}/"
        some = [name for name in names if name.startswith(below)]
        role = given.role or (None if alone else roles[folder])
        groups.append(_group(folder, role, members, some, below))
    return groups


def _of_pairs(found: Sequence[Pair], given: Given, members: Members) -> list[_Group]:
    """The parts of pictures with masks: those in folders called train, test, …, or all."""
    inside = sorted({pair.place[0] if pair.place else "" for pair in found})
    by_role = all(folder.lower() in ROLE_NAMES for folder in inside)
    alone = len({role_of(folder, inside) for folder in inside}) == 1 if by_role else True
    groups = []
    for folder in inside if by_role else [given.path.name]:
        some = [pair for pair in found if not by_role or pair.place[0] == folder]
        role = given.role or (None if alone else role_of(folder, inside))
        pictures, masks = (tuple(one.picture for one in some), tuple(one.mask for one in some))
        groups.append(_Group(folder, role, members, pictures, masks=masks))
    return groups


def _of_boxes(found: Annotations, given: Given, members: Members) -> list[_Group]:
    """The parts of pictures with boxes: those with a folder called train, test, … above, or all.

    COCO's folders have the year behind: train2017.
    """
    names = sorted(found.pictures)
    top = unwrapped(names)

    def part_of(name: str) -> str:
        folders = PurePosixPath(name.removeprefix(top)).parts[:-1]
        plain = (folder.lower().rstrip("0123456789") for folder in folders)
        return next((folder for folder in plain if folder in ROLE_NAMES), "")

    inside = sorted({part_of(name) for name in names})
    by_role = "" not in inside and len({role_of(one, inside) for one in inside}) > 1
    groups = []
    for part in inside if by_role else [given.path.name]:
        own = tuple(name for name in names if not by_role or part_of(name) == part)
        role = given.role or (role_of(part, inside) if by_role else None)
        groups.append(_Group(part, role, members, own, annotations=found))
    return groups


def _folder(name: str, top: str) -> str:
    """The folder below `top` that a file lies in; empty for none."""
    return name.removeprefix(top).rpartition("/")[0].partition("/")[0]


def _group(
    title: str, role: Role | None, members: Members, names: Sequence[str], top: str
) -> _Group:
    folders = [_folder(name, top) for name in names]
    classes = set(folders) - {""}
    if classes and "" in folders:
        loose = [
            name.removeprefix(top)
            for name, folder in zip(names, folders, strict=True)
            if not folder
        ]
        raise DataError(
            f"Some images lie in class folders ({listed(sorted(classes))}), others beside them "
            f"({listed(loose)}). {ADVICE}, or put all into one."
        )
    return _Group(title, role, members, tuple(names), tuple(folders) if classes else ())


@dataclass
class _Decoding:
    """Decodes the images of all parts, and notes what had to be done to them.

    Attributes:
        canvas: What they become.
        notes: Takes the sentences.
        total: All images.
        mask: Rows and columns of their masks, where there are some.
        boxes: The most boxes that a picture has, where there are some.
        boxed: Whether they have boxes.
    """

    canvas: Canvas
    notes: list[str]
    total: int
    mask: tuple[int, int]
    boxes: int = 1
    boxed: bool = False
    done: int = 0
    damaged: list[str] = field(default_factory=list)
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    grey: int = 0

    def part(self, group: _Group) -> Part:
        """The part that `group` is."""
        return Part(
            title=group.title,
            role=group.role,
            count=len(group.names),
            inputs=(Form("the images", self.canvas.shape, np.dtype(np.uint8)),),
            labels=(UNNAMED,) if group.folders or group.masks or group.annotations else (),
            pieces=lambda: self._pieces(group),
        )

    def _pieces(self, group: _Group) -> Iterator[Piece]:
        step = rows_of_a_piece(int(np.prod(self.canvas.shape)))
        folders = np.array(group.folders) if group.folders else None
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for start in range(0, len(group.names), step):
                names = group.names[start : start + step]
                pixels = np.empty((len(names), *self.canvas.shape), np.uint8)
                masks = np.empty((len(names) if group.masks else 0, *self.mask), np.uint16)
                results = pool.map(
                    lambda at, start=start, pixels=pixels, masks=masks: self._decode(
                        group, start + at, pixels[at], masks[at] if len(masks) else None
                    ),
                    range(len(names)),
                )
                looks = list(results)
                kept = np.array([self._keep(look) for look in looks])
                labels: tuple[Array, ...] = ()
                if group.annotations:
                    found = [
                        group.annotations.pictures[name].in_shares(*look.size, look.frame)
                        for name, look in zip(names, looks, strict=True)
                        if isinstance(look, Look)
                    ]
                    labels = (packed(found, self.boxes),)
                elif group.masks:
                    labels = (masks[kept],)
                elif folders is not None:
                    labels = (folders[start : start + step][kept],)
                yield Piece((pixels[kept],), labels)
        if self.done == self.total:
            self._conclude()

    def _decode(self, group: _Group, at: int, target: Array, mask: Array | None) -> Look | str:
        """Decodes one image into `target`, and its mask; what it was, or why it cannot be read."""
        name = group.names[at]
        if group.members.size(name) > LARGEST_IMAGE:
            return f"{one_line(name)} (larger than {LARGEST_IMAGE // 2**20} MB)"
        try:
            target[...], look = decode(group.members.read(name), self.canvas)
            if mask is not None:
                name = group.masks[at]
                mask[...] = decode_mask(group.members.read(name), *self.mask, look.size)
        except (UnreadableImageError, *DAMAGED) as error:
            return f"{one_line(name)} ({reason(error)})"
        return look

    def _keep(self, look: Look | str) -> bool:
        self.done += 1
        if isinstance(look, Look):
            self.sizes[look.size] += 1
            self.grey += look.grey
            return True
        self.damaged.append(look)
        if len(self.damaged) > self.total // LEFT_OUT:
            raise DataError(
                f"{len(self.damaged):,} of the first {self.done:,} images cannot be read: "
                f"{'; '.join(self.damaged[:3])}. Remove or replace what is damaged; one in "
                f"{LEFT_OUT} images would be left out."
            )
        return False

    def _conclude(self) -> None:
        """Says what became of the images."""
        canvas = self.canvas
        read = sum(self.sizes.values())
        if self.damaged:
            self.notes.append(
                f"{len(self.damaged):,} of {self.total:,} images cannot be read and were left out: "
                f"{'; '.join(self.damaged[:LEFT_OUT])}."
            )
        other = {size: n for size, n in self.sizes.items() if size != (canvas.width, canvas.height)}
        if other:
            smallest, largest = min(other, key=_area), max(other, key=_area)
            sizes = f"{smallest[0]} × {smallest[1]}"
            if smallest != largest:
                sizes += f" to {largest[0]} × {largest[1]}"
            stretched = any(w * canvas.height != h * canvas.width for w, h in other)
            how = ", which stretches some of them" if stretched else ""
            if stretched and canvas.letterbox:
                how = f" in a letterbox: in their proportions, with grey ({BAR}) beside them"
            elif stretched and self.boxed:
                how += " (detectors such as YOLO's are trained on a letterbox: --letterbox)"
            self.notes.append(
                f"{sum(other.values()):,} images of {sizes} pixels were resized to "
                f"{canvas.width} × {canvas.height}{how}."
            )
        if canvas.channels == 1 and self.grey < read:
            self.notes.append(f"{read - self.grey:,} colour images were converted to grey.")
        if canvas.channels > 1 and self.grey:
            self.notes.append(f"{self.grey:,} grey images were given equal colours.")


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]
