"""What operators see, as the target file claims it: health URLs, and which of the gateway's metrics counts what."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gauntlet.observe.series import Selector
from gauntlet.target_values import ReadyUrl, Seconds, Table


def _series(text: str) -> str:
    Selector.parse(text)
    return text


MetricName = Literal[
    "authentication_success",
    "authentication_failure",
    "authorization_denials",
    "requests",
    "latency_count",
    "latency_seconds",
    "upstream_calls",
    "upstream_retries",
    "upstream_timeouts",
    "payload_bytes",
    "rate_limited",
    "schema_failures",
    "cache_hits",
    "writes_completed",
    "duplicate_writes",
    "patient_mismatches",
    "queue_depth",
    "token_failures",
    "breaker_open",
]
Split = Literal["application", "endpoint", "facility"]


class ObservabilityClaim(Table):
    """What operators see: health, metrics, traces."""

    live: ReadyUrl = Field(description="URL that answers 2xx while the process works")
    ready: ReadyUrl = Field(description="URL that answers 2xx only while requests can be served")
    notices_within_s: Seconds = Field(10.0, description="longest time until readiness follows the EHR")
    metrics: dict[MetricName, Annotated[str, AfterValidator(_series)]] = Field(
        default_factory=dict, description='our name = the gateway\'s series, as name{label="value"}'
    )
    labels: dict[Split, str] = Field(
        default_factory=dict, description="how the series of `requests` is split: our name = the gateway's label"
    )
