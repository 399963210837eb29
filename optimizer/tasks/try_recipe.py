"""tasks/: tries a recipe for a search: its file is weighed and judged on the tuning role alone."""

from dataclasses import dataclass
from pathlib import Path

from optimizer import working_time
from optimizer.files.atomic import write_atomically
from optimizer.measure.metrics import METRICS, Scores
from optimizer.measure.size import measure_size
from optimizer.recipes import Recipe
from optimizer.reporting import Report
from optimizer.store.key import variant_key
from optimizer.store.prediction_files import read_array
from optimizer.store.tried import Lost, Tried, Weighed, lost_of
from optimizer.tasks.likeness import AGREEMENT
from optimizer.tasks.make_variant import sources
from optimizer.tasks.on_tuning import OnTuning, on_tuning
from optimizer.tasks.study_files import StudyFiles
from optimizer.workers.work import Work


@dataclass(frozen=True)
class TryRecipe(Work[Tried]):
    """Makes the file of a conversion, and says what it is worth on the tuning role.

    Nothing looks at the evaluation role, and the file is not kept: a search tries many.

    Attributes:
        files: The study's model and data.
        recipe: A conversion alone.
        baseline: The baseline's predictions, which have its scores on the tuning role.
    """

    files: StudyFiles
    recipe: Recipe
    baseline: Path

    @property
    def trusted(self) -> bool:
        """See `Work.trusted`."""
        return self.files.model.record.runs_code

    def run(self, report: Report) -> Tried:
        """See `Work.run`.

        Raises:
            ConversionError: the model cannot be converted this way.
            MeasurementError: the file cannot be run.
        """
        from optimizer.measure.inside.reading import look_inside  # noqa: PLC0415 (workers only)
        from optimizer.tflite.contents import read_contents  # noqa: PLC0415
        from optimizer.tflite.flatbuffer import open_flatbuffer  # noqa: PLC0415

        began = working_time.now()
        files = self.files
        report("Converting", 0.0)
        content = self.recipe.conversion.convert(sources(files, None, report))
        file = self.out / "tried.tflite"
        write_atomically(file, content)
        flatbuffer = open_flatbuffer(file)
        contents, size = read_contents(flatbuffer), measure_size(file)
        report("Judging on the tuning samples", 0.5)
        found = on_tuning(file, files)
        lost = self._lost(found)
        file.unlink()
        return Tried(
            recipe=str(self.recipe),
            key=variant_key(self.recipe, files.model.record, files.data.record),
            weighed=Weighed(
                size.size_bytes,
                size.gzip_bytes,
                contents.arena_bytes,
                tuple(sorted({*contents.input_types, *contents.output_types})),
                look_inside(flatbuffer).runs_on,
            ),
            tuning=found.metric,
            lost=lost,
            seconds=working_time.now() - began,
        )

    def _lost(self, found: OnTuning) -> Lost | None:
        if found.metric is None or found.scores is None:
            return None
        before = self._baseline_scores()
        if before is None or len(before) != len(found.scores):
            return None
        return lost_of(before, found.scores, higher_is_better=higher_is_better(found.metric.name))

    def _baseline_scores(self) -> Scores | None:
        """As they were kept; of a study that was made before they were, measured now."""
        kept = read_array(self.baseline, "tuning_scores")
        if kept is not None:
            return kept
        return on_tuning(self.files.model.float_tflite, self.files).scores


def higher_is_better(name: str) -> bool:
    """Of a metric, or of what a file reaches on the tuning role without labels."""
    return METRICS[name].higher_is_better if name in METRICS else name == AGREEMENT
