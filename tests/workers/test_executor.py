"""tests of workers/: whatever a task does, it ends with one clear reason and the next one works."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import psutil
import pytest

from optimizer.errors import ConversionError, JobError, LiteweighError
from optimizer.workers import program
from optimizer.workers.cell import recover
from optimizer.workers.executor import LocalExecutor
from optimizer.workers.logs import read_log
from tests.refused import refused
from tests.waiting import PATIENCE, until
from tests.workers import tasks
from tests.workers.conftest import MEMORY, Bench

ROOT = Path(__file__).parents[2]
AT_ONCE = 2.0  # seconds: cancel takes less than one, but the machines of tests are shared


@pytest.fixture(autouse=True)
def the_next_task_works(bench: Bench) -> Iterator[None]:
    """Holds for every test here, whatever it did."""
    yield
    assert bench.run(tasks.Add(bench.out(), 1, 2)) == 3


def test_a_result_and_its_progress_come_back(bench: Bench) -> None:
    task = tasks.Add(bench.out(), 20, 3)
    assert bench.executor.progress(task) is None
    assert bench.submit(task).result(PATIENCE) == 23
    progress = bench.executor.progress(task)
    assert progress is not None
    assert (progress.stage, progress.fraction) == ("Adding", 0.5)
    assert bench.started == [task]


def test_tasks_use_the_same_process_one_after_the_other(bench: Bench) -> None:
    assert len({bench.run(tasks.ProcessId(bench.out())) for _ in range(3)}) == 1
    assert bench.run(tasks.ProcessId(bench.out())) != os.getpid()


# ---- what goes wrong -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "signal_name"),
    [(tasks.Abort, "SIGABRT"), (tasks.Crash, "SIGSEGV")],
    ids=["abort", "crash"],
)
def test_a_task_that_crashes_says_so(
    bench: Bench, kind: type[tasks.Light[None]], signal_name: str
) -> None:
    with refused(JobError, f"crashed ({signal_name})", "other jobs are not affected", "log"):
        bench.run(kind(bench.out()))


@pytest.mark.parametrize(
    ("kind", "name"), [(tasks.Interrupt, "KeyboardInterrupt"), (tasks.Leave, "SystemExit")]
)
def test_code_that_ends_its_process_is_told_from_a_crash(
    bench: Bench, kind: type[tasks.Light[None]], name: str
) -> None:
    before = bench.run(tasks.ProcessId(bench.out()))
    with refused(JobError, "wanted to end it", name, "code that came with the model"):
        bench.run(kind(bench.out()))
    assert bench.run(tasks.ProcessId(bench.out())) == before


def test_a_task_that_the_system_kills_says_that_memory_may_be_short(bench: Bench) -> None:
    with refused(JobError, "The system ended the process", "memory", "run it again"):
        bench.run(tasks.BeKilled(bench.out()))


def test_a_task_that_leaves_the_process_says_so(bench: Bench) -> None:
    with refused(JobError, "ended unexpectedly", "log", "run it again"):
        bench.run(tasks.Vanish(bench.out()))


def test_a_task_that_needs_too_much_memory_says_so(bench: Bench) -> None:
    with refused(JobError, "more than its 2.0 GB of memory", "LITEWEIGH_JOB_MEMORY_GB"):
        bench.run(tasks.FillMemory(bench.out()))


def test_what_a_task_refuses_reaches_the_user_word_by_word(bench: Bench) -> None:
    with refused(ConversionError, "The model is made of cheese."):
        bench.run(tasks.Refuse(bench.out()))


def test_an_unexpected_error_is_named_and_the_log_has_its_traceback(bench: Bench) -> None:
    task = tasks.FailUnexpectedly(bench.out())
    with refused(JobError, "unexpected error", "(KeyError)", "log has the details"):
        bench.submit(task).result(PATIENCE)
    assert "KeyError: 'no such key'" in read_log(task.out)
    assert 'raise KeyError("no such key")' in read_log(task.out)


def test_a_result_that_cannot_be_sent_is_an_error(bench: Bench) -> None:
    with pytest.raises(JobError):
        bench.run(tasks.AnswerWithWhatCannotBeSent(bench.out()))


def test_a_task_that_cannot_be_sent_is_an_error(bench: Bench) -> None:
    with pytest.raises(JobError):
        bench.run(tasks.HoldWhatCannotBeSent(bench.out(), threading.Lock()))


def test_a_task_that_the_worker_cannot_read_is_an_error(bench: Bench) -> None:
    with pytest.raises(JobError):
        bench.run(tasks.HoldWhatCannotBeSent(bench.out(), tasks.NotThere()))


def test_the_log_has_all_that_was_printed_by_python_and_by_native_code(bench: Bench) -> None:
    task = tasks.PrintEverywhere(bench.out())
    bench.submit(task).result(PATIENCE)
    log = read_log(task.out)
    for text in ("from Python\n", "from Python's stderr", "without an end", "from native code",
                 "from native stderr", "from the C library"):  # fmt: skip
        assert text in log
    other = tasks.Add(bench.out(), 1, 1)
    bench.submit(other).result(PATIENCE)
    assert read_log(other.out) == ""


def test_the_log_keeps_what_was_printed_before_a_crash(bench: Bench) -> None:
    task = tasks.Abort(bench.out())
    with pytest.raises(JobError):
        bench.submit(task).result(PATIENCE)
    assert "about to abort" in read_log(task.out)


def test_a_log_that_was_never_written_is_empty(tmp_path: Path) -> None:
    assert read_log(tmp_path) == ""


# ---- cancel ----------------------------------------------------------------------------------


@pytest.mark.clock
def test_a_running_task_is_cancelled_at_once(bench: Bench) -> None:
    task = tasks.Sleep(bench.out(), PATIENCE)
    future = bench.submit(task)
    until(lambda: bench.executor.progress(task))
    began = time.monotonic()
    bench.executor.cancel(future)
    with pytest.raises(CancelledError):
        future.result(PATIENCE)
    assert time.monotonic() - began < AT_ONCE


@pytest.mark.clock
def test_a_waiting_task_is_cancelled_at_once_and_never_starts(bench: Bench, tmp_path: Path) -> None:
    first = tasks.WaitFor(bench.out())
    running = bench.submit(first)
    waiting = tasks.Sleep(bench.out(), PATIENCE)
    future = bench.submit(waiting)
    began = time.monotonic()
    bench.executor.cancel(future)
    assert future.cancelled()
    assert time.monotonic() - began < AT_ONCE
    bench.let_go(first)
    assert running.result(PATIENCE) is None
    assert waiting not in bench.started
    assert bench.executor.progress(waiting) is None


def test_cancelling_one_task_leaves_the_others(bench: Bench) -> None:
    sleep = tasks.Sleep(bench.out(), PATIENCE)
    running = bench.submit(sleep)
    waiting = bench.submit(tasks.Add(bench.out(), 1, 1))
    other = bench.submit(tasks.Add(bench.out(), 2, 2))
    until(lambda: bench.executor.progress(sleep))
    bench.executor.cancel(waiting)
    bench.executor.cancel(running)
    assert other.result(PATIENCE) == 4


def test_cancelling_what_has_ended_does_nothing(bench: Bench) -> None:
    future = bench.submit(tasks.Add(bench.out(), 1, 1))
    assert future.result(PATIENCE) == 2
    bench.executor.cancel(future)
    assert future.result() == 2


def test_a_task_cancelled_as_it_ends_harms_no_other(bench: Bench) -> None:
    for pause in (0.0, 0.01, 0.02, 0.03, 0.05, 0.08):
        future = bench.submit(tasks.Sleep(bench.out(), 0.03))
        time.sleep(pause)
        bench.executor.cancel(future)
        assert bench.run(tasks.Add(bench.out(), 1, 1)) == 2


def test_a_task_that_was_done_when_it_was_told_to_end_gives_its_result(bench: Bench) -> None:
    executor = bench.executor
    slot = bench.slot
    work = tasks.AddAfter(bench.out(), 20, 3)
    future = bench.submit(work)
    until(lambda: executor.progress(work))
    with executor._lock:  # so that nobody else looks at the workers
        bench.let_go(work)
        assert slot.process
        answers, _ = slot.process.waits_for[0]
        assert select.select([answers], [], [], PATIENCE)[0]
        assert slot._task
        slot._task.reason = "cancelled"
        slot.process.kill()
    executor._look_now()
    assert future.result(PATIENCE) == 23


# ---- quiet -----------------------------------------------------------------------------------


def test_a_measurement_never_overlaps_with_another_task(bench: Bench) -> None:
    other = LocalExecutor(0, MEMORY, PATIENCE)  # as another Liteweigh on the same machine would
    try:
        second = Bench(other, bench.folder / "second")
        second.folder.mkdir()
        work, measurement = tasks.Span, tasks.QuietSpan
        pattern = [work, measurement, work, work, measurement, measurement, work]
        futures = [
            (kind, where.submit(kind(where.out(), 0.05)))
            for kind in pattern
            for where in (bench, second)
        ]
        spans = [(kind, future.result(PATIENCE)) for kind, future in futures]
    finally:
        other.close()
    for number, (kind, moments) in enumerate(spans):
        others = [moment for i, (_, one) in enumerate(spans) if i != number for moment in one]
        if kind.needs_quiet:
            assert not [moment for moment in others if moments[0] < moment < moments[-1]]


# ---- processes -------------------------------------------------------------------------------


def test_a_worker_runs_neither_streamlit_nor_the_callers_main_module(bench: Bench) -> None:
    modules = bench.run(tasks.LoadedModules(bench.out()))
    assert not {"streamlit", "plotly", "pytest", "tensorflow"} & set(modules)
    mains = {name for name in modules if name.startswith("main file: ")}
    assert mains == {f"main file: {program.__file__}", "main file: None"}


def test_a_worker_that_died_while_idle_is_replaced(bench: Bench) -> None:
    idle = bench.pid
    os.kill(idle, signal.SIGKILL)
    until(lambda: not psutil.pid_exists(idle))  # it was seen to be dead, and buried
    task = tasks.Sleep(bench.out(), PATIENCE)
    future = bench.submit(task)
    until(lambda: bench.executor.progress(task))
    bench.executor.cancel(future)
    with pytest.raises(CancelledError):
        future.result(PATIENCE)


# ---- what a worker is kept from --------------------------------------------------------------


def test_a_worker_does_not_see_the_servers_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "AWS_SECRET_ACCESS_KEY", "DATABASE_URL", "TF_SECRET", "LITEWEIGH_TOKEN", "TF_VAR_db_pass",
        "TF_CLI_CONFIG_FILE", "LITEWEIGH_DB", "CUDA_PIN", "KERAS_X", "LC_SIGN", "PYTHON_PIN",
    ):  # fmt: skip
        monkeypatch.setenv(name, "s3cret")
    monkeypatch.setenv("LITEWEIGH_PACKAGES", "studio")
    executor = LocalExecutor(0, MEMORY, PATIENCE)
    try:
        here = Bench(executor, tmp_path)
        variables, at_start = here.run(tasks.Environment(here.out()))
    finally:
        executor.close()
    assert "s3cret" not in [*variables.values()]
    assert "AWS_SECRET_ACCESS_KEY" not in variables
    assert "s3cret" not in at_start
    assert variables["LITEWEIGH_PACKAGES"] == "studio"
    assert variables["PATH"] == os.environ["PATH"]


def test_a_task_works_in_a_folder_of_its_own_that_is_gone_afterwards(bench: Bench) -> None:
    before = bench.run(tasks.Environment(bench.out()))[0].get("TMPDIR")
    task = tasks.LeaveFilesAround(bench.out())
    where, temporary = bench.submit(task).result(PATIENCE)
    assert Path(where).parent == task.out
    assert Path(temporary).parent == Path(where)
    assert not Path(where).exists()
    assert bench.run(tasks.LeaveFilesAround(bench.out()))[0] != where
    assert before is not None
    assert not Path(before).exists()


def test_what_a_crashed_task_left_is_deleted(bench: Bench) -> None:
    task = tasks.CrashWithFiles(bench.out())
    with pytest.raises(JobError):
        bench.submit(task).result(PATIENCE)
    assert {file.name for file in task.out.iterdir()} <= {"log.txt", "progress.jsonl"}


def test_a_worker_writes_no_endless_files_and_no_core_dumps(bench: Bench) -> None:
    bench.run(tasks.WriteFar(bench.out(), 1))
    with refused(JobError, "unexpected error", "(OSError)"):
        bench.run(tasks.WriteFar(bench.out(), 65))
    core, status = bench.run(tasks.ProcessLimits(bench.out()))
    assert core == (1, 1), "bytes"
    assert "NoNewPrivs:\t1" in status


def test_a_task_that_takes_too_long_says_so(tmp_path: Path) -> None:
    executor = LocalExecutor(0, MEMORY, seconds=3)
    try:
        impatient = Bench(executor, tmp_path)
        assert impatient.run(tasks.Add(impatient.out(), 1, 1)) == 2
        with refused(JobError, "longer than its 0.05 minutes", "LITEWEIGH_JOB_MINUTES"):
            impatient.run(tasks.Sleep(impatient.out(), PATIENCE))
        assert impatient.run(tasks.Add(impatient.out(), 1, 1)) == 2
    finally:
        executor.close()


def test_closing_ends_all_processes(tmp_path: Path) -> None:
    executor = LocalExecutor(0, MEMORY, PATIENCE)
    before = Bench(executor, tmp_path)
    before.run(tasks.Add(before.out(), 1, 2))
    worker = before.pid
    task = tasks.Sleep(before.out(), PATIENCE)
    before.submit(task)
    until(lambda: executor.progress(task))
    executor.close()
    assert not psutil.pid_exists(worker)


SERVER = """
import sys, time
from pathlib import Path
from optimizer.workers.executor import LocalExecutor
from tests.workers import tasks
executor = LocalExecutor(1, 2**31, 60)
task = tasks.Sleep(Path(sys.argv[1]), 60.0)
executor.submit(task, lambda: None, "study")
while not executor.progress(task):
    time.sleep(0.01)
print(*(slot.process.pid for slot in executor._slots), executor._cells.folder, flush=True)
time.sleep(60)
"""


def test_workers_end_themselves_when_the_server_is_killed(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    *pids, folder = server.stdout.readline().split()
    workers = [psutil.Process(int(pid)) for pid in pids]
    workers += [child for worker in workers for child in worker.children(recursive=True)]
    server.kill()
    server.wait()
    until(lambda: not any(_alive(worker) for worker in workers))
    assert Path(folder).exists()
    recover(tmp_path)
    assert (tmp_path / "progress.jsonl").exists(), "what the task had made so far"
    LocalExecutor(0, MEMORY, PATIENCE, folder=Path(folder).parent).close()
    assert not Path(folder).exists(), "the next server deletes what the killed one left"


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_errors_of_the_family_survive_the_way_between_processes() -> None:
    import pickle

    for kind in LiteweighError.__subclasses__():
        again = pickle.loads(pickle.dumps(kind("a sentence")))
        assert (type(again), str(again)) == (kind, "a sentence")
