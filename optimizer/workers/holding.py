"""workers/: work stands still while latency is measured, and goes on afterwards.

Whoever measures does not wait until an hour's training has ended: its processes are held, of this
server and of every other one of the user, and give their turns back meanwhile. A measurement is
held itself for what somebody waits for at a page; what it was timing then it times again.
"""

import time
from collections.abc import Iterable

from optimizer.workers.quiet_machine import Turns
from optimizer.workers.slot import Slot

LOOK = 0.2  # seconds between two looks at who waits


class Holding:
    """Holds tasks and lets them go. Used by the thread that watches the workers."""

    def __init__(self, turns: Turns) -> None:
        """`turns` tells who waits."""
        self._turns = turns
        self._next_look = 0.0
        self._not_before: dict[int, float] = {}  # by a task's turn: when it may be held again

    def look_after(self, slots: Iterable[Slot]) -> None:
        """Holds whose turn it no longer is, and lets go whose turn it is again."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOK
        at_work = [slot for slot in slots if slot.can_be_held]
        turns = {slot.current.turn for slot in at_work if slot.current}
        self._not_before = {turn: at for turn, at in self._not_before.items() if turn in turns}
        if not at_work:
            return
        wanted = self._turns.wanted()
        for slot in at_work:
            if slot.held:
                self._ask_again(slot)
            elif self._makes_way(slot, quiet=wanted.quiet, urgent=wanted.urgent):
                self._hold(slot)

    def _makes_way(self, slot: Slot, *, quiet: bool, urgent: bool) -> bool:
        submitted = slot.current
        if submitted is None or submitted.cancelled or submitted.work.urgent:
            return False
        if submitted.work.needs_quiet:
            return urgent
        # Half of the time at least is its own, however many want to measure.
        return quiet and time.monotonic() >= self._not_before.get(submitted.turn, 0.0)

    def _hold(self, slot: Slot) -> None:
        assert slot.current  # noqa: S101 (for the type checker: it is at work)
        slot.hold()
        self._turns.give_way(slot.current.turn)

    def _ask_again(self, slot: Slot) -> None:
        submitted = slot.current
        assert submitted  # noqa: S101 (for the type checker: it is at work)
        if not self._turns.ask(submitted.turn, quiet=submitted.work.needs_quiet):
            held = slot.let_go()
            self._not_before[submitted.turn] = time.monotonic() + held
