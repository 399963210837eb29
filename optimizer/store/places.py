"""store/: where a record says that a file lies: in one folder of the study, and nowhere else.

Records come from workers and from folders that people share, so a path in one is not taken on
trust: the server would move files to it, and hand out what lies there.
"""

import re
from typing import Annotated

from pydantic import AfterValidator

NAME = re.compile(r"(?!\.{1,2}$)[^/\\\0]+")


def _below(folder: str) -> AfterValidator:
    def check(path: str) -> str:
        place, _, name = path.partition("/")
        if place != folder or not NAME.fullmatch(name):
            raise ValueError(f"“{path}” is no file in “{folder}”")
        return path

    return AfterValidator(check)


InModel = Annotated[str, _below("model")]
InVariants = Annotated[str, _below("variants")]
InTraining = Annotated[str, _below("training")]
InData = Annotated[str, _below("data")]
