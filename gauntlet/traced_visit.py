"""Ordinary traffic about one chart whose traces the harness begins, and the spans that a gateway exports of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from gauntlet.apps import Apps
from gauntlet.consumer import Consumer
from gauntlet.ehr import Ehr
from gauntlet.errors import Inconclusive
from gauntlet.lab import Lab
from gauntlet.observe.otlp_receiver import FRESH
from gauntlet.observe.spans import Spans, Traces
from gauntlet.posted_search import NOT_OFFERED, search_by_form
from gauntlet.privacy import Scanner
from gauntlet.scenario import fault
from synthetic.population import Chart

PATIENCE_S = 20.0
LAST = "last read"


@dataclass(frozen=True)
class Exported:
    """What a gateway exported of its requests, and why that may not be all of it."""

    pushes: tuple[bytes, ...]
    lacking: str = ""  # empty: nothing is missing

    @property
    def text(self) -> str:
        """Return all pushes as one text."""
        return "\n".join(push.decode("utf-8", "replace") for push in self.pushes)

    def leaks(self, chart: Chart, token: str = "") -> list[str]:
        """Return what stands there of `chart` in any spelling, its patient's id included, and of the token."""
        text = self.text
        found = sorted(map(str, Scanner([chart], [token] if token else []).found_in(text)))
        return [*found, *(["patient id"] if chart.id in text or chart.id in unquote(text) else [])]

    def require_whole(self) -> None:
        """Raise Inconclusive when something is missing: what did not come was not searched."""
        if self.lacking:
            raise Inconclusive(self.lacking)


@dataclass
class TracedVisit:
    """Spans are exported one after the other: once that of the last request is there, so are all before it."""

    app: Consumer
    apps: Apps
    ehr: Ehr
    spans: Spans
    every_s: float  # between two pushes
    patience_s: float = PATIENCE_S  # beyond the pushes that must come: the machine may be busy
    traces: Traces = field(default_factory=Traces)

    @classmethod
    def of(cls, lab: Lab, app: Consumer, apps: Apps, ehr: Ehr) -> TracedVisit | None:
        """Return what visits `lab`'s gateway, None where the target does not claim that spans come."""
        otlp = lab.receivers.otlp
        if otlp is None or otlp.spans is None:
            return None
        return cls(app, apps, ehr, otlp.spans, otlp.every_s)

    def exported(self, chart: Chart) -> Exported:
        """Return what is exported during a visit to `chart`. Raises Inconclusive for a fault that took no effect."""
        with self.spans.watched():
            expected = [*self.visit(chart), LAST]
            self.traced(self.app, LAST).read("Patient", chart.id)
            missing = self.spans.missing(
                [self.traces.begun[what] for what in expected], FRESH * self.every_s + self.patience_s
            )
            names = [what for what in expected if self.traces.begun[what] in missing]
            return Exported(tuple(self.spans.bodies()), self.lacking(names))

    def visit(self, chart: Chart) -> list[str]:
        """Cause the traffic; return the requests of which spans must come: a refusal may come before any is begun."""
        by_name = _name_of(chart.patient.body)
        self.traced(self.app, "read").read("Patient", chart.id)
        self.traced(self.app, "search by name").search("Patient", by_name)
        by_form = search_by_form(self.traced(self.app, "search by form"), "Patient", by_name)
        self.traced(self.apps.anonymous(), "refused read").read("Patient", chart.id)
        with self.ehr.fault(fault("html-page", patient=chart.id)) as armed:
            self.traced(self.app, "upstream error").read("Patient", chart.id)
            self.ehr.require_applied(armed)
        offered = ["search by form"] if by_form.status not in NOT_OFFERED else []
        return ["read", "search by name", *offered, "upstream error"]

    def traced(self, app: Consumer, what: str) -> Consumer:
        """Return the app with a trace of its own."""
        return replace(app, standing={**app.standing, **self.traces.header(what)})

    def lacking(self, names: list[str]) -> str:
        """Return why what was exported is not all, empty when it is; `names` are requests without a span."""
        if self.spans.dropped:
            return f"{self.spans.dropped} pushes of spans exceeded what the harness keeps: they were not searched"
        if not names:
            return ""
        refused = f"; a push was refused: {self.spans.refused}" if self.spans.refused else ""
        return f"no span has come of these requests, though traceparent says sampled: {', '.join(names)}{refused}"


def _name_of(patient: Mapping[str, Any]) -> dict[str, str]:
    name = patient["name"][0]
    return {"family": name["family"], "given": name["given"][0], "birthdate": patient["birthDate"]}
