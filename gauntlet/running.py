"""A check while it runs: its charts, its evidence, what it measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gauntlet.answer import Answer
from gauntlet.check import CHARTS_PER_CHECK, Check
from gauntlet.deliveries import Deliveries
from gauntlet.ehr import Ehr, Entry
from gauntlet.errors import HarnessError, Inconclusive
from gauntlet.ledger import Ledger
from gauntlet.load_result import LoadResult
from gauntlet.network.fault import NetworkFault
from gauntlet.result import Exchange, FaultWindow
from gauntlet.steps import Steps
from synthetic.population import Chart, Population

# The end of the population belongs to nobody: load profiles ask for the last charts, checks choose from those before.
CHARTS_UNDER_LOAD = 200
CHARTS_TO_CHOOSE_FROM = 300
_LARGEST_FIGURE = 2.0**53  # beyond it JSON readers lose digits


@dataclass
class RunningCheck:
    """State of one check between its set-up and its verdict. Times are epoch seconds."""

    check: Check
    population: Population
    started: float
    mark: int  # the journal's position when it began
    ledger: Ledger = field(init=False)
    charts: list[Chart] = field(default_factory=list)
    network_faults: list[NetworkFault] = field(default_factory=list)
    load: list[LoadResult] = field(default_factory=list)
    measured: dict[str, float] = field(default_factory=dict)
    steps: Steps = field(default_factory=Steps)
    deliveries: Deliveries = field(default_factory=Deliveries)  # of the whole run
    disturbed: bool = False  # the gateway may need time to serve again
    delivered: Callable[[Chart], Chart] = lambda chart: chart  # a chart as the gateway's consumers know it

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.started, deliver=self._deliver)

    def _deliver(self, answer: Answer) -> None:
        self.deliveries.take(self.check.id, answer)

    def next_chart(self) -> Chart:
        """Return a chart no other check uses."""
        if len(self.charts) >= CHARTS_PER_CHECK:
            raise HarnessError(f"{self.check.id} asks for more than {CHARTS_PER_CHECK} charts")
        index = self.check.first_chart + len(self.charts)
        if index >= self.population.size - CHARTS_UNDER_LOAD - CHARTS_TO_CHOOSE_FROM:
            raise HarnessError(
                f"{self.check.id} needs chart {index}, the population has {self.population.size}",
                hint="raise [[ehr]] patients in the target file",
            )
        chart = self.population.chart(index)
        self.charts.append(chart)
        return self.delivered(chart)

    def chart_where(self, wanted: Callable[[Chart], bool]) -> Chart:
        """Return a chart that is `wanted`, for checks that only read: other checks may read it, too.

        Raises Inconclusive when none of `CHARTS_TO_CHOOSE_FROM` is.
        """
        end = self.population.size - CHARTS_UNDER_LOAD
        for index in range(end - CHARTS_TO_CHOOSE_FROM, end):
            chart = self.population.chart(index)
            if wanted(chart):
                self.charts.append(chart)
                return self.delivered(chart)
        raise Inconclusive(f"none of {CHARTS_TO_CHOOSE_FROM} charts of this seed is of the kind this check needs")

    def patients(self) -> frozenset[str]:
        """Return the ids of the patients this check owns, as the EHR's journal has them."""
        return frozenset(chart.id for chart in self.charts)

    def evidence(self, ehr: Ehr) -> list[Exchange]:
        """Return both sides of what happened, in order of time."""
        return self.ledger.with_upstream(self._relevant(ehr.calls(since=self.mark, kind=None)))

    def fault_windows(self, ehr: Ehr) -> list[FaultWindow]:
        """Return every fault that was in force."""
        windows = [armed.window(self.started) for armed in ehr.faults]
        return windows + [self._network_window(fault) for fault in self.network_faults]

    def figures(self) -> tuple[dict[str, float], list[str]]:
        """Return what was measured, and the names of what is no number that a report could show.

        A gateway's metrics and headers can bring NaN, infinity and absurdly large numbers into a figure.
        """
        shown = {name: value for name, value in self.measured.items() if _is_figure(value)}
        return shown, [name for name in self.measured if name not in shown]

    def judged_something(self) -> bool:
        """Return whether there is any evidence at all: a check that touched nothing has proved nothing."""
        return bool(self.ledger.consumer or self.load or self.measured)

    def concerns(self, entry: Entry) -> bool:
        """Return whether `entry` may be this check's doing: it names a patient of ours, or nobody who exists.

        Only requests about other charts are background traffic; an id that belongs to no chart is what an attack
        on paths or parameters leaves in the journal.
        """
        named = set(entry["patients"])
        return bool(named & self.patients()) or not any(self._exists(patient) for patient in named)

    def _exists(self, patient: str) -> bool:
        return self.population.locate("Patient", patient) is not None

    def _relevant(self, entries: list[Entry]) -> list[Entry]:
        return [entry for entry in entries if self.concerns(entry)]

    def _network_window(self, fault: NetworkFault) -> FaultWindow:
        ended = fault.ended if fault.ended is not None else time.time()
        return FaultWindow(
            name=fault.name,
            where="network",
            started_ms=self.ledger.at(fault.started),
            ended_ms=self.ledger.at(ended),
            applied=int(fault.proven()),
            definition=fault.definition,
        )


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < _LARGEST_FIGURE  # NaN is not less than anything
