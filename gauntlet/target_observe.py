"""Where logs, audit trail and metrics are, and how they get to the harness."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from gauntlet.target_values import Address, ReadyUrl, Seconds, Table

AuditField = Literal[
    "time",
    "correlation_id",
    "client_id",
    "user",
    "patient",
    "resource_type",
    "resource_id",
    "action",
    "result",
    "status",
    "latency_ms",
    "policy",
    "purpose",
    "reason",
    "token_id",
]


class Syslog(Table):
    """The trail is sent to the harness by syslog (RFC 5424), over UDP or TCP, at {syslog.host}:{syslog.port}."""

    listen: Address | None = Field(None, description="fixed address of the harness, UDP and TCP; default a free port")


class AuditTrail(Table):
    """How the audit trail is had (one of `file`, `url` and `syslog`) and how its fields are called."""

    file: str | None = Field(None, description="file with one JSON object a line")
    url: ReadyUrl | None = Field(
        None, description="URL of JSON lines, a JSON array or a FHIR Bundle, oldest first; rel=next leads on"
    )
    headers: dict[str, str] = Field(default_factory=dict, description="headers of requests for `url`")
    syslog: Syslog | None = None
    format: Literal["records", "audit-events"] = Field(
        "records", description="records: flat JSON objects; audit-events: FHIR R4 AuditEvents, read by their elements"
    )
    fields: dict[AuditField, str] = Field(default_factory=dict, description="our name = the gateway's name of a field")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [name for name in ("file", "url", "syslog") if getattr(self, name) is not None]
        if len(ways) != 1:
            raise ValueError(f"give one of file, url and syslog, not {' and '.join(ways) or 'none'}")
        if self.headers and self.url is None:
            raise ValueError("headers are for url")
        if self.fields and self.format == "audit-events":
            raise ValueError("fields are for flat records: AuditEvents are read by their elements")
        return self


class Otlp(Table):
    """Metrics and spans are pushed to the harness by OTLP/HTTP, at {otlp.url} (with /v1/metrics and /v1/traces)."""

    metrics: bool = Field(True, description="metrics are pushed; false when only spans are")
    traces: bool = Field(False, description="spans are pushed of requests whose traceparent says sampled")
    every_s: Seconds = Field(1.0, description="time between two pushes")
    listen: Address | None = Field(None, description="fixed address of the harness; default a free port")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.metrics or self.traces):
            raise ValueError("say what is pushed: metrics, traces, or both")
        return self


class Observe(Table):
    """Where logs, audit trail and metrics are."""

    logs: str = Field("{run_dir}/gateway.log", description="general log; default what the launched process prints")
    metrics: str | None = Field(None, description="URL of metrics in Prometheus text format or OpenMetrics")
    otlp: Otlp | None = None
    audit: AuditTrail | None = None

    def receivers(self) -> dict[str, Address | None]:
        """Return the receivers of the harness: key in the target file = address, None for any that is free."""
        syslog = self.audit.syslog if self.audit else None
        return {
            **({"observe.audit.syslog.listen": syslog.listen} if syslog else {}),
            **({"observe.otlp.listen": self.otlp.listen} if self.otlp else {}),
        }

    def fixed_addresses(self) -> list[str]:
        """Return the keys that fix an address of a receiver."""
        return [key for key, listen in self.receivers().items() if listen is not None]

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.metrics is not None and self.otlp is not None and self.otlp.metrics:
            raise ValueError("give metrics or otlp, not both (metrics = false in otlp: only spans are pushed)")
        return self
