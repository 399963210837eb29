"""data/boxes/: finds the labels that are boxes among the files beside pictures."""

from collections.abc import Sequence

from optimizer.data.boxes.coco import read_coco
from optimizer.data.boxes.picture_boxes import Annotations
from optimizer.data.boxes.voc_xml import read_voc
from optimizer.data.boxes.yolo_text import read_yolo
from optimizer.files.members import Members


def find_annotations(
    members: Members, pictures: Sequence[str], names: Sequence[str]
) -> Annotations | None:
    """COCO's JSON, Pascal VOC's XML or YOLO's texts; None where there are none of them.

    Args:
        members: All files.
        pictures: The paths of those that are pictures.
        names: Of the classes, where the user said them.

    Raises:
        DataError: they cannot be read.
    """
    return (
        read_coco(members, pictures)
        or read_voc(members, pictures, names)
        or read_yolo(members, pictures)
    )
