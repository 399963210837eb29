"""export/kits/: for iOS, in Swift over TensorFlowLiteSwift."""

from pathlib import Path

from optimizer.export.kits import carried
from optimizer.export.kits.contents import Contents
from optimizer.export.kits.kit import Files, kit

CODE = Path(carried.__file__).parent / "ios"
ASSETS = "Sources/ModelKit/Model/"
PLACES = {
    "Package.swift": "Package.swift",
    "Sources/ModelKit/ModelIo.swift": "ModelIo.swift",
    "Sources/ModelKit/Resources.swift": "Resources.swift",
    "App/LiteRtModel.swift": "LiteRtModel.swift",
    "Tests/ModelKitTests/ReadingTests.swift": "ReadingTests.swift",
}
"""Where each file of `carried` lies in the kit."""


@kit(
    "ios",
    "iOS",
    rank=80,
    summary=(
        "A Swift package with the code before and after the model, and `App/LiteRtModel.swift`, "
        "which runs it by the pod TensorFlowLiteSwift: add both to your app."
    ),
    checked=(
        "Not compiled here: no Xcode is at hand where Liteweigh is tested. `swift test` reads the "
        "vectors, and `testVectors()` says on your phone whether it does what was measured."
    ),
    assets=ASSETS,
    run=("swift test",),
)
def ios(contents: Contents) -> Files:
    """The model and its document are resources of the package."""
    vectors = {f"{ASSETS}{name}": file for name, file in contents.vector_files().items()}
    code = {place: (CODE / name).read_text("utf-8") for place, name in PLACES.items()}
    return {**code, **vectors}
