"""What a target claims about limits, failures of the EHR, and what it does meanwhile: claims as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gauntlet.target_values import RESOURCE_TYPES, Address, ReadyUrl, Seconds, Table, shaped

SAME_BASE = "{gateway.base_url}"


class EndpointLimit(Table):
    """A limit of calls at the EHR about one type, for all clients together."""

    type: Literal[RESOURCE_TYPES]  # type: ignore[valid-type]
    burst: int = Field(ge=1, le=200)
    rate_per_s: float = Field(gt=0, le=200)


class ThrottlingClaim(Table):
    """A limit per client, stated for one role so that it can be reached quickly."""

    role: Literal["partner", "batch"] = "partner"
    burst: int = Field(ge=1, le=200)
    rate_per_s: float = Field(gt=0, le=200)
    ehr_concurrency: int = Field(ge=1, le=100, description="most calls at the EHR at once, whoever asks")
    endpoint: list[EndpointLimit] = Field(default_factory=list, description="limits of single types at the EHR")
    shared: bool = Field(False, description="the limit holds for all instances of the gateway together")


class SecondEhrClaim(Table):
    """A second EHR behind the same gateway, served while the first one fails.

    It is of the same vendor, lets the gateway in as the first one does, and holds other patients. Say how consumers
    reach it: at a base of its own, by headers, or by what their tokens say.
    """

    base_url: Annotated[
        str, shaped(r"https?://|\{gateway\.(root|base_url)\}", "a URL begins with http://, https:// or {gateway.root}")
    ] = Field(SAME_BASE, description="FHIR base at which consumers reach it")
    headers: dict[str, str] = Field(default_factory=dict, description="headers of requests that are for it")
    token_claims: dict[str, str] = Field(
        default_factory=dict, description="claims of consumers' tokens that make a request one for it"
    )
    facility: str = Field("second", description="its facility, {second_ehr.facility}")
    listen: Address | None = Field(
        None, description="fixed address of it for a gateway that already runs; default a free port"
    )

    @model_validator(mode="after")
    def _can_be_reached(self) -> SecondEhrClaim:
        if self.base_url == SAME_BASE and not self.headers and not self.token_claims:
            raise ValueError("give base_url, headers or token_claims: else no request is for the second EHR")
        return self


class ResilienceClaim(Table):
    """How failures of the EHR are contained."""

    latency_budget_s: Seconds = Field(10.0, description="longest time until a consumer has an answer")
    retry_factor: int = Field(3, ge=1, le=3, description="most calls at the EHR for one consumer request")
    recovery_s: float = Field(10.0, gt=0, le=10, description="time to serve again after a fault ended")
    address_followed_s: Annotated[float, Field(gt=0, le=60)] | None = Field(
        None, description="time until a new address of the EHR's name is used; the name is found in {ehr.hosts_file}"
    )
    non_critical: list[Literal[RESOURCE_TYPES]] = Field(  # type: ignore[valid-type]
        default_factory=list, description="types that give way first when more is asked for than the EHR can give"
    )
    second_ehr: SecondEhrClaim | None = None


class CacheClaim(Table):
    """Data that was read before is served while the EHR is down, and says so."""

    max_age_s: float = Field(gt=0, le=60, description="oldest data that is served while the EHR is down")
    header: str = Field("Warning", description="header that marks such data; Warning must say 110 or 111")
    tag: str | None = Field(None, description="meta.tag that marks it in place of a header, as system|code")


class QueueClaim(Table):
    """Creates with `Prefer: respond-async` are accepted with 202 and a status URL, and delivered later."""

    dead_letters: ReadyUrl = Field(description="URL that lists what cannot be delivered, by the ids in status URLs")
    delivers_within_s: Seconds = Field(15.0, description="longest time until work is delivered once the EHR is back")
