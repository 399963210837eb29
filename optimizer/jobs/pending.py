"""jobs/: something the user waits for that is not a job."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from optimizer.jobs.time_limit import TimeLimit
from optimizer.workers.progress import Progress

T = TypeVar("T")
U = TypeVar("U")


class Pending(Generic[T]):
    """A model being opened, data being read, or a question being answered; T is what comes out.

    Attributes:
        progress: Tells how far it is.
        cancel: Ends it; nothing is changed then.
        log: What the worker printed, once it has failed.
        limit: How long it may take; None where only the limits of every task hold.
    """

    def __init__(
        self,
        progress: Callable[[], Progress | None],
        cancel: Callable[[], None],
        limit: TimeLimit | None = None,
    ) -> None:
        self.progress, self.cancel, self.limit = progress, cancel, limit
        self.log = ""
        self._done: Future[T] = Future()

    @classmethod
    def made(cls, result: T) -> "Pending[T]":
        """One whose result is there already."""
        pending: Pending[T] = cls(lambda: None, lambda: None)
        pending.succeed(result)
        return pending

    @classmethod
    def failed(cls, error: BaseException) -> "Pending[T]":
        """One that could not even begin."""
        pending: Pending[T] = cls(lambda: None, lambda: None)
        pending.fail(error, "")
        return pending

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._done.done()

    def wait_until_ended(self, seconds: float) -> None:
        """Waits so long, or until it has ended, however."""
        wait([self._done], timeout=seconds)

    def result(self) -> T:
        """What came out; waits for it.

        Raises:
            LiteweighError: why it failed.
        """
        return self._done.result()

    def succeed(self, result: T) -> None:
        """Ends it well."""
        self._done.set_result(result)

    def fail(self, error: BaseException, log: str) -> None:
        """Ends it with an error."""
        self.log = log
        self._done.set_exception(error)

    def then(self, make: Callable[[T], U]) -> "Pending[U]":
        """The same operation with something made of its result."""
        other: Pending[U] = Pending(self.progress, self.cancel, self.limit)

        def ended(done: "Future[T]") -> None:
            error = done.exception()
            if error is None:
                other.succeed(make(done.result()))
            else:
                other.fail(error, self.log)

        self.on_end(ended)
        return other

    def continue_with(self, other: "Pending[T]") -> None:
        """Becomes another one: its progress, its way to be stopped, its limit and its end."""
        self.progress, self.cancel, self.limit = other.progress, other.cancel, other.limit

        def ended(done: "Future[T]") -> None:
            error = done.exception()
            if error is None:
                self.succeed(done.result())
            else:
                self.fail(error, other.log)

        other.on_end(ended)

    def on_end(self, call: Callable[["Future[T]"], None]) -> None:
        """Calls `call` when it has ended, well or not."""
        self._done.add_done_callback(call)
