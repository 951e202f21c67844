"""Answers that wait to be judged and counted, many at once: between calls of the kernel each takes twice as long."""

from __future__ import annotations

from gauntlet.load.arrivals import Schedule
from gauntlet.load.consumer_requests import ConsumerRequests
from gauntlet.load.patient_check import judge_answer
from gauntlet.load.recorder import Outcome, Recorder
from gauntlet.load.sampling import Sampling

_TOGETHER, _TOGETHER_BYTES = 32, 200_000  # so many take a quarter of a millisecond, which arrivals can wait


class Answers:
    """Judges each answer for the right patient, tells the recorder, keeps a sample to be validated in full."""

    def __init__(self, schedule: Schedule, texts: ConsumerRequests, recorder: Recorder) -> None:
        self._schedule, self._texts, self._recorder = schedule, texts, recorder
        self._sampling = Sampling(len(schedule))
        self._unjudged: list[tuple[int, float, float, int, bytes]] = []  # arrival, when, real start, status, body
        self._bytes = 0

    def put(self, arrival: int, now_s: float, started_s: float, status: int, body: bytes) -> None:
        """Take the complete answer that arrived at `now_s` to a request sent at `started_s`, seconds on the curve."""
        self._unjudged.append((arrival, now_s, started_s, status, body))
        self._bytes += len(body)
        if len(self._unjudged) >= _TOGETHER or self._bytes >= _TOGETHER_BYTES:
            self.judge()

    def judge(self) -> None:
        """Judge and count the answers that wait for it."""
        unjudged, self._unjudged, self._bytes = self._unjudged, [], 0
        kinds, patients, starts = self._schedule.kinds, self._schedule.patients, self._schedule.starts
        expected, offer, record = self._texts.expected, self._sampling.offer, self._recorder.record
        for arrival, now, started, status, body in unjudged:
            finding = judge_answer(status, body, expected(kinds[arrival], patients[arrival]))
            if status < 300 and not finding.problem:
                offer(arrival, body)
            record(Outcome(arrival, now - starts[arrival], now - started, True, finding, len(body)))

    def broken_rules(self) -> tuple[int, dict[str, int]]:
        """Return how many answers were validated in full, and each broken rule with how many of them break it."""
        return self._sampling.broken_rules()
