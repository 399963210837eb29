"""jobs/: bundles for devices are gathered here, and what devices have measured is taken in."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from optimizer.devices.device import SHORT, Device
from optimizer.devices.measured import MOST_BYTES, DeviceResult, DeviceRun
from optimizer.errors import DeviceError, StudyError
from optimizer.jobs.pending import Pending
from optimizer.jobs.staged import run_staged
from optimizer.recipes import parse
from optimizer.store.device_runs import put_run
from optimizer.store.library import Library
from optimizer.store.mark import mark_of
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.tasks.gather_bundle import BundledFile, GatherBundle
from optimizer.tasks.read_device_result import RAW_TIMES, KnownFile, ReadDeviceResult
from optimizer.tasks.study_files import StudyData
from optimizer.words import counted
from optimizer.workers.executor import Executor

FLOATS = {"FLOAT32", "FLOAT16"}
T = TypeVar("T")


class DeviceResults:
    """What goes to devices, and what comes back."""

    def __init__(self, executor: Executor, library: Library) -> None:
        self._executor, self._library = executor, library

    def gather_bundle(
        self,
        study: Study,
        recipes: Sequence[str],
        take: Callable[[Sequence[Variant], Sequence[BundledFile], Path], T],
        wheels: Sequence[Path] = (),
    ) -> Pending[T]:
        """Runs samples through variants, and gives what a bundle is made of to `take`.

        Args:
            study: Has the variants.
            recipes: Of the variants that go along with the baseline; none: of all that run here.
            take: Given the variants, the baseline first, what was found of each, and the folder in
                which its arrays lie, and the wheels, which is gone afterwards.
            wheels: What goes along for a machine without a network.

        Raises:
            StudyError: there is no such variant, or none that can run.
        """
        variants = bundled(study, recipes)

        def begin(out: Path) -> GatherBundle:
            files = tuple(study.folder / variant.file for variant in variants)
            return GatherBundle(
                out=out, files=files, data=StudyData.of(study), wheels=tuple(wheels)
            )

        return run_staged(
            self._executor,
            self._library,
            study.index.id,
            begin,
            lambda found, out: take(variants, found, out),
        )

    def import_result(self, study: Study, file: Path, name: str = "") -> Pending[DeviceRun]:
        """Takes what a device measured into a study.

        Args:
            study: That the bundle was made of.
            file: The `result.json`; anybody's.
            name: What the device is called; without one as it calls itself.

        It fails with a DeviceError where the file is none, contradicts itself, or is not about the
        files of this study.
        """
        index = study.index
        try:
            size = file.stat().st_size if file.is_file() else -1
        except OSError:
            size = -1
        if size < 0:
            return Pending.failed(DeviceError(f"{file} is no file that can be read. Choose one."))
        if size > MOST_BYTES:
            return Pending.failed(too_large(size))
        if not index.variants:
            return Pending.failed(StudyError("The study has no data yet. Add some first."))

        def begin(out: Path) -> ReadDeviceResult:
            known = tuple(
                KnownFile(one.recipe, one.sha256, _whole_numbers(one)) for one in index.variants
            )
            return ReadDeviceResult(out=out, file=file, mark=mark_of(index), known=known)

        def take_over(found: DeviceResult, out: Path) -> DeviceRun:
            if any(one.id == found.run.id for one in study.index.device_runs):
                raise DeviceError("This result was imported before: nothing was changed.")
            device = _device(found, study.index.devices, name)
            run = replace(found.run, device=device.id)
            put_run(study, device, run, out / RAW_TIMES)
            return run

        return run_staged(self._executor, self._library, index.id, begin, take_over)


def bundled(study: Study, recipes: Sequence[str], *, packed: bool = False) -> list[Variant]:
    """The variants that go into a bundle, the baseline first.

    Args:
        study: Has them.
        recipes: Of those that are wanted; none: of all that may.
        packed: Whether those may that a packing made, which run in another runtime.

    Raises:
        StudyError: there is no such variant, or it cannot run here.
    """
    variants = study.index.variants
    if not variants:
        raise StudyError("The study has no data yet, so that there is nothing to run elsewhere.")
    wanted = [str(parse(recipe)) for recipe in recipes] or [
        one.recipe for one in variants if known_here(one) and (packed or not one.packed)
    ]
    by_recipe = {one.recipe: one for one in variants}
    found = []
    for recipe in dict.fromkeys([variants[0].recipe, *wanted]):
        if recipe not in by_recipe:
            raise StudyError(
                f"There is no variant “{recipe}”. There are: {', '.join(by_recipe)}. Run it first."
            )
        if by_recipe[recipe].packed and not packed:
            raise StudyError(
                f"{recipe} is packed for another runtime than a bundle has. Leave it out, or take "
                "the recipe without its last step."
            )
        if not known_here(by_recipe[recipe]):
            raise StudyError(
                f"{recipe} cannot be run here, so that nothing tells what it should say elsewhere. "
                "Leave it out."
            )
        found.append(by_recipe[recipe])
    return found


def too_large(size: int) -> DeviceError:
    """The error for a file that no bundle writes."""
    return DeviceError(
        f"The file has {size / 1e6:,.0f} MB; the result of a bundle has at most "
        f"{MOST_BYTES / 1e6:,.0f}. Choose the result.json that run.py wrote."
    )


def runs_here(variant: Variant) -> bool:
    """Whether LiteRT ran a file here, so that it is known what it should say elsewhere."""
    return known_here(variant) and variant.packed is None


def known_here(variant: Variant) -> bool:
    """Whether it is known here what a file says, or what one says that was packed since."""
    return any((variant.metric, variant.fidelity, variant.latency, variant.packed))


def _whole_numbers(variant: Variant) -> bool:
    return parse(variant.recipe).conversion.stores_as not in FLOATS


def _device(found: DeviceResult, known: Sequence[Device], name: str) -> Device:
    """The device that measured: one that is known, by another name if it is given one, or a new."""
    there = found.run.environment
    machine = (there.cpu, there.cores, there.os.partition("-")[0], found.board, found.fingerprint)
    for one in known:
        if one.by == "bundle" and machine == (
            one.cpu, one.cores, one.system, one.board, one.fingerprint
        ):  # fmt: skip
            return replace(one, name=name or one.name)
    called = name or found.board or f"{there.cpu}, {counted(there.cores, 'core')}"
    taken = {one.name for one in known}
    if called in taken:
        called = f"{called} ({sum(other.startswith(called) for other in taken) + 1})"
    return Device(
        id=uuid.uuid4().hex[:SHORT], name=called, cpu=there.cpu, cores=there.cores,
        system=machine[2], by="bundle", board=found.board, fingerprint=found.fingerprint,
    )  # fmt: skip
