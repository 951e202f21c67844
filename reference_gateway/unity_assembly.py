"""Building a gateway in front of Allscripts Unity: what differs from one in front of a FHIR server."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace

from reference_gateway.assembly import Assembly
from reference_gateway.audit import AuditTrail
from reference_gateway.capability import Served
from reference_gateway.consent_guard import ConsentGuard
from reference_gateway.ehr_client import Caller, EhrClient
from reference_gateway.error_answers import ErrorAnswers
from reference_gateway.gateway import Handler
from reference_gateway.grant_records import GrantRecords
from reference_gateway.health import Health
from reference_gateway.issuer_keys import IssuerKeys
from reference_gateway.metrics import Metrics
from reference_gateway.request_log import RequestLog
from reference_gateway.routes import UNITY_TYPES
from reference_gateway.unity_actions import UnityActions
from reference_gateway.unity_ehr import UnityEhr
from reference_gateway.unity_health import UnityHealth
from reference_gateway.unity_records import UnityRecords
from reference_gateway.unity_settings import UnitySettings
from reference_gateway.upstream_assembly import Sessions


class UnityAssembly(Assembly):
    """Wires the components of a gateway in front of Unity."""

    @property
    def unity(self) -> UnitySettings:
        """Return the settings of Unity."""
        assert self.settings.unity is not None  # noqa: S101 - who builds has looked
        return self.settings.unity

    def served(self) -> Served:
        """Return what is served: immunizations too, no writes, and codes by a table that is named."""
        table = self.unity.concept_map
        served = self.parts.unity_served((), f"Local codes are translated by {table.url}, version {table.version}")
        return replace(served, types=UNITY_TYPES)

    def health(self, sessions: Sessions, keys: IssuerKeys, ehr: EhrClient, audit: AuditTrail) -> Health:
        """Build the judge of readiness."""
        return UnityHealth(
            unity=self.unity,
            base_url=self.settings.ehr_base_url,
            session=sessions.plain,
            keys=keys,
            keys_stale_s=self.settings.jwks_max_stale_s,
            tokens=ehr.tokens,
            audit=audit,
            clock=self.clock,
        )

    def ehr(self, sessions: Sessions, metrics: Metrics, audit: AuditTrail, log: RequestLog) -> EhrClient:
        """Build the client that calls actions, with its session, breakers, lanes and repeats."""
        settings, parts, clock = self.settings, self.parts, self.clock
        grants = GrantRecords(audit, metrics, log, self.unity.username)
        login = parts.unity_login(sessions.plain, settings.ehr_base_url, self.unity, clock, grants.asked)
        transport = parts.unity_transport(
            settings.ehr_base_url, sessions.reading, sessions.writing, self.unity, parts.unity_answers()
        )
        return self.ehr_client(transport, parts.unity_sessions(login.grant, clock, self.randomness), metrics)

    def handlers(
        self, stack: AsyncExitStack, ehr: Caller, metrics: Metrics, errors: ErrorAnswers, consent: ConsentGuard
    ) -> dict[str, Handler]:
        """Build the handlers of reads and searches."""
        handlers = super().handlers(stack, self.adapter(ehr, metrics), metrics, errors, consent)
        return {name: handlers[name] for name in ("read", "search")}

    def adapter(self, ehr: Caller, metrics: Metrics) -> UnityEhr:
        """Build what answers FHIR out of rows."""
        parts, unity = self.parts, self.unity
        codes = parts.unity_codes(
            unity.concept_map, unity.local_codes, lambda name: metrics.unmapped.labels(name).inc()
        )
        times = parts.unity_times(parts.unity_dates(), parts.site_time(unity.time_zone))
        ids = parts.unity_ids()
        actions = UnityActions(
            ehr, parts.unity_answers(), parts.ehr_errors(), lambda name: metrics.schema_failures.labels(name).inc()
        )
        records = UnityRecords(
            actions=actions,
            ids=ids,
            problems=parts.unity_problems(codes, times, parts.unity_statuses()),
            observations=parts.unity_observations(codes, times, parts.unity_values()),
            immunizations=parts.unity_immunizations(codes, times),
            visits=parts.unity_visits(times, unity.local_codes, self.clock.wall),
            times=times,
        )
        return parts.unity_ehr(actions, ids, parts.unity_patients(times, unity.mrn_system), records)
