"""Requests that must be refused, sent again and again while the load is on, and what became of them.

Each asks about a patient that nobody else asks about, so a call at the EHR about that patient tells on the gateway.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gauntlet.answer import Answer
from gauntlet.apps import Apps
from gauntlet.consumer import Consumer
from gauntlet.ehr import Ehr
from gauntlet.errors import Inconclusive, NoAnswer
from synthetic.population import Chart

PAUSE_S = 0.05
OVERLOADED = (429, 503, 504)  # a refusal for want of room says nothing about the right to ask


@dataclass
class Probe:
    """One request that must be refused with one of `refusals`; `answers` counts the statuses it got under load."""

    name: str
    send: Callable[[], Answer]
    refusals: tuple[int, ...]
    patient: str
    at_rest: int = 0
    answers: dict[int, int] = field(default_factory=dict)
    reached_ehr: int = 0

    @property
    def judged(self) -> int:
        """How many answers under load say something."""
        return sum(count for status, count in self.answers.items() if status not in OVERLOADED)

    @property
    def let_through(self) -> int:
        """How many were not refused as they must be."""
        return sum(count for status, count in self.answers.items() if status not in (*self.refusals, *OVERLOADED))


def probes_for(apps: Apps, charts: Sequence[Chart]) -> list[Probe]:
    """Return the probes, each with a chart of its own of `charts`, which must be seven at least."""
    own = charts[6].id
    narrow = apps.app(scope="system/Patient.rs")
    patients_app = apps.app(scope="patient/*.rs", patient=own)
    wrong = [(kind, apps.wrong(kind)) for kind in ("expired", "bad-signature", "alg-none")]
    named: list[tuple[str, Consumer, tuple[int, ...], bool]] = [
        ("no token", apps.anonymous(), (401,), True),
        *((f"token: {kind}", app, (401,), True) for kind, app in wrong),
        ("scope of another type", narrow, (403,), False),
        ("token of another patient", patients_app, (403, 404), True),
    ]
    return [
        _probe(name, app, refusals, chart, reads)
        for (name, app, refusals, reads), chart in zip(named, charts, strict=False)
    ]


def _probe(name: str, app: Consumer, refusals: tuple[int, ...], chart: Chart, reads: bool) -> Probe:
    def send() -> Answer:
        return app.read("Patient", chart.id) if reads else app.search("Condition", {"patient": chart.id})

    return Probe(name, send, refusals, chart.id)


class Probing:
    """The probes of one run: tried once at rest, then in turn until the load ends."""

    def __init__(self, probes: list[Probe], ehr: Ehr) -> None:
        self.probes = probes
        self._ehr = ehr
        self._mark = 0

    def rest(self) -> None:
        """Try each probe once before the load. Raises Inconclusive when one gets no answer."""
        self._mark = self._ehr.mark()
        for probe in self.probes:
            try:
                probe.at_rest = probe.send().status
            except NoAnswer as failure:
                raise Inconclusive(f"the probe {probe.name!r} got no answer at rest: {failure.reason}") from None

    def carry_out(self, ended: Callable[[], bool]) -> None:
        """Send the probes in turn."""
        while True:
            for probe in self.probes:
                if ended():
                    return
                try:
                    status = probe.send().status
                except NoAnswer:
                    status = 503
                probe.answers[status] = probe.answers.get(status, 0) + 1
                time.sleep(PAUSE_S)

    def close(self) -> None:
        """Count what reached the EHR after all."""
        for probe in self.probes:
            probe.reached_ehr = len(self._ehr.calls(since=self._mark, patient=probe.patient))
