"""export/kits/: for web pages, with LiteRT.js."""

from pathlib import Path

from optimizer.errors import StudyError
from optimizer.export.kits import carried
from optimizer.export.kits.contents import Contents
from optimizer.export.kits.kit import Files, kit
from optimizer.words import listed

CODE = Path(carried.__file__).parent / "browser"
TYPES = ("float32", "int32", "uint8")
"""What tensors of @litertjs/core 2.5.3 hold."""


@kit(
    "browser",
    "Web page",
    rank=60,
    summary=(
        "A module for web pages over LiteRT.js (`@litertjs/core`), and a page that takes a picture "
        "and runs the test vectors. Nothing leaves the browser."
    ),
    checked=(
        "Liteweigh’s own tests run these vectors on this page in Chromium, on the CPU (`wasm`). "
        "Pictures are resized by the browser, a little otherwise than when the file was measured."
    ),
    run=("npm install", "npm start", "then open http://localhost:8000 and press the button"),
)
def browser(contents: Contents) -> Files:
    """Its code is read from `model.json`.

    Raises:
        StudyError: LiteRT.js has no tensors of the types that the file takes or gives.
    """
    tensors = (*(one.tensor for one in contents.inputs), *contents.outputs)
    others = sorted({one.dtype for one in tensors} - set(TYPES))
    if others:
        raise StudyError(
            f"There is no kit of this file for web pages: it takes or gives {listed(others)}, and "
            f"LiteRT.js has tensors of {listed(TYPES)} only. Choose a variant with float32 inputs "
            "and outputs."
        )
    names = ("index.html", "page.js", "model.js", "package.json")
    code = {name: (CODE / name).read_text("utf-8") for name in names}
    return {**code, **contents.vector_files()}
