"""export/kits/: for boards of Arduino's, with a TFLite Micro library of its library manager."""

from optimizer.export.kits.c_tables import CARRIED
from optimizer.export.kits.contents import Contents
from optimizer.export.kits.kit import Files, kit
from optimizer.export.kits.micro_parts import micro_files
from optimizer.export.kits.tflite_micro import CHECKED

SKETCH = "LiteweighModel"


@kit(
    "arduino",
    "Arduino",
    rank=40,
    summary=(
        f"A sketch, `{SKETCH}/`, for a 32-bit board: it runs the test vectors and prints how far "
        "they are off. Open it in the Arduino IDE and install the library "
        "Chirale_TensorFlowLite."
    ),
    checked=f"The sketch is not compiled here. {CHECKED}",
    in_micro=True,
)
def arduino(contents: Contents) -> Files:
    """A sketch's folder is called as the sketch, and all of its sources lie in it."""
    sources = {f"{SKETCH}/{name}": content for name, content in micro_files(contents).items()}
    sketch = (CARRIED / "arduino" / "sketch.ino").read_text("utf-8")
    return {**sources, f"{SKETCH}/{SKETCH}.ino": sketch}
