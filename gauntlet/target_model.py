"""The target file's tables as pydantic models: one place says what is valid, and the reader's errors quote it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from gauntlet.target_consent import ConsentClaim
from gauntlet.target_ehr import Ehr
from gauntlet.target_mtls import MtlsClaim
from gauntlet.target_observability import ObservabilityClaim
from gauntlet.target_observe import Observe
from gauntlet.target_own_checks import OwnChecks
from gauntlet.target_resilience import CacheClaim, QueueClaim, ResilienceClaim, ThrottlingClaim
from gauntlet.target_values import CLAIMABLE_TYPES, RESOURCE_TYPES, Address, ReadyUrl, Seconds, Table, shaped

Fraction = Annotated[float, Field(ge=0, le=1)]
Milliseconds = Annotated[float, Field(gt=0)]
BackWithin = Annotated[float, Field(gt=0, le=600)]
Endpoint = Annotated[
    str,
    shaped(
        r"((read|search) [A-Z][A-Za-z]+|create( [A-Z][A-Za-z]+)?)$", 'give an endpoint such as "search Observation"'
    ),
]


BaseUrl = Annotated[str, shaped(r"https?://|\{ehr\.base_url\}", "a URL begins with http:// or https://")]


class Launch(Table):
    """How the lab starts the gateway. Without this table it already runs."""

    command: list[str] = Field(min_length=1, description="program and arguments")
    env: dict[str, str] = Field(default_factory=dict, description="environment variables, added to PATH and HOME")
    cwd: str = Field("{target_dir}", description="working directory")
    files: dict[str, str] = Field(
        default_factory=dict,
        description="files written to {run_dir}/gateway before the start: name = content",
    )
    ready: ReadyUrl = Field(description="URL that answers 2xx once the gateway serves")
    ready_timeout_s: Seconds = Field(20.0, description="how long it may take to become ready")
    side_by_side: bool = Field(
        False, description="several of it can run at once: every port and file it uses comes from placeholders"
    )


class Gateway(Table):
    """The gateway under test."""

    name: str = Field(min_length=1)
    vendor: str = ""
    version: str = ""
    base_url: BaseUrl = Field(description="FHIR base that consumers use")
    ca_file: str | None = Field(
        None,
        description="PEM of the authority of the gateway's own certificate, beside this file, for an https base_url; "
        "default the public authorities",
    )
    launch: Launch | None = None


class Clients(Table):
    """Client ids by role, as the gateway knows them."""

    interactive: str = "app-interactive"
    batch: str = "app-batch"
    partner: str = "app-partner"
    unregistered: str = "app-unregistered"


class Consumer(Table):
    """How consumers get their tokens."""

    tokens: Literal["issuer", "ehr"] = Field(
        "issuer",
        description="issuer: signed by the lab's issuer; ehr: consumers are clients of the EHR themselves",
    )
    audience: str = "{gateway.base_url}"
    listen: Address | None = Field(None, description="fixed address of the issuer; default a free port")
    clients: Clients = Clients()


class CoreClaim(Table):
    """What every gateway does: reads."""

    types: list[Literal[CLAIMABLE_TYPES]] = Field(  # type: ignore[valid-type]
        default_factory=lambda: list(RESOURCE_TYPES),
        description="types that are read and searched; Immunization is claimed by naming it",
    )

    facility_claim: str | None = Field(
        None, description="claim of consumers' tokens that limits them to facilities: a name or a list of names"
    )


class RevocationClaim(Table):
    """Tokens and clients that the issuer withdraws are refused."""

    within_s: float = Field(10.0, gt=0, le=60, description="longest time until a withdrawn token is refused")


class WriteClaim(Table):
    """Creates, and updates of what was created."""

    types: list[Literal["AllergyIntolerance", "Condition", "Observation"]] = Field(min_length=1)
    updates: list[Literal["Observation"]] = Field(
        default_factory=list, description="types that are updated by PUT with If-Match, each one of `types`"
    )


class BatchClaim(Table):
    """Several requests in one Bundle. A transaction that is refused as a whole is all-or-nothing, too."""

    entries: int = Field(5, ge=5, le=1000, description="entries that a batch may have at least")


class IdempotencyClaim(Table):
    """Repeated creates with one key take effect once."""

    header: str = "Idempotency-Key"
    keep_s: Seconds = 3600.0


class AuditClaim(Table):
    """Every access leaves exactly one record."""

    correlation_header: str = "X-Correlation-Id"
    grant_action: str = Field("token", description="action of the records of the gateway's own tokens at the EHR")
    verify: list[str] = Field(
        default_factory=list,
        description="command that exits 0 for an intact trail; the trail's path is appended",
    )
    search: list[str] = Field(
        default_factory=list,
        description="command that prints the records in which a field has a value, one JSON object a line; "
        "the trail's path, the field (as the trail calls it) and the value are appended",
    )
    events: list[str] = Field(
        default_factory=list,
        description="command that prints the trail as FHIR AuditEvents, one a line; the trail's path is appended",
    )


class LoadClaim(Table):
    """Behaviour under load, within [slo]."""

    profile: str = Field("morning-spike", description="the spike that is held")
    scale: float = Field(1.0, gt=0, le=100, description="the rates of every profile are multiplied by this")


class MappingClaim(Table):
    """Codes, units and times mean the same to every app."""

    terminology: str | None = Field(
        None, description="ConceptMap (FHIR R4, JSON) of the local codes in use, beside this file; absent: none is"
    )
    unmapped_metric: str | None = Field(None, description="counter that grows with each code that has no mapping")
    unmapped_tag: str | None = Field(None, description="meta.tag of a record with such a code, as system|code")


class RolloutClaim(Table):
    """How the gateway is changed while it serves, by commands that end with exit status 0."""

    takes_effect_s: Seconds = Field(5.0, description="longest time until a command has taken effect")
    drains_within_s: Seconds = Field(15.0, description="longest time from SIGTERM to the end of the process")
    switch_off: list[str] = Field(default_factory=list, description="command that switches {rollout.type} off")
    switch_on: list[str] = Field(default_factory=list, description="command that switches {rollout.type} on again")
    forward: list[str] = Field(default_factory=list, description="command that moves everybody to the new route")
    back: list[str] = Field(default_factory=list, description="command that moves everybody back to the old route")
    canary: list[str] = Field(default_factory=list, description="command that moves {rollout.client} alone")
    route_header: str = Field("X-Gateway-Route", description="header of answers that says which route they took")


class EnvironmentClaim(Table):
    """Clocks, ways and claims are fit for going live: without parameters."""


class Claims(Table):
    """Features claimed, each with its parameters. What is absent is not claimed."""

    core: CoreClaim = CoreClaim()
    write: WriteClaim | None = None
    batch: BatchClaim | None = None
    idempotency: IdempotencyClaim | None = None
    throttling: ThrottlingClaim | None = None
    resilience: ResilienceClaim | None = None
    cache: CacheClaim | None = None
    queue: QueueClaim | None = None
    audit: AuditClaim | None = None
    revocation: RevocationClaim | None = None
    consent: ConsentClaim | None = None
    environment: EnvironmentClaim | None = None
    observability: ObservabilityClaim | None = None
    load: LoadClaim | None = None
    mapping: MappingClaim | None = None
    rollout: RolloutClaim | None = None
    mtls: MtlsClaim | None = None

    def standing(self) -> dict[str, str]:
        """Return what every consumer's token says beside the usual: the purpose of use, where consent is claimed."""
        consent = self.consent
        return {consent.purpose_claim: consent.treatment} if consent and consent.purpose_claim else {}


class PartSlo(Table):
    """Objectives of the requests of one kind alone, beside those over all requests."""

    p50_ms: Milliseconds | None = None
    p95_ms: Milliseconds | None = None
    p99_ms: Milliseconds | None = None
    p999_ms: Milliseconds | None = Field(None, description="judged from 5,000 arrivals on, else inconclusive")
    error_rate: Fraction | None = None
    recovery_s: BackWithin | None = Field(None, description="how soon service is back after a fault in mid-load")


class Slo(PartSlo):
    """Service-level objectives of load profiles; they replace the profile's own."""

    endpoint: dict[Endpoint, PartSlo] = Field({}, description='by interaction and type: "search Observation", "create"')
    traffic: dict[Literal["interactive", "batch", "partner"], PartSlo] = Field(
        {}, description="by who asks: people, the batch app, the partner's app"
    )


class Contract(Table):
    """Contracts of consumers beside our own, the published API, and how much is tried at random."""

    pacts: str | None = Field(None, description="folder of pact files (*.json), beside this file")
    provider: str = Field("ehr-gateway", description="how these pact files call the gateway")
    openapi: str | None = Field(
        None, description="OpenAPI of the gateway: a file beside this one or a URL; default made of the claims"
    )
    examples: int = Field(40, ge=5, le=5000, description="how many examples each check by properties may try")


class Waiver(Table):
    """A failure that is accepted for a while: an unused or expired waiver fails the run."""

    check: str = Field(min_length=1, description="id of the check, as reports show it")
    reason: str = Field(min_length=10)
    owner: str = Field(min_length=1)
    expires: dt.date


class TargetFile(Table):
    """A whole target file."""

    gateway: Gateway
    ehr: list[Ehr] = Field(min_length=1, max_length=1)
    consumer: Consumer = Consumer()
    claims: Claims = Claims()
    observe: Observe = Observe()
    slo: Slo = Slo()
    contract: Contract = Contract()
    checks: OwnChecks = OwnChecks()
    waiver: list[Waiver] = Field(default_factory=list)
