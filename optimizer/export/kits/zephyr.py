"""export/kits/: for Zephyr, as a module with a sample."""

from optimizer.export.kits.c_tables import CARRIED
from optimizer.export.kits.contents import Contents
from optimizer.export.kits.kit import Files, kit
from optimizer.export.kits.micro_parts import micro_files
from optimizer.export.kits.tflite_micro import CHECKED

PLACES = {
    "zephyr/module.yml": "zephyr/module.yml",
    "Kconfig": "zephyr/Kconfig",
    "CMakeLists.txt": "zephyr/CMakeLists.txt",
    "sample/CMakeLists.txt": "zephyr/sample_CMakeLists.txt",
    "sample/prj.conf": "zephyr/prj.conf",
    "src/main.cpp": "micro/main.cpp",
}
"""Where each file of `carried` lies in the kit."""


@kit(
    "zephyr",
    "Zephyr",
    rank=50,
    summary=(
        "A Zephyr module with the model, and a sample that runs its test vectors. Zephyr’s own "
        "module tflite-micro must be in the workspace."
    ),
    checked=f"The module is not built here. {CHECKED}",
    run=(
        "west config manifest.project-filter -- +tflite-micro",
        "west update",
        "west build -b YOUR_BOARD sample",
    ),
    in_micro=True,
)
def zephyr(contents: Contents) -> Files:
    """The sources lie in `src`, as CMakeLists.txt has them."""
    sources = {f"src/{name}": content for name, content in micro_files(contents).items()}
    carried = {inside: (CARRIED / path).read_text("utf-8") for inside, path in PLACES.items()}
    return {**sources, **carried}
