"""export/kits/: for C++ on a desktop, a server or a Raspberry Pi with Linux."""

from optimizer.export.kits.c_tables import carried_files, expected, facts
from optimizer.export.kits.contents import Contents
from optimizer.export.kits.kit import Files, kit


@kit(
    "cpp",
    "C++ (Linux, Raspberry Pi)",
    rank=20,
    summary="A C++11 class over LiteRT’s C API, a program, and a Makefile.",
    checked=(
        "Liteweigh’s own tests compile this code with g++ for x86-64, link it to libLiteRt.so of "
        "LiteRT 2.3 and run these test vectors. For a 64-bit Raspberry Pi it is the same code and "
        "the same library, not compiled here. A 32-bit system has no such library."
    ),
    run=("sh get_litert.sh", "make", "./test_vectors"),
)
def cpp(contents: Contents) -> Files:
    """Its code is the same for every model; two files of tables are generated."""
    return {
        **carried_files(
            "c_shared/model_io.h",
            "c_shared/model_io.cpp",
            "c_shared/vectors.h",
            "cpp/litert_c_api.h",
            "cpp/files.h",
            "cpp/model.h",
            "cpp/model.cpp",
            "cpp/main.cpp",
            "cpp/test_vectors.cpp",
            "cpp/Makefile",
            "cpp/get_litert.sh",
        ),
        "model_facts.cpp": facts(contents),
        "vectors.cpp": expected(contents),
        **contents.vector_files(),
    }
