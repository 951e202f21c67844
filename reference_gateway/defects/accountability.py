"""Defects in audit trail, log and metrics (AUD, PHI)."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from reference_gateway.audit import AuditEvent, AuditTrail, AuditUnavailable
from reference_gateway.audit_chain import GENESIS, BrokenTrail
from reference_gateway.audit_events import AuditEvents
from reference_gateway.audit_search import search_file
from reference_gateway.correlation import Correlation
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_failures import FailureMapping
from reference_gateway.ehr_request import EhrFailure
from reference_gateway.exchange import Answer, ConsumerRequest, Exchange
from reference_gateway.json_text import Json
from reference_gateway.metrics import Metrics
from reference_gateway.reads import Reads
from reference_gateway.refusal import Refusal
from reference_gateway.request_log import RequestLog

_MOST_IN_A_SECOND = 20
_DOZEN = 12


class AuditSkipsSearches(AuditTrail):
    """Records reads and writes only."""

    def write(self, event: AuditEvent) -> None:
        """Append the record of anything but a search."""
        if event.action != "search":
            super().write(event)


class AuditSkipsWrites(AuditTrail):
    """Records who looked only."""

    def write(self, event: AuditEvent) -> None:
        """Append the record of anything but a create or an update."""
        if event.action not in ("create", "update"):
            super().write(event)


class AuditSkipsGrants(AuditTrail):
    """Records what consumers do only."""

    def write(self, event: AuditEvent) -> None:
        """Append the record of anything but a token grant."""
        if event.action != "token":
            super().write(event)


class AuditSkipsRefusals(AuditTrail):
    """Records what succeeded only."""

    def write(self, event: AuditEvent) -> None:
        """Append the record of anything but a refusal."""
        if event.result != "refused":
            super().write(event)


class AuditLacksPatient(AuditTrail):
    """Does not say whose record it was."""

    def record(self, event: AuditEvent) -> dict[str, Any]:
        """Return the record without patient."""
        fields = {name: getattr(event, name) for name in event.__dataclass_fields__}
        return super().record(AuditEvent(**{**fields, "patient": None}))


class UnchainedAudit(AuditTrail):
    """Leaves records that stand alone."""

    def record(self, event: AuditEvent) -> dict[str, Any]:
        """Return the record without a chain."""
        return {**super().record(event), "prev": GENESIS, "hash": GENESIS}


def count_records(file: Path) -> int:
    """Return the number of records, and call that verified. Raises BrokenTrail for what is no JSON, OSError."""
    try:
        return len([json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()])
    except ValueError:
        raise BrokenTrail("a record is not JSON") from None


def search_older(file: Path, field: str, value: str) -> list[dict[str, Any]]:
    """Return what is found in the records that were there a while ago. Raises OSError and BrokenTrail."""
    return search_file(file, field, value)[:-_DOZEN]


class EventsWithoutPatient(AuditEvents):
    """Does not say whose record it was."""

    def entities(self, record: dict[str, Any]) -> list[Json]:
        """Return what it was about, the patient left out."""
        return super().entities({**record, "patient": None})


class EventsWithoutOutcome(AuditEvents):
    """Tells refusals like successes."""

    def event(self, record: dict[str, Any]) -> Json:
        """Return the AuditEvent of one record."""
        return {**super().event(record), "outcome": "0"}


class AuditLocalTime(AuditTrail):
    """Tells the time of a place five hours west of UTC."""

    def time(self) -> str:
        """Return the local time."""
        local = datetime.fromtimestamp(self._clock.wall(), UTC).astimezone(timezone(timedelta(hours=-5)))
        return local.strftime("%Y-%m-%dT%H:%M:%S.") + f"{local.microsecond // 1000:03d}"


class ServesUnaudited(AuditTrail):
    """Goes on when a record cannot be written."""

    def write(self, event: AuditEvent) -> None:
        """Append the record if that is possible."""
        try:
            super().write(event)
        except AuditUnavailable:
            self.broken = False


class AuditLimitsItsRate(AuditTrail):
    """Keeps the trail small: so many records in a second and no more."""

    second = 0
    written = 0

    def write(self, event: AuditEvent) -> None:
        """Append the record unless this second has had enough."""
        second = int(self._clock.wall())
        self.second, self.written = second, self.written + 1 if second == self.second else 0
        if self.written < _MOST_IN_A_SECOND:
            super().write(event)


class AuditBuffersInMemory(AuditTrail):
    """Writes records out by the dozen."""

    kept = b""

    def _append(self, line: bytes) -> None:
        self.kept += line
        if self.kept.count(b"\n") >= _DOZEN:
            kept, self.kept = self.kept, b""
            super()._append(kept)

    def close(self) -> None:
        """Write out what is left and close the files."""
        super()._append(self.kept)
        super().close()


class DropsCorrelationId(Correlation):
    """Makes a new id for every request."""

    def identify(self, request: ConsumerRequest) -> str:  # noqa: ARG002 - the honest signature
        """Return a new id."""
        return self._random_hex(16)


class LogsPatientNames(RequestLog):
    """Logs what was searched for."""

    def served(self, exchange: Exchange, status: int, seconds: float) -> None:
        """Log one answered request, its query included."""
        super().served(exchange, status, seconds)
        if exchange.request.raw_query:
            self.event("query", correlation_id=exchange.correlation_id, query=unquote_plus(exchange.request.raw_query))


class LogsPatientIds(RequestLog):
    """Logs patients by their ids."""

    def pseudonym(self, patient: str | None) -> str | None:
        """Return the id itself."""
        return patient


class LogsRandomPseudonyms(RequestLog):
    """Gives a patient a new name in every line."""

    def pseudonym(self, patient: str | None) -> str | None:
        """Return a name that nobody will meet again."""
        return f"p-{secrets.token_hex(8)}" if patient else None


class LogsOnePseudonymForAll(RequestLog):
    """Hides who is who altogether."""

    def pseudonym(self, patient: str | None) -> str | None:
        """Return the same for everybody."""
        return "p-redacted" if patient else None


class LogsHashedNumbers(RequestLog):
    """Logs what was searched for, hashed without a key: whoever has a list of patients has the names."""

    def served(self, exchange: Exchange, status: int, seconds: float) -> None:
        """Log one answered request, and the hashes of its query's values."""
        super().served(exchange, status, seconds)
        for name, value in parse_qsl(exchange.request.raw_query):
            hashed = hashlib.sha256(value.encode()).hexdigest()[:24]
            self.event("query", correlation_id=exchange.correlation_id, parameter=name, value=hashed)


class PatientIdInMetrics(Metrics):
    """Counts requests by patient."""

    def served(self, exchange: Exchange, status: int, seconds: float) -> None:
        """Count one answered request."""
        super().served(exchange, status, seconds)
        if exchange.patient:
            self.upstream.labels(exchange.target.resource_type or "none", exchange.patient).inc()


class NameInErrorBody(Reads):
    """Says in its errors whose record it was about."""

    names: dict[str, str]

    def answer(self, exchange: Exchange, resource: Json) -> Answer:
        """Return the answer, and remember the patient's name."""
        if resource["resourceType"] == "Patient":
            name = resource["name"][0]
            self.remembered()[resource["id"]] = f"{' '.join(name.get('given', []))} {name.get('family', '')}"
        return super().answer(exchange, resource)

    def remembered(self) -> dict[str, str]:
        """Return the names seen so far by patient id."""
        if "names" not in vars(self):
            self.names = {}
        return self.names

    async def serve(self, exchange: Exchange) -> Answer:
        """Return the record. Raises Refusal with the patient's name."""
        try:
            return await super().serve(exchange)
        except EhrFailure as failure:
            refusal = FailureMapping().refusal(failure)
        except Refusal as caught:
            refusal = caught
        name = self.remembered().get(exchange.target.resource_id or "")
        if name:
            refusal.text = f"{name}: {refusal.text}"
        raise refusal


DEFECTS = (
    swap("audit-skips-searches", "AUD-01", "leaves no record of searches", audit=AuditSkipsSearches),
    swap("audit-skips-writes", "AUD-01", "leaves no record of writes", audit=AuditSkipsWrites),
    swap("audit-skips-grants", "AUD-01", "leaves no record of its own tokens", audit=AuditSkipsGrants),
    swap("audit-skips-refusals", "AUD-01", "leaves no record of refusals", audit=AuditSkipsRefusals),
    swap("audit-lacks-patient", "AUD-02", "records without the patient", audit=AuditLacksPatient),
    swap("drops-correlation-id", "AUD-03", "replaces the correlation id", correlation=DropsCorrelationId),
    swap(
        "unchained-audit",
        "AUD-04",
        "records do not depend on each other",
        audit=UnchainedAudit,
        verify_trail=count_records,
    ),
    swap("audit-local-time", "AUD-05", "records in local time", audit=AuditLocalTime),
    swap("serves-unaudited", "AUD-08", "serves when no record can be written", audit=ServesUnaudited),
    swap("audit-search-lags", "AUD-07", "does not find the latest records", search_trail=search_older),
    swap("audit-events-without-patient", "AUD-09", "AuditEvents lack the patient", audit_events=EventsWithoutPatient),
    swap("audit-events-without-outcome", "AUD-09", "AuditEvents are all successes", audit_events=EventsWithoutOutcome),
    swap("audit-limits-its-rate", "AUD-06", "records twenty requests a second", audit=AuditLimitsItsRate),
    swap("audit-buffers-in-memory", "AUD-06", "keeps records in memory for a while", audit=AuditBuffersInMemory),
    swap("logs-patient-names", "PHI-01", "logs what was searched for", request_log=LogsPatientNames),
    swap("logs-hashed-numbers", "PHI-01", "logs hashes of what was searched for", request_log=LogsHashedNumbers),
    swap("logs-patient-ids", "PHI-04", "logs patients by id", request_log=LogsPatientIds),
    swap("logs-random-pseudonyms", "PHI-04", "names a patient anew in every line", request_log=LogsRandomPseudonyms),
    swap("logs-one-pseudonym-for-all", "PHI-04", "names all patients alike", request_log=LogsOnePseudonymForAll),
    swap("patient-id-in-metrics", "PHI-02", "counts by patient", metrics=PatientIdInMetrics),
    swap("name-in-error-body", "PHI-02", "names the patient in errors", reads=NameInErrorBody),
)
