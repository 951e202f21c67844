"""Limits on what a consumer may send, and what it may ask to receive."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from reference_gateway.exchange import ConsumerRequest
from reference_gateway.refusal import Refusal, invalid

FORM = "application/x-www-form-urlencoded"
_SERVED_MEDIA_TYPES = ("application/fhir+json", "application/json", "application/*", "*/*")
_SERVED_FHIR_VERSIONS = ("4.0", "4.0.1")  # http://hl7.org/fhir/R4/http.html#version-parameter


@dataclass(frozen=True)
class RequestLimits:
    """Sizes in bytes: request target, all header fields together, body."""

    target_bytes: int = 8_000
    header_bytes: int = 16_000
    body_bytes: int = 1_000_000

    def check_head(self, request: ConsumerRequest) -> None:
        """Raise Refusal 414 or 431 when request target or headers are too long."""
        if len(request.raw_path) + len(request.raw_query) > self.target_bytes:
            raise too_long_target(self.target_bytes)
        if sum(len(name) + len(value) for name, value in request.headers.items()) > self.header_bytes:
            raise too_long_headers(self.header_bytes)

    def check_accept(self, request: ConsumerRequest) -> None:
        """Raise Refusal 406 when none of the media types in Accept can be served (RFC 9110 section 12.5.1)."""
        accepted = [item for line in request.headers.getall("Accept", []) for item in line.split(",") if item.strip()]
        if accepted and not any(_servable(item) for item in accepted):
            text = "this gateway answers application/fhir+json only"
            raise Refusal(406, "not-supported", text, reason="not-acceptable")

    async def query(self, request: ConsumerRequest) -> str:
        """Return the parameters of a search, undecoded: those of the address and, sent by POST, those of the form.

        Raises Refusal 415 for another body than a form, 413 for one that is longer than an address may be, 400 for one
        that is no form or brings a token along (RFC 6750 section 2.2: that takes a request without a header).
        """
        if request.method != "POST":
            return request.raw_query
        if request.header("Content-Type").partition(";")[0].strip().lower() != FORM:
            raise Refusal(415, "not-supported", f"a search by POST is {FORM}", reason="unsupported-media-type")
        form = await request.read_body(self.target_bytes)
        if not form.isascii():
            raise invalid("the form is malformed")
        if any(name == "access_token" for name, _ in parse_qsl(form.decode("ascii"), keep_blank_values=True)):
            raise Refusal(
                400, "security", "tokens are accepted in the Authorization header only", reason="token-in-form"
            )
        return "&".join(part for part in (request.raw_query, form.decode("ascii")) if part)

    async def body(self, request: ConsumerRequest) -> bytes:
        """Return the body. Raises Refusal 415 for another media type than FHIR JSON, 413 beyond the limit."""
        media_type = request.header("Content-Type").partition(";")[0].strip().lower()
        if media_type not in ("application/fhir+json", "application/json"):
            text = "the body must be application/fhir+json"
            raise Refusal(415, "not-supported", text, reason="unsupported-media-type")
        return await request.read_body(self.body_bytes)


def too_long_target(limit: int) -> Refusal:
    """Return 414: the request target is longer than `limit` bytes."""
    return Refusal(414, "too-long", f"the request target is longer than {limit} bytes", reason="limit")


def too_long_headers(limit: int) -> Refusal:
    """Return 431: the header fields are longer than `limit` bytes (RFC 6585 section 5)."""
    return Refusal(431, "too-long", f"the header fields are longer than {limit} bytes", reason="limit")


def too_long_body(limit: int) -> Refusal:
    """Return 413: the body is longer than `limit` bytes."""
    return Refusal(413, "too-long", f"the body is longer than {limit} bytes", reason="limit")


def _servable(item: str) -> bool:
    media_type, *parts = (part.strip().lower() for part in item.split(";"))
    parameters = {name.strip(): value.strip(' "') for name, _, value in (part.partition("=") for part in parts)}
    refused = parameters.get("q") in ("0", "0.0", "0.00", "0.000")
    version = parameters.get("fhirversion", _SERVED_FHIR_VERSIONS[0])
    return media_type in _SERVED_MEDIA_TYPES and version in _SERVED_FHIR_VERSIONS and not refused
