"""jobs/: jobs that begin with the same training take turns, so that it is done once."""

from collections.abc import Collection
from pathlib import Path

from optimizer.recipes import Recipe, parse
from optimizer.store.records import Job
from optimizer.store.study import Study
from optimizer.store.training_folders import (
    StepFolders,
    hand_over,
    is_done,
    take_back_if_possible,
    training_folders,
)


class TrainingTurns:
    """Who is at which training step that is not done yet."""

    def __init__(self) -> None:
        self._at_work: dict[str, set[Path]] = {}  # by job id: where the study will keep them

    def take(self, study: Study, job: Job) -> tuple[StepFolders, ...] | None:
        """Gives a job its training steps; None while another job is at one of them.

        Raises:
            OSError: the disk refuses.
        """
        kept = kept_trainings(study, parse(job.recipe))
        undone = {folder for folder in kept if not is_done(folder)}
        if any(undone & others for others in self._at_work.values()):
            return None
        self._at_work[job.id] = undone
        return hand_over(kept, study.job_folder(job.id))

    def end(
        self, study: Study, job_id: str, *, cancelled: bool = False, waiting: Collection[Job] = ()
    ) -> bool:
        """Puts what a job left of its trainings into the study; False where the disk refuses.

        Args:
            study: The job's study.
            job_id: The job, which has ended.
            cancelled: Whether it keeps nothing half-made.
            waiting: Jobs that wait for their turn: what they need they go on with.
        """
        undone = self._at_work.pop(job_id)
        wanted = {folder for job in waiting for folder in kept_trainings(study, parse(job.recipe))}
        discard = {folder.name for folder in undone - wanted} if cancelled else set()
        return take_back_if_possible(study.job_folder(job_id), study.folder, discard)


def kept_trainings(study: Study, recipe: Recipe) -> list[Path]:
    """Where a study keeps each training step of a recipe; a folder may not exist yet."""
    index = study.index
    if index.dataset is None:
        return []
    return training_folders(recipe, index.model, index.dataset, study.folder)
