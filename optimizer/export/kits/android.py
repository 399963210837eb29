"""export/kits/: for Android, in Kotlin over LiteRT."""

from pathlib import Path

from optimizer.export.kits import carried
from optimizer.export.kits.contents import Contents
from optimizer.export.kits.kit import Files, kit

CODE = Path(carried.__file__).parent / "android"
MAIN, TESTS = (
    "app/src/main/java/org/liteweigh/model",
    "app/src/androidTest/java/org/liteweigh/model",
)
ASSETS = "app/src/main/assets/"
PLACES = {
    "settings.gradle.kts": "settings.gradle.kts",
    "build.gradle.kts": "build.gradle.kts",
    "gradle.properties": "gradle.properties",
    "app/build.gradle.kts": "app.gradle.kts",
    "app/src/main/AndroidManifest.xml": "AndroidManifest.xml",
    f"{MAIN}/ModelIo.kt": "ModelIo.kt",
    f"{MAIN}/LiteRtModel.kt": "LiteRtModel.kt",
    f"{MAIN}/InterpreterModel.kt": "InterpreterModel.kt",
    f"{MAIN}/TestVectors.kt": "TestVectors.kt",
    f"{MAIN}/MainActivity.kt": "MainActivity.kt",
    f"{TESTS}/VectorsTest.kt": "VectorsTest.kt",
}
"""Where each file of `carried` lies in the kit."""


@kit(
    "android",
    "Android",
    rank=70,
    summary=(
        "A Gradle project in Kotlin: the model in LiteRT 2’s CompiledModel and in its "
        "Interpreter, and an app that shows the test vectors. Open the folder in Android Studio."
    ),
    checked=(
        "Not compiled here: no Android SDK is at hand where Liteweigh is tested. The test vectors "
        "say on your phone whether it does what was measured."
    ),
    assets=ASSETS,
    run=("gradle :app:connectedAndroidTest",),
)
def android(contents: Contents) -> Files:
    """The model and its document lie among the assets, from where the code reads them."""
    vectors = {f"{ASSETS}{name}": file for name, file in contents.vector_files().items()}
    code = {place: (CODE / name).read_text("utf-8") for place, name in PLACES.items()}
    return {**code, **vectors}
