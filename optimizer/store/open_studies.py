"""store/: the studies that this process has open: each once, and no longer than it is used.

Whoever has a study in hand (a job, a page that is being drawn) keeps it open, as Python keeps an
object. One that nobody has in hand stays open for a while, for the next page that asks for it; then
its descriptor is free, and another process may open it. Nothing is lost by that: what is on disk is
what was known.
"""

import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable

from optimizer.store.study import Study

MOST_IDLE = 32  # studies
LONGEST_IDLE = 300.0  # seconds
LOOK = 30.0  # seconds between two looks at what is idle


class OpenStudies:
    """Studies by id.

    Attributes:
        longest_idle: seconds that a study stays open after somebody asked for it.
    """

    def __init__(self, longest_idle: float = LONGEST_IDLE) -> None:
        """None is open yet."""
        self.longest_idle = longest_idle
        self._alive: weakref.WeakValueDictionary[str, Study] = weakref.WeakValueDictionary()
        self._let_go: dict[str, Callable[[], None]] = {}
        self._idle: OrderedDict[str, tuple[Study, float]] = OrderedDict()  # used last: last
        self._opening: weakref.WeakValueDictionary[str, threading.Lock] = (
            weakref.WeakValueDictionary()
        )
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._caretaker: threading.Thread | None = None

    def get(self, study_id: str, open_it: Callable[[], Study]) -> Study:
        """The one called so; `open_it` opens it where it is not open.

        Nobody waits for it who wants another one: an index can be large, and a disk slow.
        """
        with self._lock:
            alone = self._opening.setdefault(study_id, threading.Lock())
        with alone:
            with self._lock:
                study = self._alive.get(study_id)
                # Its last holder may have let it go in this moment, and its lock in the next.
                let_go = self._let_go.pop(study_id, None) if study is None else None
            if study is None:
                if let_go:
                    let_go()
                study = open_it()
            self.add(study)
            study.catch_up()
            return study

    def add(self, study: Study) -> None:
        """Takes one that was just opened, or used."""
        study_id = study.index.id
        with self._lock:
            self._alive[study_id] = study
            self._let_go[study_id] = study.held.let_go
            self._idle[study_id] = (study, time.monotonic())
            self._idle.move_to_end(study_id)
            self._drop_idle()
            if self._caretaker is None:
                self._ended.clear()
                self._caretaker = threading.Thread(
                    target=self._take_care, name="studies", daemon=True
                )
                self._caretaker.start()

    def drop(self, study: Study) -> None:
        """Lets go of one that is no more, whoever has it in hand."""
        with self._lock:
            for of_id in (self._alive, self._let_go, self._idle):
                of_id.pop(study.index.id, None)
            study.held.let_go()

    def close(self) -> None:
        """Closes all, whoever has them in hand."""
        with self._lock:
            self._ended.set()
            for study in list(self._alive.values()):
                study.close()
            self._alive.clear()
            self._let_go.clear()
            self._idle.clear()

    def _take_care(self) -> None:
        """Ends once nothing is idle; whoever opens a study next starts it anew."""
        while not self._ended.wait(min(LOOK, self.longest_idle)):
            with self._lock:
                self._drop_idle()
                if not self._idle:
                    break
        with self._lock:
            self._caretaker = None

    def _drop_idle(self) -> None:
        """Lets go of those that were idle for long, the oldest first, and of more than may be.

        One whose index could not be written stays, and is tried again.
        """
        oldest = time.monotonic() - self.longest_idle
        for study_id, (study, used) in list(self._idle.items()):
            if len(self._idle) <= MOST_IDLE and used > oldest:
                return
            study.catch_up()
            if study.trouble is None:
                del self._idle[study_id]
