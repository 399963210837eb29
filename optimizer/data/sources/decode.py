"""data/sources/: one image file as the model takes it."""

import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from optimizer.data.canvas import BAR, WHOLE, Canvas, Frame
from optimizer.data.position_labels import nearest
from optimizer.files.archive import DATA

FORMATS = ("JPEG", "MPO", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "JPEG2000", "AVIF")
"""Formats that are only pixels; Pillow would hand others, such as EPS, to other programs."""

SUFFIXES = {
    ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff",
    ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".avif",
}  # fmt: skip
MAGIC = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|BM.{4}\0{4}|II\*\0|MM\0\*|P[1-6][\n ]|RIFF.{4}WEBP|"
    rb"\0\0\0\x0cjP|.{4}ftypavi[fs]",
    re.DOTALL,
)
HEAD = 16
MOST_PIXELS = 100_000_000
LARGE, BYTES = 2**24, 3  # pixels from which on one image at a time is decoded; bytes of a pixel
Image.MAX_IMAGE_PIXELS = MOST_PIXELS  # from which on Pillow itself warns
MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # by channels
OVERSAMPLED = 2  # a JPEG is decoded at no less than this multiple of the size that is wanted


_alone = threading.Lock()


class UnreadableImageError(Exception):
    """An image cannot be decoded; the message says why, in a phrase."""


@dataclass(frozen=True)
class Look:
    """What an image was before it became a sample.

    Attributes:
        size: Width and height in pixels.
        grey: Whether it had no colours.
        frame: Where it lies in the sample.
    """

    size: tuple[int, int]
    grey: bool
    frame: Frame = WHOLE


def claims_to_be_image(name: str) -> bool:
    """Whether a file is called like an image."""
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def begins_like_image(head: bytes) -> bool:
    """Whether the first `HEAD` bytes of a file are an image's."""
    return MAGIC.match(head) is not None


def decode(content: bytes, canvas: Canvas) -> tuple[npt.NDArray[np.uint8], Look]:
    """Decodes an image: turned upright, in the colours and the size of `canvas`.

    It is stretched to the size, or put into a letterbox (bilinear, with antialiasing). Opacity that
    the model does not take is dropped, as Keras and TensorFlow do it.

    Returns:
        uint8 of shape `canvas.shape`.

    Raises:
        UnreadableImageError: it is damaged, too large or of another format.
    """
    with _opened(content) as image:
        raw, grey = image.size, image.mode in {"1", "L", "LA", "I", "I;16", "I;16B", "F"}
        most = OVERSAMPLED * max(canvas.height, canvas.width)
        image.draft(None, (most, most))  # JPEG only: decodes large photos at half the size
        with _alone if image.width * image.height > LARGE else nullcontext():
            upright = ImageOps.exif_transpose(image)
            coloured = _in_mode(upright, MODES[canvas.channels])
            turned = (upright.width < upright.height) != (image.width < image.height)
            own = (raw[1], raw[0]) if turned else raw  # a draft is smaller
            left, top, *size = canvas.place(*own)
            if coloured.size != tuple(size):
                coloured = coloured.resize((size[0], size[1]), Image.Resampling.BILINEAR)
            fitted = np.asarray(coloured, np.uint8).reshape(size[1], size[0], canvas.channels)
    pixels = np.full((canvas.height, canvas.width, canvas.channels), BAR, np.uint8)
    pixels[top : top + size[1], left : left + size[0]] = fitted
    return canvas.arrange(pixels), Look(raw, grey, canvas.frame(*own))


def decode_mask(
    content: bytes, rows: int, columns: int, picture: tuple[int, int]
) -> npt.NDArray[np.uint16]:
    """Decodes a picture whose pixels are class numbers, of one channel or of a palette.

    Args:
        content: The file.
        rows, columns: What it becomes; each pixel takes the nearest one's class.
        picture: Width and height of the picture that it belongs to.

    Returns:
        Shape (rows, columns).

    Raises:
        UnreadableImageError: it is damaged, has another size than its picture, or holds colours.
    """
    with _opened(content) as image:
        if image.format == "JPEG":
            raise UnreadableImageError("a JPEG changes class numbers; save masks as PNG")
        if image.size != picture:
            raise UnreadableImageError(
                f"the mask has {image.width} × {image.height} pixels, its picture "
                f"{picture[0]} × {picture[1]}"
            )
        if image.mode in {"1", "L", "P", "I", "I;16", "I;16B"}:
            classes = np.asarray(image)
        else:
            colours = np.asarray(image.convert("RGB"))
            classes = colours[..., 0]
            if (colours != classes[..., None]).any():
                raise UnreadableImageError(
                    "the mask holds colours; save it with one channel, of class numbers"
                )
    if classes.min() < 0 or classes.max() > np.iinfo(np.uint16).max:
        raise UnreadableImageError("the mask holds numbers of more than 16 bits")
    return nearest(classes, (rows, columns)).astype(np.uint16)


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """An image, whose header says no more than what fits; whatever its decoder raises is said."""
    try:
        with Image.open(io.BytesIO(content), formats=_formats()) as image:
            _check_size(image, len(content))
            yield image
    except UnreadableImageError:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableImageError("not an image that can be read") from error
    # Pillow's decoders raise nearly anything on wrong bytes.
    except Exception as error:
        raise UnreadableImageError(
            str(error).partition("\n")[0][:80] or type(error).__name__
        ) from (error)


def _check_size(image: Image.Image, packed: int) -> None:
    """By what the header says, before any pixel is in memory."""
    pixels = image.width * image.height
    size = f"{image.width} × {image.height} pixels"
    if pixels > MOST_PIXELS:
        raise UnreadableImageError(f"{size} are too many")
    if pixels > LARGE and BYTES * pixels > DATA.ratio * packed:
        raise UnreadableImageError(f"{size} in {packed:,} bytes: it is all but empty")


@cache
def _formats() -> list[str]:
    """Those of `FORMATS` that this build of Pillow can read."""
    Image.init()  # without it Pillow knows only the five most frequent ones yet
    return [name for name in FORMATS if name in Image.OPEN]


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    if image.mode == "F":
        raise UnreadableImageError("its pixels are fractions; save them in an .npz")
    if image.mode.startswith("I"):  # 16 bits, which Pillow's own conversion would clip at 255
        deep = np.asarray(image, np.int64)
        if deep.min() < 0 or deep.max() > 65_535:
            raise UnreadableImageError("its pixels have more than 16 bits")
        image = Image.fromarray((deep // 257).astype(np.uint8))
    if image.mode in {"P", "PA"}:  # through all that a palette can hold
        image = image.convert("RGBA")
    return image if image.mode == mode else image.convert(mode)
