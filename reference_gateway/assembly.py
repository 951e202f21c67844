"""Building a gateway from settings and parts: every component once, wired in one place."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from typing import Any

from reference_gateway.audit import AuditTrail
from reference_gateway.audit_events import OBSERVER
from reference_gateway.audit_pages import AuditPages
from reference_gateway.authentication import Authentication
from reference_gateway.buckets import Buckets
from reference_gateway.bulk_export import EXPORTS
from reference_gateway.capability import Served
from reference_gateway.consent_guard import ConsentGuard, NoConsent
from reference_gateway.ehr_client import Caller, EhrClient
from reference_gateway.error_answers import ErrorAnswers
from reference_gateway.exactly_once import ExactlyOnce
from reference_gateway.gateway import Gateway, Handler, Steps
from reference_gateway.health import Health
from reference_gateway.introspection import Introspection
from reference_gateway.issuer_discovery import IssuerDocuments
from reference_gateway.issuer_keys import IssuerKeys
from reference_gateway.metrics import Metrics
from reference_gateway.queue_assembly import attach, open_queue
from reference_gateway.reads import ehr_request
from reference_gateway.records import Records
from reference_gateway.refusal import Refusal
from reference_gateway.revocation import Revocation
from reference_gateway.routes import Routes
from reference_gateway.searches import Searches
from reference_gateway.shedding import Shedding
from reference_gateway.state_keys import state_key
from reference_gateway.updates import Updates
from reference_gateway.upstream_assembly import Sessions, UpstreamAssembly
from reference_gateway.write_ledger import Outcome

STANDING_KEPT_S = 2.0  # a withdrawn token may serve on for so long
Background = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Built:
    """A gateway ready to serve, and what has to run beside it until it stops."""

    gateway: Gateway
    background: tuple[Background, ...]


class Assembly(UpstreamAssembly):
    """Wires the components of one gateway."""

    async def build(self, stack: AsyncExitStack) -> Built:
        """Build everything. Raises OSError."""
        settings, parts, clock = self.settings, self.parts, self.clock
        log = parts.request_log(sys.stderr, state_key(settings.state_dir, "pseudonym"), clock.wall)
        audit = parts.audit(settings.audit_file, clock)
        stack.callback(audit.close)
        metrics = parts.metrics(settings.clients.listed, settings.source)
        sessions = await self.sessions(stack)
        documents = IssuerDocuments(sessions.plain, settings.issuer, settings.jwks_url)
        keys = parts.issuer_keys(documents.key_set, clock, settings.jwks_max_age_s, settings.jwks_max_stale_s)
        ehr = self.ehr(sessions, metrics, audit, log)
        errors, served, queue = parts.error_answers(), self.served(), open_queue(settings, parts, stack)
        routes = self.routes(served)
        health, consent = self.health(sessions, keys, ehr, audit), self.consent(ehr, metrics)
        capability = parts.capability(settings.base_url, settings.issuer, served)
        handlers = self.handlers(stack, ehr, metrics, errors, consent)
        steps = Steps(
            correlation=parts.correlation(secrets.token_hex),
            routes=routes,
            documents=parts.documents(routes.base_path, capability, documents, health, metrics, self.trail(), queue),
            limits=parts.limits(),
            rollout=parts.rollout(settings.rollout_file),
            authentication=self.authentication(keys, sessions, documents),
            consent=consent,
            throttle=parts.throttle(settings.clients, clock, self.buckets(stack)),
            rate_limits=parts.rate_limits(),
            shedding=self.shedding(ehr, metrics),
            handlers=handlers,
            failures=parts.failures(),
            errors=errors,
            audit=audit,
            metrics=metrics,
            spans=self.spans,
            log=log,
            clock=clock,
            latency_budget_s=settings.latency_budget_s,
        )
        gateway = parts.gateway(steps)
        handlers["batch"] = parts.batches(routes.base_path, parts.limits(), gateway.serve_entry)
        delivery = (attach(queue, gateway, handlers, settings, parts),) if queue else ()
        return Built(gateway, (*self.background(keys, ehr), *delivery, *self.exports(sessions, metrics)))

    def trail(self) -> AuditPages:
        """Build what serves the trail to who holds its key."""
        settings, parts = self.settings, self.parts
        return parts.audit_pages(settings.audit_file, settings.exports.audit_key, parts.audit_events(OBSERVER))

    def exports(self, sessions: Sessions, metrics: Metrics) -> tuple[Background, ...]:
        """Return what sends trail, metrics and spans elsewhere, where that is set."""
        exports, found = self.settings.exports, []
        if exports.syslog is not None:
            found.append(self.parts.audit_forwarder(self.settings.audit_file, exports.syslog, self.clock).run)
        endpoint, every_s = exports.otlp_endpoint, exports.otlp_every_s
        if endpoint and "metrics" in exports.otlp_signals:
            push = self.parts.otlp_push(sessions.plain, metrics.registry, endpoint, every_s, self.clock)
            found.append(push.run)
        if self.spans.wanted:
            found.append(self.parts.span_push(sessions.plain, self.spans, endpoint, every_s).run)
        return tuple(found)

    def buckets(self, stack: AsyncExitStack) -> Buckets:
        """Build where requests are counted: in the file that all instances share, where one is set."""
        if self.settings.limits_file is None:
            return self.parts.buckets()
        return stack.enter_context(closing(self.parts.shared_buckets(self.settings.limits_file)))

    def authentication(self, keys: IssuerKeys, sessions: Sessions, documents: IssuerDocuments) -> Authentication:
        """Build what finds out who asks."""
        settings, parts = self.settings, self.parts
        verifier = parts.verifier(keys, settings.issuer, settings.audience, self.clock, settings.clock_leeway_s)
        return parts.authentication(
            verifier, self.revocation(sessions, documents), parts.facility(settings.facility), parts.binding()
        )

    def shedding(self, ehr: EhrClient, metrics: Metrics) -> Shedding:
        """Build what lets requests give way while too many wait for the EHR."""
        settings, lanes = self.settings, ehr.lanes

        def shed(resource_type: str) -> None:
            metrics.shed.labels(resource_type).inc()

        return self.parts.shedding(settings.non_critical, settings.shed_at, lambda: lanes.waiting, shed)

    def consent(self, ehr: Caller, metrics: Metrics) -> ConsentGuard:
        """Build what stands for the patients' consent."""
        settings, parts = self.settings, self.parts
        if settings.consent is None:
            return NoConsent()
        records = self.records(metrics)
        source = parts.consent_source(
            ehr=ehr,
            payloads=records.payloads,
            bundles=parts.bundles(settings.base_url, settings.ehr_base_url),
            provisions=parts.provisions,
            failures=parts.failures(),
            clock=self.clock,
            max_age_s=settings.consent.max_age_s,
            saved=metrics.cache_hits.labels("consent").inc,
        )
        references = parts.references(ehr, records, lambda exchange: ehr_request(exchange, "GET", ""))
        return parts.consent(source, references, self.clock, settings.consent.emergency_s)

    def routes(self, served: Served) -> Routes:
        """Build what resolves paths."""
        return self.parts.routes(
            self.settings.base_url, served.writable, types=served.types, later=served.later, bulk=served.bulk
        )

    def served(self) -> Served:
        """Return what the EHR behind lets the gateway serve."""
        return Served(later=self.settings.queue_keep_s is not None, bulk=self.settings.bulk)

    def health(self, sessions: Sessions, keys: IssuerKeys, ehr: EhrClient, audit: AuditTrail) -> Health:
        """Build the judge of readiness."""
        return self.parts.health(
            session=sessions.plain,
            ehr_base_url=self.settings.ehr_base_url,
            keys=keys,
            keys_stale_s=self.settings.jwks_max_stale_s,
            tokens=ehr.tokens,
            audit=audit,
            clock=self.clock,
        )

    def revocation(self, sessions: Sessions, documents: IssuerDocuments) -> Revocation:
        """Build what asks whether a token was withdrawn; without credentials at the issuer it asks nobody."""
        client_id, secret = self.settings.issuer_client_id, self.settings.issuer_client_secret
        introspection = Introspection(sessions.plain, documents, client_id, secret)
        return self.parts.revocation(introspection.active if client_id else None, self.clock, STANDING_KEPT_S)

    def background(self, keys: IssuerKeys, ehr: EhrClient) -> tuple[Background, ...]:
        """Return what runs beside the server: fresh issuer keys, a fresh EHR token."""
        return keys.keep_fresh, ehr.tokens.keep_renewed

    def handlers(
        self, stack: AsyncExitStack, ehr: Caller, metrics: Metrics, errors: ErrorAnswers, consent: ConsentGuard
    ) -> dict[str, Handler]:
        """Build the handlers of the interactions."""
        settings, parts = self.settings, self.parts
        access, ehr_errors = parts.access(), parts.ehr_errors()
        records = self.records(metrics)
        bundles = parts.bundles(settings.base_url, settings.ehr_base_url)
        measured = metrics.payload.observe
        reading = self.stale(ehr, metrics)
        searches = parts.searches(
            access=access,
            consent=consent,
            limits=parts.limits(),
            rules=parts.search_rules(),
            ehr=reading,
            records=records,
            bundles=bundles,
            pages=parts.pages(state_key(settings.state_dir, "pages")),
            errors=ehr_errors,
            delivered=measured,
        )
        creates = parts.creates(
            access=access,
            consent=consent,
            limits=parts.limits(),
            rules=parts.write_rules(),
            keys=parts.keys(),
            once=self.exactly_once(stack, errors),
            lost=parts.lost_writes(ehr, records.payloads, bundles),
            ehr=ehr,
            errors=ehr_errors,
            base_url=settings.base_url,
            wrote=metrics.wrote,
        )
        reads = parts.reads(
            access=access, consent=consent, ehr=reading, records=records, errors=ehr_errors, delivered=measured
        )
        updates = self.updates(ehr, records, consent, creates.stamp_system)
        return {"read": reads, "search": searches, "create": creates, "update": updates, **self.bulk(searches)}

    def bulk(self, searches: Searches) -> dict[str, Handler]:
        """Build the handler of everything about bulk exports."""
        return dict.fromkeys(EXPORTS, self.parts.bulk(searches, self.settings.base_url, self.clock.wall))

    def stale(self, ehr: Caller, metrics: Metrics) -> Caller:
        """Build what answers reads and searches while the EHR is down, where that is set."""
        max_age_s = self.settings.stale_max_age_s
        return ehr if max_age_s is None else self.parts.stale(ehr, self.clock, max_age_s, metrics.stale.inc)

    def exactly_once(self, stack: AsyncExitStack, errors: ErrorAnswers) -> ExactlyOnce:
        """Build what runs keyed writes once, over a ledger that `stack` closes."""
        file = self.settings.state_dir / "writes.sqlite3"
        ledger = self.parts.ledger(file, self.clock, self.settings.idempotency_keep_s)
        stack.callback(ledger.close)

        def render(refusal: Refusal) -> Outcome:
            answer = errors.answer(refusal)
            return Outcome(answer.status, "", answer.body)

        return self.parts.exactly_once(ledger, render)

    def updates(self, ehr: Caller, records: Records, consent: ConsentGuard, stamp_system: str) -> Updates:
        """Build the handler of updates."""
        parts = self.parts
        return parts.updates(
            access=parts.access(),
            consent=consent,
            limits=parts.limits(),
            rules=parts.write_rules(),
            locks=parts.locks(),
            ehr=ehr,
            records=records,
            errors=parts.ehr_errors(),
            stamp_system=stamp_system,
        )

    def records(self, metrics: Metrics) -> Records:
        """Build what turns answers of the EHR into records."""
        parts = self.parts
        payloads = parts.payloads(lambda name: metrics.schema_failures.labels(name).inc())
        canonical = parts.canonical(self.settings.ehr_base_url, self.settings.source)
        return Records(payloads, canonical, parts.guard(), parts.matching())
