"""export/kits/: for microcontrollers with TFLite Micro."""

from optimizer.export.kits.c_tables import carried_files
from optimizer.export.kits.contents import Contents
from optimizer.export.kits.kit import Files, kit
from optimizer.export.kits.micro_parts import micro_files

CHECKED = (
    "The file was run with these vectors in TFLite Micro’s own interpreter on the machine that "
    "packed it, where that was installed: `micro_config.h` says so beside the arena. Liteweigh’s "
    "own tests compile the arrays, the vectors and the code before and after the model with g++ "
    "and run them; the part that calls TFLite Micro is compiled against declarations of ours, not "
    "against the library, and not for your chip."
)


@kit(
    "tflite_micro",
    "TFLite Micro",
    rank=30,
    summary=(
        "C++ for a microcontroller: the file as an array, a resolver with exactly its operators, "
        "the arena that it needs, and its test vectors in flash. Compile the sources together with "
        "TFLite Micro (github.com/tensorflow/tflite-micro) and leave `main.cpp` out of your own "
        "program."
    ),
    checked=CHECKED,
    in_micro=True,
)
def tflite_micro(contents: Contents) -> Files:
    """Plain sources, for a build of one's own."""
    return {**micro_files(contents), **carried_files("micro/main.cpp")}
