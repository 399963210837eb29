"""export/: the zip that runs on a device: files, inputs, what they should say, and one program."""

import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from optimizer.devices import carried
from optimizer.errors import StudyError
from optimizer.export.files import safe_name
from optimizer.files.atomic import written_atomically
from optimizer.files.refusal import said_as
from optimizer.recipes import parse
from optimizer.store.mark import mark_of
from optimizer.store.records import StudyIndex, Variant
from optimizer.store.study import Study
from optimizer.tasks.gather_bundle import WHEELS, BundledFile

PROGRAM = Path(carried.__file__).parent / "run.py"
SECONDS = 3.0
"""Of timing for each file: twice what a file gets at home, for a board may be slow to open one."""
DATE = (1980, 1, 1, 0, 0, 0)
README = """\
{title}: {count} files to be timed and compared on another machine
{line}

On the device, with Python 3.10 or later:

    unzip {zip}
    python3 {folder}/run.py

{needs}
It takes about {minutes}. Let nothing else run meanwhile, and connect the power supply. It writes
result.json; give that file to Liteweigh, on the page Devices or by

    liteweigh device import STUDY result.json

This folder holds {samples} samples of your data. Nothing is sent anywhere.
"""
WITH_WHEELS = """\
NumPy and LiteRT are in the folder wheels, for {platform}; run.py
unpacks them here, and installs nothing. No network is needed.
"""
INSTALL = 'pip install numpy ai-edge-litert "backports.strenum<1.3"'
WITHOUT = f"NumPy and LiteRT must be there: python3 -m {INSTALL}\n"
Take = Callable[[Sequence[Variant], Sequence[BundledFile], Path], Path]


def device_bundle_name(index: StudyIndex) -> str:
    """`<study>-device.zip`."""
    return f"{safe_name(index.id, 'study')}-device.zip"


def bundle_writer(
    study: Study,
    file: Path,
    *,
    platform: str = "",
    seconds: float = SECONDS,
) -> Take:
    """What writes a bundle into `file`, once `DeviceResults.gather_bundle` has what it needs.

    Args:
        study: Has the variants.
        file: The zip; one that is there is replaced.
        platform: What the wheels are for that it takes along, in words; empty without any.
        seconds: Of timing for each file.
    """

    def write(variants: Sequence[Variant], found: Sequence[BundledFile], arrays: Path) -> Path:
        folder = f"{safe_name(study.index.id, 'study')}-device"
        names = _names(variants)
        manifest = {
            "format": "liteweigh device bundle",
            "schema": 1,
            "study": mark_of(study.index),
            "seconds": seconds,
            "files": [
                {
                    "recipe": variant.recipe,
                    "sha256": variant.sha256,
                    "file": f"files/{name}.tflite",
                    "inputs": f"arrays/{one.inputs}",
                    "expected": f"arrays/{one.expected}",
                    "samples": one.samples,
                    "takes": one.takes,
                    "gives": [asdict(output) for output in one.gives],
                }
                for variant, name, one in zip(variants, names, found, strict=True)
            ],
        }
        texts = {
            "README.txt": _readme(study.index, folder, file, found, platform, seconds),
            "bundle.json": json.dumps(manifest, indent=1),
            "run.py": PROGRAM.read_text("utf-8"),
        }
        copies = {
            **{f"files/{name}.tflite": study.folder / variant.file
               for variant, name in zip(variants, names, strict=True)},
            **{f"arrays/{name}": arrays / name
               for one in found for name in (one.inputs, one.expected)},
        }  # fmt: skip
        with (
            said_as(StudyError),
            written_atomically(file) as written,
            zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for name, text in texts.items():
                archive.writestr(_member(f"{folder}/{name}"), text)
            for name, source in copies.items():
                archive.writestr(_member(f"{folder}/{name}"), source.read_bytes())
            for wheel in sorted((arrays / WHEELS).glob("*.whl")):  # a zip already
                stored = _member(f"{folder}/wheels/{wheel.name}", zipfile.ZIP_STORED)
                archive.writestr(stored, wheel.read_bytes())
        return file

    return write


def minutes(files: int, seconds: float) -> float:
    """About how long a bundle takes on a device: timing, and as long again for what is around."""
    return 2 * files * seconds / 60


def _member(name: str, kind: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    inside = zipfile.ZipInfo(name, DATE)
    inside.compress_type = kind
    inside.external_attr = 0o644 << 16
    return inside


def _names(variants: Sequence[Variant]) -> list[str]:
    """A file name for each recipe; one that is taken gets a number."""
    names: list[str] = []
    for number, variant in enumerate(variants):
        name = parse(variant.recipe).slug[:80]
        names.append(name if name not in names else f"{name}-{number}")
    return names


def _readme(
    index: StudyIndex,
    folder: str,
    file: Path,
    found: Sequence[BundledFile],
    platform: str,
    seconds: float,
) -> str:
    title = index.name
    about = minutes(len(found), seconds)
    return README.format(
        title=title,
        count=len(found),
        line="=" * 72,
        zip=file.name,
        folder=folder,
        needs=WITH_WHEELS.format(platform=platform) if platform else WITHOUT,
        minutes="a minute" if about < 1.5 else f"{about:.0f} minutes",
        samples=max(one.samples for one in found),
    )
