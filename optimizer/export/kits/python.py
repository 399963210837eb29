"""export/kits/: for Python on any machine that has LiteRT."""

from pathlib import Path

from optimizer.export.kits import carried
from optimizer.export.kits.contents import Contents
from optimizer.export.kits.kit import Files, kit

CODE = Path(carried.__file__).parent / "python"
REQUIREMENTS = "ai-edge-litert>=2.3\nbackports-strenum<1.3  # for Python 3.11\nnumpy\n"
PICTURES = "pillow\n"


@kit(
    "python",
    "Python",
    rank=10,
    summary="A class that takes a picture, an array or a row, and gives label and score.",
    checked="This code is run with these test vectors by Liteweigh’s own tests, on Linux.",
    run=("pip install -r requirements.txt", "python test_vectors.py"),
)
def python(contents: Contents) -> Files:
    """Its code is read from `model.json`: nothing of it is generated."""
    pictures = any(one.picture for one in contents.inputs)
    return {
        **{name: (CODE / name).read_text("utf-8") for name in ("predict.py", "test_vectors.py")},
        "requirements.txt": REQUIREMENTS + (PICTURES if pictures else ""),
        **contents.vector_files(),
    }
