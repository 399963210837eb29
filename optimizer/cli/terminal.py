"""cli/: where a command says things: results on standard output, all else on standard error."""

import json
import sys
import time
from types import TracebackType
from typing import TypeVar

from optimizer.cli.progress_display import Bars, Display, Lines
from optimizer.cli.undecided import document
from optimizer.errors import IN_THE_LOG, LiteweighError, UndecidedError
from optimizer.export import numbers
from optimizer.jobs.pending import Pending
from optimizer.workers.progress import Progress

GLANCE = 0.1  # seconds between two looks at how far something is
LOG_LINES = 30  # a traceback through a library has as many
T = TypeVar("T")


class Terminal:
    """The two streams of a command; a context that leaves the terminal as it was.

    A question that ends the command is its document: what can be decided, and how.

    Progress is drawn where standard error is a terminal; elsewhere, in a log say, each stage is
    one line.
    """

    def __init__(self, *, quiet: bool, as_json: bool) -> None:
        """`quiet` leaves errors and documents; `as_json` keeps standard output for a document."""
        self._quiet, self.as_json = quiet, as_json
        self._display: Display = Bars() if sys.stderr.isatty() else Lines()

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._display.close()
        if self.as_json and isinstance(error, UndecidedError):
            self.document(document(error))

    def say(self, line: str) -> None:
        """A line for people."""
        if not self._quiet:
            with self._display.paused():
                print(line, file=sys.stderr if self.as_json else sys.stdout, flush=True)

    def remark(self, line: str) -> None:
        """A line for people that is no result: beside them, whatever standard output is for."""
        if not self._quiet:
            with self._display.paused():
                print(line, file=sys.stderr, flush=True)

    def document(self, content: object) -> None:
        """What another program reads."""
        with self._display.paused():
            print(json.dumps(content, indent=1))

    def show(self, what: str, now: Progress | None) -> None:
        """How far something is; None if it waits."""
        if now and not self._quiet:
            self._display.show(what, now)

    def ended(self, what: str) -> None:
        """It is done, or has failed."""
        self._display.remove(what)

    def wait_for(self, what: str, pending: Pending[T]) -> T:
        """Shows an operation until it has ended; returns what came out.

        Where its message leaves the rest to the log, that is said before: there is no study yet
        that could keep it.

        Raises:
            LiteweighError: why it failed.
        """
        told = False
        while not pending.done:
            self.show(what, pending.progress())
            left = pending.limit.left if pending.limit else None
            if pending.limit and left is not None and not told and 2 * left < pending.limit.seconds:
                told = True
                self.say(
                    f"{what}: opening is stopped in {numbers.seconds(left)}, for some files take "
                    "for ever. To wait longer, raise LITEWEIGH_OPENING_MINUTES."
                )
            time.sleep(GLANCE)
        self.ended(what)
        try:
            return pending.result()
        except LiteweighError as error:
            if IN_THE_LOG in str(error):
                self._show_log(pending.log)
            raise

    def _show_log(self, log: str) -> None:
        """The end of a log, which may hold what a file says: as text, whatever it is."""
        lines = ["The end of its log:", *log.splitlines()[-LOG_LINES:]]
        shown = ["".join(one if one.isprintable() else "?" for one in line) for line in lines]
        with self._display.paused():
            print("\n".join(shown), file=sys.stderr, flush=True)
