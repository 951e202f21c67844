"""The composition root: the one place that decides which class builds which component.

`Parts` holds a factory for every component; an honest gateway uses the defaults. Another behaviour is had by
replacing one factory (`dataclasses.replace`) and leaving the rest as it is.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reference_gateway.access import AccessPolicy
from reference_gateway.audit import AuditTrail
from reference_gateway.audit_chain import verify_file
from reference_gateway.audit_events import AuditEvents
from reference_gateway.audit_pages import AuditPages
from reference_gateway.audit_search import search_file
from reference_gateway.audit_syslog import SyslogForwarder
from reference_gateway.authentication import Authentication
from reference_gateway.batches import Batches
from reference_gateway.breaker import Breakers
from reference_gateway.buckets import OwnBuckets, SharedBuckets
from reference_gateway.bulk_export import BulkExports
from reference_gateway.bundles import Bundles
from reference_gateway.canonical import Canonical
from reference_gateway.capability import Capability, Served
from reference_gateway.client_assertion import ClientAssertion
from reference_gateway.consent_guard import EnforcedConsent
from reference_gateway.consent_provisions import Provisions
from reference_gateway.consent_references import References
from reference_gateway.consent_source import ConsentSource
from reference_gateway.consumer_tokens import TokenVerifier
from reference_gateway.correlation import Correlation
from reference_gateway.creates import Creates
from reference_gateway.documents import Documents
from reference_gateway.ehr_client import EhrClient
from reference_gateway.ehr_errors import EhrErrors
from reference_gateway.ehr_failures import FailureMapping
from reference_gateway.ehr_tokens import EhrTokens
from reference_gateway.ehr_transport import EhrTransport
from reference_gateway.endpoint_limits import EndpointLimits
from reference_gateway.error_answers import ErrorAnswers
from reference_gateway.exactly_once import ExactlyOnce
from reference_gateway.facility_limit import FacilityLimit
from reference_gateway.gateway import Gateway
from reference_gateway.health import Health
from reference_gateway.idempotency_keys import IdempotencyKeys
from reference_gateway.issuer_keys import IssuerKeys
from reference_gateway.lanes import Lanes
from reference_gateway.lost_writes import LostWrites
from reference_gateway.metrics import Metrics
from reference_gateway.mutual_tls import MutualTls, server_context
from reference_gateway.name_resolution import HostsFileResolver
from reference_gateway.otlp_push import OtlpPush
from reference_gateway.own_key import OwnKey
from reference_gateway.paging import PageTokens
from reference_gateway.patient_guard import PatientGuard
from reference_gateway.payloads import Payloads
from reference_gateway.queue_delivery import QueueDelivery
from reference_gateway.queued_writes import QueuedWrites, QueueStatus
from reference_gateway.rate_limit_fields import RateLimitFields
from reference_gateway.reads import Reads
from reference_gateway.record_locks import RecordLocks
from reference_gateway.request_limits import RequestLimits
from reference_gateway.request_log import RequestLog
from reference_gateway.retry import RetryPolicy
from reference_gateway.revocation import Revocation
from reference_gateway.rollout import Rollout
from reference_gateway.routes import Routes
from reference_gateway.search_match import MatchFilter
from reference_gateway.search_rules import SearchRules
from reference_gateway.searches import Searches
from reference_gateway.server import GatewayServer
from reference_gateway.settings import Settings, read_settings
from reference_gateway.shedding import Shedding
from reference_gateway.site_time import SiteTime
from reference_gateway.span_push import SpanPush
from reference_gateway.spans import Spans
from reference_gateway.stale_answers import StaleAnswers
from reference_gateway.throttle import Throttle
from reference_gateway.token_binding import TokenBinding
from reference_gateway.unity_answers import UnityAnswers
from reference_gateway.unity_codes import UnityCodes
from reference_gateway.unity_dates import UnityDates
from reference_gateway.unity_ehr import UnityEhr
from reference_gateway.unity_ids import UnityIds
from reference_gateway.unity_immunizations import UnityImmunizations
from reference_gateway.unity_observations import UnityObservations
from reference_gateway.unity_patients import UnityPatients
from reference_gateway.unity_problems import UnityProblems, UnityStatuses
from reference_gateway.unity_sessions import UnityLogin, UnitySessions
from reference_gateway.unity_times import UnityTimes
from reference_gateway.unity_transport import UnityTransport
from reference_gateway.unity_values import UnityValues
from reference_gateway.unity_visits import UnityVisits
from reference_gateway.updates import Updates
from reference_gateway.upstream_tls import upstream_context
from reference_gateway.work_queue import WorkQueue
from reference_gateway.write_ledger import SqliteLedger
from reference_gateway.write_rules import WriteRules


@dataclass(frozen=True)
class Parts:
    """Which class builds which component."""

    read_settings: Callable[[Mapping[str, str]], Settings] = read_settings
    access: type[AccessPolicy] = AccessPolicy
    assertion: type[ClientAssertion] = ClientAssertion
    audit: type[AuditTrail] = AuditTrail
    audit_events: type[AuditEvents] = AuditEvents
    audit_forwarder: type[SyslogForwarder] = SyslogForwarder
    audit_pages: type[AuditPages] = AuditPages
    authentication: type[Authentication] = Authentication
    batches: type[Batches] = Batches
    binding: type[TokenBinding] = TokenBinding
    breakers: type[Breakers] = Breakers
    bulk: type[BulkExports] = BulkExports
    bundles: type[Bundles] = Bundles
    buckets: type[OwnBuckets] = OwnBuckets
    shared_buckets: type[SharedBuckets] = SharedBuckets
    canonical: type[Canonical] = Canonical
    capability: type[Capability] = Capability
    consent: type[EnforcedConsent] = EnforcedConsent
    consent_source: type[ConsentSource] = ConsentSource
    correlation: type[Correlation] = Correlation
    creates: type[Creates] = Creates
    documents: type[Documents] = Documents
    ehr_client: type[EhrClient] = EhrClient
    ehr_errors: type[EhrErrors] = EhrErrors
    ehr_tokens: type[EhrTokens] = EhrTokens
    endpoint_limits: type[EndpointLimits] = EndpointLimits
    error_answers: type[ErrorAnswers] = ErrorAnswers
    exactly_once: type[ExactlyOnce] = ExactlyOnce
    facility: type[FacilityLimit] = FacilityLimit
    failures: type[FailureMapping] = FailureMapping
    gateway: type[Gateway] = Gateway
    guard: type[PatientGuard] = PatientGuard
    health: type[Health] = Health
    issuer_keys: type[IssuerKeys] = IssuerKeys
    keys: type[IdempotencyKeys] = IdempotencyKeys
    lanes: type[Lanes] = Lanes
    ledger: type[SqliteLedger] = SqliteLedger
    limits: type[RequestLimits] = RequestLimits
    lost_writes: type[LostWrites] = LostWrites
    matching: type[MatchFilter] = MatchFilter
    locks: type[RecordLocks] = RecordLocks
    metrics: type[Metrics] = Metrics
    mtls_context: Callable[[MutualTls], ssl.SSLContext] = server_context
    otlp_push: type[OtlpPush] = OtlpPush
    own_key: type[OwnKey] = OwnKey
    pages: type[PageTokens] = PageTokens
    payloads: type[Payloads] = Payloads
    provisions: type[Provisions] = Provisions
    rate_limits: type[RateLimitFields] = RateLimitFields
    queue: type[WorkQueue] = WorkQueue
    queue_delivery: type[QueueDelivery] = QueueDelivery
    queue_status: type[QueueStatus] = QueueStatus
    queued_writes: type[QueuedWrites] = QueuedWrites
    reads: type[Reads] = Reads
    references: type[References] = References
    request_log: type[RequestLog] = RequestLog
    resolver: type[HostsFileResolver] = HostsFileResolver
    retries: type[RetryPolicy] = RetryPolicy
    revocation: type[Revocation] = Revocation
    rollout: type[Rollout] = Rollout
    routes: type[Routes] = Routes
    searches: type[Searches] = Searches
    search_rules: type[SearchRules] = SearchRules
    server: type[GatewayServer] = GatewayServer
    shedding: type[Shedding] = Shedding
    span_push: type[SpanPush] = SpanPush
    spans: type[Spans] = Spans
    stale: type[StaleAnswers] = StaleAnswers
    throttle: type[Throttle] = Throttle
    site_time: type[SiteTime] = SiteTime
    transport: type[EhrTransport] = EhrTransport
    unity_answers: type[UnityAnswers] = UnityAnswers
    unity_codes: type[UnityCodes] = UnityCodes
    unity_dates: type[UnityDates] = UnityDates
    unity_ehr: type[UnityEhr] = UnityEhr
    unity_ids: type[UnityIds] = UnityIds
    unity_immunizations: type[UnityImmunizations] = UnityImmunizations
    unity_login: type[UnityLogin] = UnityLogin
    unity_observations: type[UnityObservations] = UnityObservations
    unity_patients: type[UnityPatients] = UnityPatients
    unity_problems: type[UnityProblems] = UnityProblems
    unity_served: Callable[[tuple[str, ...], str], Served] = Served
    unity_sessions: type[UnitySessions] = UnitySessions
    unity_statuses: type[UnityStatuses] = UnityStatuses
    unity_times: type[UnityTimes] = UnityTimes
    unity_transport: type[UnityTransport] = UnityTransport
    unity_values: type[UnityValues] = UnityValues
    unity_visits: type[UnityVisits] = UnityVisits
    updates: type[Updates] = Updates
    upstream_context: Callable[[Path | None], ssl.SSLContext] = upstream_context
    verifier: type[TokenVerifier] = TokenVerifier
    search_trail: Callable[[Path, str, str], list[dict[str, Any]]] = search_file
    verify_trail: Callable[[Path], int] = verify_file
    write_rules: type[WriteRules] = WriteRules
