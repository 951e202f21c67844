"""Collects the outcome of every arrival: histograms, seconds, problems. Pure; the engine tells it all."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from gauntlet.load.arrivals import Schedule
from gauntlet.load.consumer_requests import correlation_id
from gauntlet.load.histogram import Histogram
from gauntlet.load.measured import EndpointTally, RawLoad, RunFacts, SecondTally
from gauntlet.load.patient_check import RIGHT, Finding

MAX_SAMPLES = 20
PLAIN_SECONDS = 20  # older ones are packed: answers for them are rare, and a long run has thousands
SAMPLES_PER_PROBLEM = 3
TOGETHER = 32  # outcomes that are counted at once: it takes a tenth of a millisecond


class Outcome(NamedTuple):
    """What became of one arrival. `service_s` is None for one that was never sent."""

    arrival: int  # its index in the schedule
    latency_s: float  # from the intended start to the answer, or to the moment it was given up
    service_s: float | None  # from the real start
    answered: bool
    finding: Finding
    size: int = 0  # of the answer's body, bytes


@dataclass(slots=True)
class News:
    """What happened to one kind of request since somebody last asked."""

    latency: Histogram = field(default_factory=Histogram)
    size: int = 0
    problems: dict[str, int] = field(default_factory=dict)


class _Cell:
    """What was answered since the last look, of one kind of request and one second: all that every answer costs."""

    __slots__ = ("latency", "service", "size")

    def __init__(self) -> None:
        self.latency, self.service, self.size = Histogram(), Histogram(), 0


class Recorder:
    """Tallies of one run of one generator; `settle` brings them up to date, as do all `take_...` and `result`."""

    def __init__(
        self,
        names: list[str],
        schedule: Schedule,
        seed: int,
        writing: frozenset[int] = frozenset(),
        *,
        by_kind: bool = False,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        """`meanwhile` is called between pieces of work of a tenth of a millisecond, for what cannot wait for all."""
        self.lag = Histogram()
        self.meanwhile = meanwhile
        self.writes: dict[int, list[int]] = {}  # patient -> creates sent, creates acknowledged
        self._writing = writing  # the kinds that create
        self.endpoints = [EndpointTally(name) for name in names]
        self.seconds: dict[int, SecondTally] = {}
        self._packed: dict[int, bytes] = {}  # latencies of old seconds, which have none in `seconds`
        self._plain: set[int] = set()  # the other seconds
        self._kind_seconds: dict[tuple[int, int], SecondTally] | None = {} if by_kind else None
        self.problems: dict[str, int] = {}
        self.samples: list[str] = []
        self.answered = self.errors = self.wrong_patient = self.unsent = 0
        self._latency = Histogram()  # of all kinds together, for the live view
        self._lately = Histogram()
        self._news = [News() for _ in names]
        self._lags: list[float] = []  # of arrivals not counted yet
        self._fresh: list[Outcome] = []  # not counted yet
        self._cells: dict[tuple[int, int], _Cell] = {}  # (second, kind)
        self._schedule = schedule
        self._seed = seed

    def arrived(self, _arrival: int, lag_s: float) -> None:
        """Count an arrival that was due, the next one of the schedule, and how late the generator noticed it."""
        self._lags.append(lag_s)

    def record(self, outcome: Outcome) -> None:
        """Count what became of an arrival."""
        self._fresh.append(outcome)
        if len(self._fresh) >= TOGETHER:
            self._digest()

    def _digest(self) -> None:
        """Count what is fresh, many at once: one by one, between calls of the kernel, it takes twice as long."""
        lags, self._lags = self._lags, []
        self.lag.record_all(lags)
        fresh, self._fresh = self._fresh, []
        cells, kinds, starts, writing = self._cells, self._schedule.kinds, self._schedule.starts, self._writing
        groups: dict[tuple[int, int], tuple[list[float], list[float]]] = {}
        for outcome in fresh:
            arrival, latency_s, service_s, answered, finding, size = outcome
            kind = kinds[arrival]
            key = (int(starts[arrival]), kind)
            group = groups.get(key)
            if group is None:
                group = groups[key] = ([], [])
                cells.setdefault(key, _Cell())
            group[0].append(latency_s)
            cells[key].size += size
            if answered and service_s is not None:
                group[1].append(service_s)
            if finding is not RIGHT or service_s is None or kind in writing:
                self._digest_rest(outcome, key)
        for key, (latencies, services) in groups.items():
            cells[key].latency.record_all(latencies)
            cells[key].service.record_all(services)

    def _digest_rest(self, outcome: Outcome, key: tuple[int, int]) -> None:
        """Count what is not so for most: unsent, a write, a problem."""
        kind, problem = key[1], outcome.finding.problem
        if outcome.service_s is None:
            self.unsent += 1
            self.endpoints[kind].sent -= 1  # settling counts every outcome as sent
        elif kind in self._writing:
            counts = self.writes.setdefault(self._schedule.patients[outcome.arrival], [0, 0])
            counts[0] += 1
            counts[1] += not problem
        if problem:
            news = self._news[kind].problems
            news[problem] = news.get(problem, 0) + 1
            self._record_problem(outcome, self.endpoints[kind], self._second(key[0]))
            if self._kind_seconds is not None:
                self._kind_second(*key).errors += 1

    def settle(self) -> None:
        """Add what was recorded since the last time to all tallies."""
        self._digest()
        cells, self._cells = self._cells, {}
        for (number, kind), cell in cells.items():
            endpoint, news, second = self.endpoints[kind], self._news[kind], self._second(number)
            for histogram in (endpoint.latency, second.latency, self._latency, self._lately, news.latency):
                histogram.merge(cell.latency)
                self.meanwhile()
            endpoint.service.merge(cell.service)
            endpoint.sent += cell.latency.count
            endpoint.answered += cell.service.count
            second.answered += cell.service.count
            if self._kind_seconds is not None:
                _add(self._kind_second(number, kind), cell)
            self.answered += cell.service.count
            news.size += cell.size
        self._pack()

    def take_lately(self) -> tuple[Histogram, Histogram]:
        """Return the latencies of the whole run, and those since the last call."""
        self.settle()
        lately, self._lately = self._lately, Histogram()
        return self._latency, lately

    def take_news(self) -> list[tuple[str, News]]:
        """Return the name of each kind of request to which something happened since the last call, and what."""
        self.settle()
        taken, self._news = self._news, [News() for _ in self.endpoints]
        return [(tally.name, news) for tally, news in zip(self.endpoints, taken, strict=True) if news.latency.count]

    def _record_problem(self, outcome: Outcome, endpoint: EndpointTally, second: SecondTally) -> None:
        problem = outcome.finding.problem
        endpoint.errors += 1
        second.errors += 1
        self.errors += 1
        if outcome.finding.wrong_patient:
            endpoint.wrong_patient += 1
            self.wrong_patient += 1
        times = self.problems[problem] = self.problems.get(problem, 0) + 1
        if times <= SAMPLES_PER_PROBLEM and len(self.samples) < MAX_SAMPLES:
            start = self._schedule.starts[outcome.arrival]
            patient = self._schedule.patients[outcome.arrival]
            self.samples.append(
                f"at {start:.3f} s, {endpoint.name}, patient no. {patient} of the plan: {problem} after"
                f" {outcome.latency_s * 1000:.0f} ms; X-Correlation-Id"
                f" {correlation_id(self._seed, self._schedule.number(outcome.arrival))}"
            )

    def _second(self, number: int) -> SecondTally:
        if number not in self._plain:
            self._plain.add(number)
            second = self.seconds.setdefault(number, SecondTally(number))
            if number in self._packed:
                second.latency = Histogram.unpacked(self._packed.pop(number))
        return self.seconds[number]

    def _pack(self) -> None:
        """Pack the latencies of old seconds: memory must not grow with the length of a run."""
        newest = max(self._plain, default=0)
        for number in [number for number in self._plain if number < newest - PLAIN_SECONDS]:
            second = self.seconds[number]
            self._packed[number], second.latency = second.latency.packed(), Histogram()
            self._plain.discard(number)
            self.meanwhile()

    def _kind_second(self, number: int, kind: int) -> SecondTally:
        assert self._kind_seconds is not None  # noqa: S101 - asked for where they are kept only
        return self._kind_seconds.setdefault((number, kind), SecondTally(number))

    def _count_wanted(self) -> None:
        """Count the arrivals of each second; they arrived in the order of the schedule."""
        starts, last = self._schedule.starts, self.lag.count
        begin = 0
        while begin < last:
            second = self._second(int(starts[begin]))
            end = bisect_left(starts, second.second + 1, begin, last)
            second.wanted = end - begin
            begin = end

    def result(self, run: RunFacts) -> RawLoad:
        """Return the tallies as a result."""
        self.settle()
        self._count_wanted()
        for number in list(self._packed):
            self._second(number)
        for number, kind in sorted(self._kind_seconds or ()):
            self.endpoints[kind].seconds.append(self._kind_second(number, kind))
        return RawLoad(
            run=run,
            wanted=self.lag.count,
            unsent=self.unsent,
            lag=self.lag,
            endpoints=self.endpoints,
            timeline=[self.seconds[number] for number in sorted(self.seconds)],
            problems=dict(sorted(self.problems.items(), key=lambda item: -item[1])),
            sample_errors=self.samples,
            writes=self.writes,
        )


def _add(second: SecondTally, cell: _Cell) -> None:
    """Add a cell to the seconds of its kind, where each arrival is wanted once, whatever became of it."""
    second.wanted += cell.latency.count
    second.answered += cell.service.count
    second.latency.merge(cell.latency)
