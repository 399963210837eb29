"""jobs/: what a study's files need on chips that are not here."""

from collections.abc import Sequence
from pathlib import Path

from optimizer.devices.estimates import Estimate
from optimizer.devices.vela import ACCELERATORS, USUAL
from optimizer.errors import DeviceError
from optimizer.jobs.device_results import bundled
from optimizer.jobs.pending import Pending
from optimizer.jobs.staged import run_staged
from optimizer.store.estimates import put_estimates
from optimizer.store.library import Library
from optimizer.store.study import Study
from optimizer.tasks.estimate_devices import AskedFile, EstimateDevices
from optimizer.tasks.study_files import StudyData
from optimizer.words import listed
from optimizer.workers.executor import Executor


class Estimating:
    """Has files tried for chips that are not here."""

    def __init__(self, executor: Executor, library: Library) -> None:
        self._executor, self._library = executor, library

    def estimate(
        self, study: Study, recipes: Sequence[str] = (), accelerators: Sequence[str] = USUAL
    ) -> Pending[tuple[Estimate, ...]]:
        """What variants need in TFLite Micro and on Ethos-U; the study keeps it.

        Args:
            study: Has the variants.
            recipes: Of the variants; none: of all that run here.
            accelerators: Of `devices.vela.ACCELERATORS`.

        Raises:
            StudyError: there is no such variant.
            DeviceError: there is no such accelerator.
        """
        unknown = [one for one in accelerators if one not in ACCELERATORS]
        if unknown:
            raise DeviceError(
                f"Vela knows no {listed(unknown)}. Choose of {listed(ACCELERATORS, 12)}."
            )
        variants = bundled(study, recipes, packed=True)

        def begin(out: Path) -> EstimateDevices:
            return EstimateDevices(
                out=out,
                files=tuple(
                    AskedFile(
                        one.recipe,
                        study.folder / one.file,
                        study.folder / one.runs,
                        one.sha256,
                        one.contents.arena_bytes,
                    )
                    for one in variants
                ),
                data=StudyData.of(study),
                accelerators=tuple(accelerators),
            )

        def take_over(found: tuple[Estimate, ...], _: Path) -> tuple[Estimate, ...]:
            put_estimates(study, found)
            return found

        return run_staged(self._executor, self._library, study.index.id, begin, take_over)
