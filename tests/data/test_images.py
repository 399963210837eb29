"""tests of data/: images as people have them, made by Pillow."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from optimizer.data.canvas import canvas_for
from optimizer.data.data_options import DataFiles
from optimizer.data.labels import Task
from optimizer.errors import DataError
from tests.archives import zip_folder
from tests.data.conftest import Reader, gathered
from tests.refused import refused
from tests.summaries import summary

GREY = summary((8, 8, 1))


def save(path: Path, colour: Any, *, size: tuple[int, int] = (8, 8), mode: str = "RGB") -> Path:
    """An image of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)
    return path


def class_folders(folder: Path, *classes: str, each: int = 4, suffix: str = ".png") -> Path:
    """Images in class folders, whose brightness is ten times the place of their class."""
    for place, name in enumerate(classes):
        for number in range(each):
            save(folder / name / f"{number}{suffix}", (10 * place,) * 3)
    return folder


def brightness(reader: Reader, record: Any) -> Any:
    """The brightness of each image."""
    return gathered(reader.opened(record))[0].mean((1, 2, 3))


# ---- folders ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["folder", "zip", "zip with a folder in it", "mac zip"])
def test_class_folders_are_the_labels(reader: Reader, tmp_path: Path, form: str) -> None:
    path = class_folders(tmp_path / "animals", "dog", "ant", "cat")
    (path / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    if form == "mac zip":
        save(path / "__MACOSX" / "dog" / "._0.png", (9, 9, 9))
    if form != "folder":
        path = zip_folder(path, tmp_path / "a.zip", "animals/" if "folder" in form else "")
    record = reader.read_file(summary(), path)
    assert record.kind == "images in class folders"
    assert (record.task, record.count) == (Task.CLASSIFICATION, 12)
    assert record.class_names == ("ant", "cat", "dog")
    assert record.class_counts == (4, 4, 4)
    x, y = gathered(reader.opened(record))
    assert np.array_equal(x.mean((1, 2, 3)), np.array([10, 20, 0])[y])
    assert (record.dtype, record.low, record.high) == ("uint8", 0, 20)


@pytest.mark.parametrize("wrap", ["", "data/"])
def test_train_and_test_folders_are_roles(reader: Reader, tmp_path: Path, wrap: str) -> None:
    root = tmp_path / "root"
    class_folders(root / wrap / "Train", "ant", "cat", "dog", each=10)
    class_folders(root / wrap / "test", "cat", "dog", each=3)
    class_folders(root / wrap / "val", "cat", each=2)
    record = reader.read_file(summary(), root)
    assert (record.evaluation, record.tuning) == (6, 2)
    assert record.class_names == ("ant", "cat", "dog")
    dataset = reader.opened(record)
    # Which class a folder is does not depend on which others lie beside it.
    expected = dataset.samples("evaluation", "none").batch(0, 9)[0].mean((1, 2, 3)) / 10 + 1
    assert np.array_equal(np.asarray(dataset.labels("evaluation")), expected)


def test_images_without_class_folders_have_no_labels(reader: Reader, tmp_path: Path) -> None:
    for number in range(5):
        save(tmp_path / "photos" / f"{number}.png", (number,) * 3)
    path = zip_folder(tmp_path / "photos", tmp_path / "photos.zip", "photos/")
    record = reader.read_file(summary(), path)
    assert (record.kind, record.task, record.count) == ("images", Task.UNLABELLED, 5)
    assert brightness(reader, record).tolist() == [0, 1, 2, 3, 4]


def test_a_single_image_is_a_dataset(reader: Reader, tmp_path: Path) -> None:
    record = reader.read_file(summary(), save(tmp_path / "one.png", (7, 7, 7)))
    assert (record.count, record.evaluation, record.kind) == (1, 1, "images")
    assert brightness(reader, record).tolist() == [7]


def test_other_files_beside_the_images_are_named_and_left_out(
    reader: Reader, tmp_path: Path
) -> None:
    path = class_folders(tmp_path / "a", "ant", "cat", "dog")
    (path / "README.txt").write_text("BMI, PNG and JPEG")
    record = reader.read_file(summary(), path)
    assert record.count == 12
    assert any("README.txt" in note for note in record.notes)


def test_images_are_told_by_content_where_they_have_no_suffix(
    reader: Reader, tmp_path: Path
) -> None:
    for path in class_folders(tmp_path / "a", "ant", "cat", "dog").rglob("*.png"):
        path.rename(path.with_suffix(""))
    assert reader.read_file(summary(), tmp_path / "a").count == 12


def test_a_folder_for_each_role(reader: Reader, tmp_path: Path) -> None:
    main = class_folders(tmp_path / "main", "ant", "cat", "dog", each=10)
    test = class_folders(tmp_path / "other", "ant", "cat", "dog", each=2)
    calibration = save(tmp_path / "few" / "1.png", (77, 77, 77)).parent
    files = DataFiles(main, {"evaluation": test, "calibration": calibration})
    record = reader.read_files(summary(), files)
    assert (record.evaluation, record.calibration, record.tuning) == (6, 1, 6)
    [batch] = reader.opened(record).samples("calibration", "none").batch(0, 1)
    assert batch.mean() == 77


def test_numbered_folders_are_class_numbers(reader: Reader, tmp_path: Path) -> None:
    path = class_folders(tmp_path / "a", "2", "11")
    record = reader.read_file(summary(given=(12,)), path)
    assert record.class_counts[2] == record.class_counts[11] == 4
    assert record.class_names[11] == "11"


# ---- pixels ----------------------------------------------------------------------------------


def one(reader: Reader, path: Path, model: Any = None, **decided: Any) -> Any:
    """The pixels of a single image as the model gets them, (height, width, channels)."""
    record = reader.read_file(model or summary(), path, **decided)
    return gathered(reader.opened(record))[0][0]


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [("RGB", (10, 20, 30), (10, 20, 30)), ("L", 50, (50, 50, 50)), ("1", 1, (255, 255, 255)),
     ("LA", (50, 10), (50, 50, 50)), ("RGBA", (10, 20, 30, 0), (10, 20, 30)),
     ("I;16", 50 * 257, (50, 50, 50)), ("CMYK", (0, 0, 0, 0), (255, 255, 255))],
)  # fmt: skip
def test_images_of_every_kind_become_colour(
    reader: Reader, tmp_path: Path, mode: str, colour: Any, expected: tuple[int, ...]
) -> None:
    path = save(tmp_path / ("a.tif" if mode == "CMYK" else "a.png"), colour, mode=mode)
    assert one(reader, path)[3, 3].tolist() == list(expected)


def test_a_palette_is_looked_up(reader: Reader, tmp_path: Path) -> None:
    image = Image.new("RGB", (8, 8), (200, 100, 50)).quantize(4)
    image.save(tmp_path / "a.gif")
    assert one(reader, tmp_path / "a.gif")[0, 0].tolist() == [200, 100, 50]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "I;16"])
def test_images_become_grey_where_the_model_takes_grey(
    reader: Reader, tmp_path: Path, mode: str
) -> None:
    colour = {"RGB": (60, 60, 60), "RGBA": (60, 60, 60, 255), "I;16": 60 * 257}[mode]
    grey = one(reader, save(tmp_path / "a.png", colour, mode=mode), GREY)
    assert grey.shape == (8, 8, 1)
    assert grey[0, 0, 0] == 60


def test_what_was_done_to_the_images_is_said(reader: Reader, tmp_path: Path) -> None:
    save(tmp_path / "a" / "1.png", (1, 2, 3), size=(20, 10))
    save(tmp_path / "a" / "2.png", 5, mode="L")
    notes = " ".join(reader.read_file(GREY, tmp_path / "a").notes)
    assert "1 images of 20 × 10 pixels were resized to 8 × 8, which stretches" in notes
    assert "1 colour images were converted to grey" in notes
    assert "1 grey images" in " ".join(reader.read_file(summary(), tmp_path / "a").notes)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright(reader: Reader, tmp_path: Path, orientation: int) -> None:
    from PIL import ImageOps

    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:4, :4] = 255  # the upper left quarter is bright
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(one(reader, tmp_path / "a.png"), expected)


@pytest.mark.parametrize(("turned", "upright"), [(False, (16, 4)), (True, (4, 16))])
def test_a_letterbox_is_of_the_picture_as_people_see_it(
    reader: Reader, tmp_path: Path, turned: bool, upright: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6 if turned else 1  # a quarter turn
    Image.new("RGB", (16, 4), (200, 0, 0)).save(tmp_path / "a.png", exif=exif)
    found = one(reader, tmp_path / "a.png", letterbox=True)
    expected = np.full((8, 8, 3), 114)
    wide, high = upright[0] // 2, upright[1] // 2
    left, top = (8 - wide) // 2, (8 - high) // 2
    expected[top : top + high, left : left + wide] = (200, 0, 0)
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("size", [(300, 200), (7, 31), (640, 3), (9, 9)])
def test_a_letterbox_is_where_ultralytics_has_it(size: tuple[int, int]) -> None:
    canvas = canvas_for((64, 48, 3), letterbox=True)
    ratio = min(64 / size[1], 48 / size[0])  # its LetterBox: new_shape / shape, of rows and columns
    wide, high = max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))
    left, top = round((48 - wide) / 2 - 0.1), round((64 - high) / 2 - 0.1)
    assert canvas.place(*size) == (left, top, wide, high)


def test_a_letterbox_for_what_is_no_file_of_pictures_is_refused(reader: Reader) -> None:
    np.savez(reader.file, x=np.zeros((4, 8, 8, 1), np.uint8))
    with refused(DataError, "letterbox is for files of pictures", "NumPy", "Leave the letterbox"):
        reader.read_file(GREY, letterbox=True)


@pytest.mark.parametrize("size", [(4, 4), (32, 32), (640, 480)])
def test_images_of_any_size_are_resized(
    reader: Reader, tmp_path: Path, size: tuple[int, int]
) -> None:
    x, y = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    pixels = np.stack([x, y, 255 - x], axis=2).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=95, subsampling=0)
    found = one(reader, tmp_path / "a.jpg")
    assert found.shape == (8, 8, 3)
    expected = np.asarray(Image.fromarray(pixels).resize((8, 8), Image.Resampling.BILINEAR), float)
    assert np.abs(found - expected).max() < 12  # JPEG, and large ones are decoded at half the size


@pytest.mark.parametrize("shape", [(8, 8), (64,), (1, 8, 8)], ids=["8x8", "64", "1x8x8"])
def test_grey_images_for_models_that_take_another_form(
    reader: Reader, tmp_path: Path, shape: tuple[int, ...]
) -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert np.array_equal(one(reader, tmp_path / "a.png", summary(shape)), pixels.reshape(shape))


def test_colour_images_with_channels_first(reader: Reader, tmp_path: Path) -> None:
    found = one(reader, save(tmp_path / "a.png", (10, 20, 30)), summary((3, 8, 8)))
    assert found[:, 0, 0].tolist() == [10, 20, 30]


# ---- images that cannot be used --------------------------------------------------------------


def test_a_few_damaged_images_are_named_and_left_out(reader: Reader, tmp_path: Path) -> None:
    path = class_folders(tmp_path / "a", "ant", "cat", "dog", each=50)
    (path / "cat" / "7.png").write_bytes(b"\x89PNG\r\n no more")
    record = reader.read_file(summary(), path)
    assert record.class_counts == (50, 49, 50)
    assert any("cat/7.png" in note and "left out" in note for note in record.notes)
    x, y = gathered(reader.opened(record))
    assert np.array_equal(x.mean((1, 2, 3)), 10 * y)


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "absurd"])
def test_many_damaged_images_are_refused(reader: Reader, tmp_path: Path, damage: str) -> None:
    path = class_folders(tmp_path / "a", "ant", "cat", "dog", suffix=".jpg")
    content = (path / "cat" / "1.jpg").read_bytes()
    huge = bytearray(content)
    at = huge.index(b"\xff\xc0") + 5
    huge[at : at + 4] = b"\xff\xff\xff\xff"  # 65535 × 65535 pixels
    broken = {"cut": content[:300], "text": b"no image", "empty": b"", "absurd": bytes(huge)}
    (path / "cat" / "1.jpg").write_bytes(broken[damage])
    with refused(DataError, "images cannot be read", "cat/1.jpg", "Remove or replace"):
        reader.read_file(summary(), path)


def test_a_damaged_zip_is_refused_in_a_sentence_of_readable_length(
    reader: Reader, tmp_path: Path
) -> None:
    """A header inside that has another name, of 50,000 letters, than the zip's list of contents."""
    path = zip_folder(class_folders(tmp_path / "a", "ant", "cat", "dog"), tmp_path / "a.zip")
    content = bytearray(path.read_bytes() + bytes(60_000))
    for place in range(len(content) - 30):
        if content[place : place + 4] == b"PK\x03\x04":
            content[place + 26 : place + 28] = (50_000).to_bytes(2, "little")
    end = content.rindex(b"PK\x05\x06")
    content[end + 20 : end + 22] = (60_000).to_bytes(2, "little")  # what was added is its comment
    path.write_bytes(content)
    with pytest.raises(DataError, match="images cannot be read") as caught:
        reader.read_file(summary(), path)
    message = str(caught.value)
    assert len(message) < 1000
    assert "\n" not in message


def test_a_script_that_pretends_to_be_an_image_is_not_run(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with refused(DataError, "1.png", "not an image that can be read"):
        reader.read_file(summary(), tmp_path / "a")


def test_images_beside_class_folders(reader: Reader, tmp_path: Path) -> None:
    path = class_folders(tmp_path / "a", "ant", "cat", "dog")
    save(path / "loose.png", (1, 1, 1))
    with refused(DataError, "class folders (ant, cat, dog)", "beside them (loose.png)", "Put"):
        reader.read_file(summary(), path)


@pytest.mark.parametrize("classes", [("ant", "cat"), ("ant", "bee", "cat", "dog")], ids="+".join)
def test_folders_that_are_not_the_models_classes(
    reader: Reader, tmp_path: Path, classes: tuple[str, ...]
) -> None:
    path = class_folders(tmp_path / "a", *classes)
    with refused(DataError, f"{len(classes)} classes ({', '.join(classes)})", "tells 3 apart"):
        reader.read_file(summary(), path)


def test_images_for_a_model_that_takes_none(reader: Reader, tmp_path: Path) -> None:
    path = class_folders(tmp_path / "a", "ant")
    with refused(DataError, "images", "takes 7, which is no image", "Give an .npz"):
        reader.read_file(summary((7,)), path)
    with refused(DataError, "takes 2 inputs (in_0, in_1)", "images are one", "Give an .npz"):
        reader.read_file(summary(inputs=2), path)


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_folder_without_data(reader: Reader, tmp_path: Path, form: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "notes.md").write_text("nothing here")
    path = tmp_path / "a" if form == "folder" else zip_folder(tmp_path / "a", tmp_path / "a.zip")
    with refused(DataError, "holds no data", "found: notes.md", "Expected an .npz"):
        reader.read_file(summary(), path)


@pytest.mark.parametrize("member", ["../out.png", "/etc/out.png"])
def test_a_zip_that_leads_out_of_its_folder(reader: Reader, tmp_path: Path, member: str) -> None:
    import zipfile

    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, picture.getvalue())
    with refused(DataError, "leads out of its own folder"):
        reader.read_file(summary(), tmp_path / "a.zip")


# ---- masks -----------------------------------------------------------------------------------

CLASSES_OF_PIXELS = np.arange(6 * 8 * 8).reshape(6, 8, 8) // 16 % 3


def with_masks(
    folder: Path,
    *,
    mask: str = "masks/{}.png",
    picture: str = "images/{}.jpg",
    palette: bool = False,
) -> Path:
    """Six pictures, and masks of three classes."""
    for at, classes in enumerate(CLASSES_OF_PIXELS.astype(np.uint8)):
        save(folder / picture.format(at), (40 * at,) * 3)
        drawn = Image.fromarray(classes)
        if palette:
            drawn.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
        (folder / mask.format(at)).parent.mkdir(parents=True, exist_ok=True)
        drawn.save(folder / mask.format(at))
    return folder


@pytest.mark.parametrize(
    ("mask", "picture"),
    [("masks/{}.png", "images/{}.jpg"), ("Labels/{}_mask.png", "Images/{}.png"),
     ("SegmentationClass/{}.png", "JPEGImages/{}.jpg"),
     ("train/masks/{}.png", "train/images/{}.png"),
     ("masks/train/{}.bmp", "images/train/{}.png")],
)  # fmt: skip
@pytest.mark.parametrize("palette", [False, True])
def test_masks_in_a_folder_of_their_own_are_the_classes_of_pixels(
    reader: Reader, tmp_path: Path, mask: str, picture: str, palette: bool
) -> None:
    root = with_masks(tmp_path / "root", mask=mask, picture=picture, palette=palette)
    record = reader.read_file(summary(given=(8, 8, 3)), root)
    assert (record.kind, record.task) == ("images with masks", Task.PER_POSITION)
    assert (record.count, record.classes) == (6, 3)
    x, y = gathered(reader.opened(record))
    order = np.rint(x.mean((1, 2, 3)) / 40).astype(int)
    np.testing.assert_array_equal(y, CLASSES_OF_PIXELS[order])


def test_masks_in_a_zip_with_roles(reader: Reader, tmp_path: Path) -> None:
    root = with_masks(tmp_path / "root", mask="train/masks/{}.png", picture="train/images/{}.png")
    with_masks(root, mask="test/masks/{}.png", picture="test/images/{}.png")
    record = reader.read_file(summary(given=(8, 8, 3)), zip_folder(root, tmp_path / "a.zip", ""))
    assert (record.evaluation, record.count) == (6, 12)


def test_masks_take_the_size_of_the_output(reader: Reader, tmp_path: Path) -> None:
    root = with_masks(tmp_path / "root", picture="images/{}.png")
    record = reader.read_file(summary(given=(4, 4, 3)), root)
    x, y = gathered(reader.opened(record))
    order = np.rint(x.mean((1, 2, 3)) / 40).astype(int)
    np.testing.assert_array_equal(y, CLASSES_OF_PIXELS[order][:, 1::2, 1::2])


def test_a_picture_without_a_mask_is_refused(reader: Reader, tmp_path: Path) -> None:
    root = with_masks(tmp_path / "root")
    (root / "masks" / "3.png").unlink()
    with refused(DataError, "6 pictures and 5 masks", "images/3.jpg", "called as it is"):
        reader.read_file(summary(given=(8, 8, 3)), root)


def wide_numbers(mask: Path) -> None:
    """In place of a mask one of another format, of 32 bits."""
    Image.new("I", (8, 8), -1).save(mask.with_suffix(".tiff"))
    mask.unlink()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [(lambda path: save(path, (9, 200, 9)), "the mask holds colours"),
     (lambda path: save(path, 1, size=(5, 8), mode="L"), "5 × 8 pixels, its picture 8 × 8"),
     (wide_numbers, "more than 16 bits")],
    ids=["colours", "size", "numbers"],
)  # fmt: skip
def test_masks_that_are_none_are_refused(
    reader: Reader, tmp_path: Path, spoil: Any, why: str
) -> None:
    root = with_masks(tmp_path / "root")
    spoil(root / "masks" / "2.png")
    with refused(DataError, "masks/2.", why):
        reader.read_file(summary(given=(8, 8, 3)), root)


def test_masks_as_jpeg_are_refused(reader: Reader, tmp_path: Path) -> None:
    root = with_masks(tmp_path / "root", mask="masks/{}.jpg")
    with refused(DataError, "a JPEG changes class numbers", "PNG"):
        reader.read_file(summary(given=(8, 8, 3)), root)
