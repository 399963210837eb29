"""optimizer/: where messages for whoever runs Liteweigh go: standard error, a line each."""

import atexit
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from optimizer import settings

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
ENGINE = __name__.partition(".")[0]
MINUTE = 60.0
MOST_ALIKE = 20  # different messages of one line of code in a minute
_What = tuple[tuple[str, int, str, int], str | None]


def set_up(*packages: str) -> None:
    """Shows the messages of the engine and of `packages`, from the level of LITEWEIGH_LOG on.

    Those of other libraries are shown from WARNING on, and none more than once a minute. A program
    that has set up logging already keeps its own way of showing.

    Raises:
        SettingError: a setting cannot be used.
    """
    level = settings.from_environment().log
    logging.basicConfig(format=FORMAT)
    for name in (ENGINE, *packages):
        logging.getLogger(name).setLevel(level)
    for handler in _handlers():
        if not any(isinstance(one, OnceAMinute) for one in handler.filters):
            once = OnceAMinute(handler)
            handler.addFilter(once)
            atexit.register(once.tell_all)


def _handlers() -> Iterator[logging.Handler]:
    """Of all loggers: servers have their own."""
    for logger in (logging.root, *logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            yield from logger.handlers


@dataclass
class _Shown:
    """A message that was shown, and how often it came again since."""

    record: logging.LogRecord
    since: float
    again: int = 0


class OnceAMinute(logging.Filter):
    """Keeps a handler from showing what it has shown within a minute, and counts it instead.

    What goes wrong ten times a second would fill the disk with the same lines. One line of code
    that says something else each time is held to a few a minute.
    """

    def __init__(
        self, handler: logging.Handler, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """For one handler; `clock` gives seconds."""
        super().__init__()
        self._handler, self._clock = handler, clock
        self._shown: dict[_What, _Shown] = {}
        self._lock = threading.RLock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to show it now."""
        now = self._clock()
        with self._lock:
            self._tell(lambda one: now - one.since >= MINUTE)
            what = self._name(record)
            if what in self._shown:
                self._shown[what].again += 1
                return False
            self._shown[what] = _Shown(record, now)
        return True

    def _name(self, record: logging.LogRecord) -> _What:
        """What makes two messages the same; those of a line of code that says too many are."""
        place = (record.name, record.levelno, record.pathname, record.lineno)
        alike = [what for what in self._shown if what[0] == place]
        what = (place, record.getMessage())
        return what if what in self._shown or len(alike) < MOST_ALIKE else (place, None)

    def tell_all(self) -> None:
        """Says how often each came again, before the program ends."""
        with self._lock:
            self._tell(lambda _: True)

    def _tell(self, chosen: Callable[[_Shown], bool]) -> None:
        for what, one in list(self._shown.items()):
            if chosen(one):
                del self._shown[what]
                if one.again:
                    self._handler.emit(_counted(one))
                    self._shown[what] = _Shown(one.record, self._clock())


def _counted(shown: _Shown) -> logging.LogRecord:
    text = f"{shown.record.getMessage()} (repeated {shown.again:,} times)"
    bare = {"msg": text, "args": (), "exc_info": None, "exc_text": None, "stack_info": None}
    return logging.makeLogRecord({**vars(shown.record), **bare, "created": time.time()})
