"""tests of store/: studies are open while somebody has them in hand, and a while longer."""

import gc
import os
import resource
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.store.library import Library
from optimizer.store.open_studies import MOST_IDLE, OpenStudies
from optimizer.store.records import Job, Status
from optimizer.store.study import LOCK, Study, read_index
from tests.jobs.disk import FULL, Disk, watched
from tests.levels import some
from tests.variants import study as made_by_hand
from tests.variants import variant
from tests.waiting import until

FREE = MOST_IDLE + 30  # descriptors beside those that are in use


@pytest.fixture
def few_descriptors() -> Iterator[None]:
    """A process that may open only a few more files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/dev/fd"))  # noqa: PTH208 (numbers, no paths)
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + FREE, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With a study called tiny."""
    made_by_hand(tmp_path / "tiny", variant("float32")).close()
    return tmp_path


def another_may_open(folder: Path) -> bool:
    """Whether nobody holds the lock; each object holds one of its own, in this process too."""
    try:
        Study(folder).close()
    except Exception:  # noqa: BLE001 (the test of Study says which)
        return False
    return True


@pytest.mark.parametrize("count", some([150, 2_000], quick=[150]))
@pytest.mark.usefixtures("few_descriptors")
def test_any_number_of_studies_can_be_opened_one_after_the_other(home: Path, count: int) -> None:
    for number in range(count):
        shutil.copytree(home / "tiny", home / f"study-{number}")
    library = Library(home)
    for number in range(count):
        library.open(f"study-{number}").add_job(Job(id="job", recipe="int8", status=Status.DONE))
    for number in range(count):
        assert [job.id for job in library.open(f"study-{number}").index.jobs] == ["job"]
    library.close()


@pytest.mark.usefixtures("few_descriptors")
def test_what_somebody_has_in_hand_stays_open_and_is_the_same(home: Path) -> None:
    for number in range(2 * MOST_IDLE):
        shutil.copytree(home / "tiny", home / f"study-{number}")
    library = Library(home)
    study = library.open("tiny")
    study.add_job(Job(id="job", recipe="int8", status=Status.RUNNING))
    for number in range(2 * MOST_IDLE):
        library.open(f"study-{number}")
    assert not another_may_open(home / "tiny")
    assert another_may_open(home / "study-0")
    assert library.open("tiny") is study
    assert study.index.jobs[0].status is Status.RUNNING
    library.close()


def test_what_is_not_used_is_closed_after_a_while_and_opened_again_when_asked_for(
    home: Path,
) -> None:
    studies = OpenStudies(longest_idle=0.05)
    folder = home / "tiny"
    studies.get("tiny", lambda: Study(folder)).add_job(Job(id="job", recipe="int8"))
    until(lambda: another_may_open(folder))
    again = studies.get("tiny", lambda: Study(folder))
    assert again.index.jobs[0].status is Status.INTERRUPTED
    studies.close()
    assert another_may_open(folder)


def test_one_whose_end_is_not_on_disk_yet_stays_until_it_is(home: Path) -> None:
    studies, folder = OpenStudies(longest_idle=0.02), home / "tiny"
    disk = Disk(home, FULL)
    study = studies.get("tiny", lambda: Study(folder))
    study.add_job(Job(id="job", recipe="int8", status=Status.RUNNING))
    with watched(disk):
        study.set_job("job", status=Status.FAILED)
        del study
        for _ in range(5):
            threading.Event().wait(0.02)
            gc.collect()
            assert read_index(folder).jobs[0].status is Status.RUNNING
        disk.lift()
        until(lambda: read_index(folder).jobs[0].status is Status.FAILED)
    studies.close()


def test_threads_that_open_and_drop_the_same_study_never_stand_in_each_others_way(
    home: Path,
) -> None:
    """One of them may ask for it in the moment in which another lets it go."""
    studies, folder = OpenStudies(longest_idle=0.0), home / "tiny"
    failed: list[Exception] = []

    def use() -> None:
        try:
            for _ in range(100):
                assert studies.get("tiny", lambda: Study(folder)).index.id == "tiny"
        except Exception as error:  # noqa: BLE001 (told below)
            failed.append(error)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    studies.close()
    assert (folder / LOCK).exists()


def test_a_study_that_opens_slowly_holds_up_no_other(home: Path) -> None:
    shutil.copytree(home / "tiny", home / "other")
    studies = OpenStudies()
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> Study:
        begun.set()
        assert go_on.wait(60)
        return Study(home / "tiny")

    found: list[Study] = []
    slow = [
        threading.Thread(target=lambda: found.append(studies.get("tiny", slowly))) for _ in range(2)
    ]
    for thread in slow:
        thread.start()
    try:
        assert begun.wait(60)
        quick = threading.Thread(target=studies.get, args=("other", lambda: Study(home / "other")))
        quick.start()
        quick.join(30)
        assert not quick.is_alive(), "it waits for the one that opens slowly"
    finally:
        go_on.set()
        for thread in slow:
            thread.join(60)
    assert len(found) == 2
    assert found[0] is found[1], "both get the same one, which was opened once"
    studies.close()
