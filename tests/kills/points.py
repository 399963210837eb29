"""tests/kills: the one list of moments at which a process is killed. Standard library only.

A stage that comes to Liteweigh adds its lines to `POINTS`, in the order in which a study passes
them: a round of kills goes through the list from above, on one study after the other, and a point
that is not passed fails it. So of the points after which a step is not done again there is one for
each step, the last.
"""

from dataclasses import dataclass

HOST, WORKER = "host", "worker"
INDEX = "study.json"
PRUNED = "prune-epochs-2-int8"  # how a file of `tests.kills.study.RECIPES` begins
BROUGHT = "brought-"  # how the file begins of a variant that was brought


@dataclass(frozen=True)
class Point:
    """A call of ours, before or after which the process stops and is killed.

    Attributes:
        stage: What the study is at.
        where: The process that makes the call: the one that has the study, or a worker.
        call: `module:function` or `module:Class.method`.
        about: Stands in one of the call's arguments; empty: any call.
        after: Whether it has returned.
        nth: Which of these calls of one process; 1 is the first.
        uploads: Whether only a server makes it.
    """

    stage: str
    where: str
    call: str
    about: str = ""
    after: bool = False
    nth: int = 1
    uploads: bool = False

    def __str__(self) -> str:
        name = self.call.partition(":")[2]
        about = f" of {self.about}" if self.about else ""
        number = f", {self.nth}." if self.nth > 1 else ""
        return f"{self.stage}: {'after' if self.after else 'before'} {name}{about}{number}"


def _around(stage: str, where: str, call: str, about: str = "", nth: int = 1) -> tuple[Point, ...]:
    return tuple(Point(stage, where, call, about, after, nth) for after in (False, True))


_SETTLE = "optimizer.files.atomic:settle"
_CHECKPOINT = "optimizer.techniques.training.checkpoint:Checkpoints.save"

POINTS: tuple[Point, ...] = (
    Point("upload", HOST, _SETTLE, ".uploads", uploads=True),
    Point("upload", HOST, _SETTLE, ".uploads", after=True, uploads=True),
    # The model is opened.
    *_around("hand over", HOST, "optimizer.workers.handover:hand_over", "OpenModel"),
    *_around("open", WORKER, "optimizer.models.recognise:recognise"),
    Point("open", WORKER, "optimizer.models.load:LoadedModel.summarise"),
    *_around("open", WORKER, "optimizer.models.load:LoadedModel.export"),
    *_around("open", WORKER, "optimizer.tasks.first_conversion:convert_first"),
    *_around("open", WORKER, _SETTLE, "float32.tflite"),
    Point("open", WORKER, "optimizer.tasks.open_model:look_at_training", after=True),
    *_around("take back", HOST, "optimizer.workers.handover:take_back", "OpenModel"),
    Point("open", HOST, "optimizer.store.library:Library.adopt"),
    *_around("index write", HOST, _SETTLE, INDEX),
    *_around("open", HOST, "optimizer.store.study:Study.move"),
    # Data are read, and judged with the float model.
    *_around("data", WORKER, "optimizer.data.reading:read"),
    Point("data", WORKER, "optimizer.tasks.judge_data:judge"),
    Point("data", WORKER, "optimizer.tasks.make_variant:MakeVariant.run", after=True),
    Point("data", HOST, "optimizer.jobs.install:install_data"),
    *_around("install", HOST, "optimizer.jobs.install:install_variant_files", "float32"),
    Point("index write", HOST, _SETTLE, INDEX),
    Point("data", HOST, "optimizer.jobs.install:install_data", after=True),
    # A recipe is run.
    *_around("start", HOST, "optimizer.store.study:Study.add_job"),
    Point("start", HOST, "optimizer.store.study:Study.set_job", after=True),
    Point("convert", WORKER, "optimizer.tasks.make_variant:sources", after=True),
    *_around("convert", WORKER, _SETTLE, "int8-"),
    *_around("audit", WORKER, "optimizer.audit.audit:audit"),
    Point("evaluate", WORKER, "optimizer.measure.predict:predict"),
    *_around("evaluate", WORKER, "optimizer.store.prediction_files:write_predictions"),
    *_around("audit", WORKER, _SETTLE, "audit.json"),
    *_around("audit", WORKER, _SETTLE, "inside.json"),
    *_around("take back", HOST, "optimizer.workers.handover:take_back", "int8"),
    *_around("install", HOST, "optimizer.jobs.install:install_variant_files"),
    *_around("install", HOST, "optimizer.store.study:Study.put_variant"),
    # One is trained, epoch by epoch: what is saved of one is not done again.
    *_around("train", HOST, "optimizer.store.training_folders:hand_over"),
    Point("train", WORKER, "optimizer.techniques.training.learn:learn"),
    Point("train", WORKER, _CHECKPOINT),
    *_around("train", WORKER, _SETTLE, "state.json"),
    Point("train", WORKER, _CHECKPOINT, after=True),
    *_around("reopen", HOST, "optimizer.store.training_folders:take_back"),
    Point("train", WORKER, "optimizer.techniques.training.learn:learn", after=True),
    *_around("train", WORKER, _SETTLE, "step.json"),
    *_around("train", WORKER, "optimizer.tasks.train:_export"),
    *_around("train", HOST, "optimizer.jobs.training_turns:TrainingTurns.end"),
    *_around("install", HOST, "optimizer.jobs.install:install_variant_files", PRUNED),
    # All are timed.
    Point("time", WORKER, "subprocess:Popen.communicate"),
    *_around("time", WORKER, "optimizer.measure.own_process:measure_in_own_process"),
    *_around("time", WORKER, "optimizer.measure.latency:measure_latency"),
    *_around("time", WORKER, "optimizer.tasks.time_variants:_keep"),
    *_around("time", HOST, "optimizer.jobs.install:install_timed"),
    # A finished file is brought.
    Point("bring", HOST, "optimizer.store.brought_files:keep_brought"),
    *_around("bring", HOST, _SETTLE, "/brought/"),
    Point("bring", HOST, "optimizer.store.brought_files:keep_brought", after=True),
    *_around("bring", HOST, "optimizer.store.study:Study.add_job", "brought("),
    *_around("bring", WORKER, "optimizer.tasks.check_brought:check_brought"),
    *_around("bring", WORKER, "optimizer.models.trust.tflite:write_canonical_tflite"),
    *_around("bring", WORKER, _SETTLE, BROUGHT),
    *_around("take back", HOST, "optimizer.workers.handover:take_back", "/brought/"),
    *_around("install", HOST, "optimizer.jobs.install:install_variant_files", BROUGHT),
    *_around("install", HOST, "optimizer.store.study:Study.put_variant", BROUGHT),
    *_around("time", HOST, "optimizer.jobs.install:install_timed", BROUGHT),
)
