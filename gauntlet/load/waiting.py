"""Due arrivals that have no connection yet, the longest waiting first."""

from __future__ import annotations

from collections import deque

from gauntlet.load.recorder import Recorder


class Waiting:
    """A queue that tells the recorder how late each arrival was started by us.

    Who waits because the profile allows no more connections waits for the gateway. Who is held back though one more
    could be opened waits for us: that is start lag, and never booked on the gateway unseen.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._held_back = 0  # of those in the queue
        self._queue: deque[tuple[int, float, float | None]] = deque()  # arrival, since when, its lag if not told yet

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, arrival: int, now_s: float, lag_s: float, *, full: bool) -> None:
        """Let an arrival wait that was noticed `lag_s` after its time; `full`: no more connections are allowed."""
        if full:
            self._recorder.arrived(arrival, lag_s)
        else:
            self._held_back += 1
        self._queue.append((arrival, now_s, None if full else lag_s))

    def wait_for_gateway(self, now_s: float) -> None:
        """From now on no more connections are allowed: who waits still, waits for the gateway and no longer for us."""
        if not self._held_back:
            return
        self._held_back = 0
        for place, (arrival, since, lag) in enumerate(self._queue):
            if lag is not None:
                self._recorder.arrived(arrival, lag + now_s - since)
                self._queue[place] = (arrival, since, None)

    def first(self) -> tuple[int, float]:
        """Return the arrival that waits longest, and since when."""
        arrival, since, _ = self._queue[0]
        return arrival, since

    def take(self, now_s: float) -> int:
        """Remove the arrival that waits longest, and return it."""
        arrival, since, lag = self._queue.popleft()
        if lag is not None:
            self._held_back -= 1
            self._recorder.arrived(arrival, lag + now_s - since)
        return arrival
