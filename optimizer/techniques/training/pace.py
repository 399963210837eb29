"""techniques/training/: how long a training will still take, from how fast it has gone so far."""

LEAST_STEPS, LEAST_SECONDS = 5, 2.0  # below which a pace is a guess
FORWARD = 1 / 3  # of a training step is one pass forward (Kaplan et al. 2020, 2.1)


class Pace:
    """Watches the ends of steps and epochs.

    The first step counts nowhere: in it the graph is traced, which takes as long as hundreds.
    """

    def __init__(self, steps: int, tuning_steps: int, epochs: int) -> None:
        """
        Args:
            steps: Training steps of an epoch.
            tuning_steps: Batches that are looked at after each epoch.
            epochs: How many epochs there are at most.
        """
        self._steps, self._epochs = steps, epochs
        self._after_epoch = tuning_steps * FORWARD  # in steps, until an epoch has ended
        self._done = 0
        self._last: float | None = None  # when the last step ended; None before the first
        self._seconds, self._counted = 0.0, 0  # of steps that had one before them in their epoch

    def step(self, done: int, now: float) -> None:
        """A step has ended.

        Args:
            done: How many have, in all epochs.
            now: Seconds, on a clock that only goes forwards.
        """
        first_of_epoch = self._done % self._steps == 0 or done <= self._done
        if self._last is not None and not first_of_epoch:
            self._seconds += now - self._last
            self._counted += done - self._done
        self._done, self._last = done, now

    def epoch(self, now: float) -> None:
        """An epoch has ended, with the looking at tuning after its last step."""
        if self._last is not None and self._counted:
            self._after_epoch = (now - self._last) / self._step_seconds
        self._last = now

    def left(self) -> float | None:
        """Seconds that all that is left will take; None where that would be a guess."""
        if self._counted < LEAST_STEPS or self._seconds < LEAST_SECONDS:
            return None
        epochs_left = self._epochs - (self._done - 1) // self._steps
        steps_left = self._epochs * self._steps - self._done + epochs_left * self._after_epoch
        return steps_left * self._step_seconds

    @property
    def _step_seconds(self) -> float:
        return self._seconds / self._counted
