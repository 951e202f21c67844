"""Who takes part in a load run: consumers with tokens and patients, and what the profile wants done beside them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import httpx

from gauntlet import writing
from gauntlet.apps import Apps
from gauntlet.batch_sync import BatchSync
from gauntlet.beside import Activity
from gauntlet.consumer import http_client
from gauntlet.drill import Drill, LabLevers
from gauntlet.ehr import Ehr
from gauntlet.ehr_view import EhrWatch
from gauntlet.errors import Inconclusive
from gauntlet.footprint import Watch, reader
from gauntlet.ledger import Ledger
from gauntlet.load.interaction import CREATE
from gauntlet.load.plan import Plan, PlannedPatient, Token, patients_of
from gauntlet.load.profile import Profile
from gauntlet.load.progress import Progress
from gauntlet.probes import Probing, probes_for
from gauntlet.running import CHARTS_UNDER_LOAD, RunningCheck
from gauntlet.session import Session
from gauntlet.tls import tls_context
from synthetic.population import Chart

TOKEN_LIFETIME_S = 900.0
_OWN_CLIENT = ("batch", "partner")  # roles that are clients of their own; all others are the interactive app's users
_PROBE_CHARTS = 7


@dataclass
class Crew:
    """What goes on beside the arrivals of one run; None: the profile does not want it."""

    ehr: Ehr
    ehr_watch: EhrWatch
    http: httpx.Client
    create_type: str
    enough: Callable[[], None]  # no further arrivals are needed
    drill: Drill | None = None
    probing: Probing | None = None
    sync: BatchSync | None = None
    watch: Watch | None = None

    def close(self) -> None:
        """End what may still be in force, and close connections."""
        if self.drill is not None:
            self.drill.close()
        self.http.close()

    def activities(self) -> list[Activity]:
        """Return what has a thread of its own."""
        return [item for item in (self.probing, self.sync, self.watch) if item is not None]

    def held(self, patients: Sequence[PlannedPatient]) -> Mapping[int, int]:
        """Return how many records of the type that is created were written so far, by index of the patient."""
        return {index: len(self.ehr.written(self.create_type, patient.id)) for index, patient in enumerate(patients)}

    def seen(self, progress: Progress) -> dict[str, Any]:
        """Return the state for a live view: the generator's, the EHR's, and the fault in force."""
        fault = self.drill.episodes[-1] if self.drill is not None and self.drill.episodes else None
        going_on = fault.fault.what if fault is not None and not fault.ended else ""
        ehr = self.ehr_watch.look()
        text = "; ".join([progress.line(), *([ehr.line()] if ehr else [])])
        return {"text": text, "progress": asdict(progress), "fault": going_on, "ehr": asdict(ehr) if ehr else None}


def crew_of(session: Session, running: RunningCheck, profile: Profile, enough: Callable[[], None]) -> Crew:
    """Return the crew that `profile` wants. Raises Inconclusive when the target lacks what it needs."""
    ehr = session.lab.ehr
    http = http_client(tls=tls_context(session.target.ca_file))
    crew = Crew(ehr, EhrWatch(ehr.counters), http, create_type(session, profile), enough)
    if profile.fault:
        crew.drill = Drill(profile, LabLevers(session.lab, running), enough)
    if "LOD-09" in profile.judged_by:
        crew.probing = Probing(probes_for(_apps(session, crew.http), _quiet_charts(session)), session.lab.ehr)
    if profile.sync is not None:
        charts = _charts(session)[: profile.sync.patients]
        batch = _apps(session, crew.http).app("batch")
        crew.sync = BatchSync(batch, charts, session.target.file.claims.core.types, profile.sync)
    if profile.drift is not None:
        crew.watch = Watch(reader(session.lab))
    return crew


def create_type(session: Session, profile: Profile) -> str:
    """Return the resource type that the profile's creates are of; empty when it has none."""
    if all(request.request != CREATE for request in profile.mix):
        return ""
    claims = session.target.file.claims
    if claims.write is None:
        raise Inconclusive(f"the profile {profile.name} creates records: it cannot be run without [claims.write]")
    return writing.writable(claims)


def plan_for(session: Session, profile: Profile) -> Plan:
    """Return the plan: tokens by role, the charts that belong to load profiles, and bodies for creates."""
    charts = _charts(session)
    patients = patients_of(charts)
    written = create_type(session, profile)
    if written:
        patients = [
            PlannedPatient(
                values={
                    **patient.values,
                    "create_type": written,
                    "create_body": writing.body(written, chart).decode(),
                }
            )
            for patient, chart in zip(patients, charts, strict=True)
        ]
    lifetime = max(TOKEN_LIFETIME_S, profile.duration_s + profile.limits.drain_s + 300)
    keys = session.target.file.claims.idempotency
    return Plan(
        base_url=session.lab.base_url,
        tokens={role: _token(session, role, lifetime) for role in profile.roles},
        patients=patients,
        seed=session.plan.seed,
        allow_remote=session.plan.allow_remote_load,
        code=session.plan.code,
        ca_file=session.target.ca_file,
        idempotency_header=keys.header if keys else "",
    )


def _token(session: Session, role: str, lifetime_s: float) -> Token:
    clients = session.target.file.consumer.clients
    client_id = getattr(clients, role) if role in _OWN_CLIENT else clients.interactive
    value = session.lab.tokens.token(client_id, lifetime_s=lifetime_s)
    return Token(value=value, expires_at=time.time() + lifetime_s)


def _charts(session: Session) -> list[Chart]:
    population = session.population
    first = max(0, population.size - CHARTS_UNDER_LOAD)
    return [population.chart(index) for index in range(first, population.size)]


def _quiet_charts(session: Session) -> list[Chart]:
    """Return charts that nobody asks for while the load is on: checks choose from them at rest only."""
    population = session.population
    last = population.size - CHARTS_UNDER_LOAD
    if last < _PROBE_CHARTS:
        raise Inconclusive(f"the population has {population.size} patients: too few for probes of their own")
    return [population.chart(index) for index in range(last - _PROBE_CHARTS, last)]


def _apps(session: Session, http: httpx.Client) -> Apps:
    """Return apps whose exchanges are not evidence of any check: there are thousands of them."""
    ledger = Ledger(time.time())
    return Apps(session.lab, lambda: ledger, http)
