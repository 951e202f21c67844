"""The reference gateway with other manners: it says the same, as legally, in other ways. Run by path:

    python -P tests/manners/gateway.py MANNERS      MANNERS: names of the table below, with commas

A check that fails it is wrong: nothing here breaks a rule of FHIR R4 or of HTTP.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import format_datetime
from typing import Any

import orjson
from aiohttp import web
from multidict import CIMultiDict

from reference_gateway.__main__ import run
from reference_gateway.composition import Parts
from reference_gateway.ehr_request import EhrReply, EhrRequest
from reference_gateway.ehr_transport import EhrTransport
from reference_gateway.exchange import Answer, ConsumerRequest
from reference_gateway.server import GatewayServer, as_request, as_response

Json = dict[str, Any]
Manner = Callable[[ConsumerRequest, Answer], Answer]
Headers = CIMultiDict[str]

_TOKEN = re.compile(rb'"(?:\\.|[^"\\])*"|[,:{}\[\]]')
_MOMENT = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d)"')
_COUNT = re.compile(r"(?<![^&])_count=(\d{1,6})(?![^&])")
_NARRATIVE = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>A record.</p></div>'}


def of_text(change: Callable[[bytes], bytes]) -> Manner:
    """Return the manner that changes the text of JSON bodies."""

    def changed(_: ConsumerRequest, answer: Answer) -> Answer:
        is_json = "json" in Headers(answer.headers).get("Content-Type", "") and answer.body
        return replace(answer, body=change(answer.body)) if is_json else answer

    return changed


def of_content(change: Callable[[Json], None]) -> Manner:
    """Return the manner that changes what JSON bodies hold; decimals stay as they are written."""

    def changed(body: bytes) -> bytes:
        content = json.loads(body, parse_float=orjson.Fragment)
        change(content)
        return orjson.dumps(content)

    return of_text(changed)


def of_headers(change: Callable[[Headers, Answer], None]) -> Manner:
    """Return the manner that changes headers."""

    def changed(_: ConsumerRequest, answer: Answer) -> Answer:
        headers = Headers(answer.headers)
        change(headers, answer)
        return replace(answer, headers=dict(headers))

    return changed


def airy(body: bytes) -> bytes:
    """White space wherever JSON lets it stand."""
    return _TOKEN.sub(lambda found: found[0] if found[0].startswith(b'"') else b" " + found[0] + b"\r\n\t", body)


def escaped(body: bytes) -> bytes:
    """Every character beyond ASCII by its number (RFC 8259 section 7)."""
    return re.sub(r"[^\x00-\x7f]", lambda found: json.dumps(found[0])[1:-1], body.decode()).encode()


def in_utc(body: bytes) -> bytes:
    """Every moment in UTC: another way to write the same moment."""
    return _MOMENT.sub(_utc, body)


def _utc(found: re.Match[bytes]) -> bytes:
    text = found[1].decode()
    fraction = re.search(r"\.\d+", text)
    moment = dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    return f'"{moment:%Y-%m-%dT%H:%M:%S}{fraction[0] if fraction else ""}Z"'.encode()


def _resources(content: Json) -> Iterator[Json]:
    if content.get("resourceType") == "Bundle":
        for entry in content.get("entry", []):
            yield from _resources(entry.get("resource", {}))
    elif content.get("resourceType", "OperationOutcome") not in ("OperationOutcome", "Parameters"):
        yield content


def narrated(content: Json) -> None:
    """Narrative and a tag in every resource."""
    for resource in _resources(content):
        resource["text"] = _NARRATIVE
        resource.setdefault("meta", {}).setdefault("tag", []).append({"system": "urn:example:tags", "code": "relayed"})


def terse_bundle(content: Json) -> None:
    """A searchset without total and search modes, which are optional; a Bundle has an id."""
    if content.get("resourceType") == "Bundle":
        content["id"] = "bundle"
        content.pop("total", None)
        for entry in content.get("entry", []):
            entry.pop("search", None)


def second_issue(content: Json) -> None:
    """An OperationOutcome says something else first."""
    if content.get("resourceType") == "OperationOutcome":
        note = {"severity": "information", "code": "informational", "details": {"text": "the manual says more"}}
        content["issue"].insert(0, note)


def by_diagnostics(content: Json) -> None:
    """An OperationOutcome with diagnostics in place of details, and fatal in place of error."""
    if content.get("resourceType") == "OperationOutcome":
        for issue in content["issue"]:
            issue.update(severity="fatal", diagnostics=issue.pop("details")["text"])


def media_type(text: str) -> Manner:
    """FHIR JSON under another spelling of its media type (RFC 9110 section 8.3.1)."""

    def change(headers: Headers, _: Answer) -> None:
        if "fhir+json" in headers.get("Content-Type", ""):
            headers["Content-Type"] = text

    return of_headers(change)


def retry_date(headers: Headers, _: Answer) -> None:
    """Retry-After as a date (RFC 9110 section 10.2.3)."""
    if headers.get("Retry-After", "").isdigit():
        until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=int(headers["Retry-After"]) + 0.999)
        headers["Retry-After"] = format_datetime(until, usegmt=True)


def relative(headers: Headers, _: Answer) -> None:
    """Addresses in headers without scheme and host (RFC 9110 sections 10.2.2 and 8.7)."""
    for name in ("Location", "Content-Location"):
        if name in headers:
            headers[name] = re.sub(r"^https?://[^/]+", "", headers[name])


def versioned(headers: Headers, answer: Answer) -> None:
    """The Location of a create names the version (FHIR R4, http: create)."""
    if answer.status == 201 and "Location" in headers:
        headers["Location"] += "/_history/1"


def challenge(headers: Headers, _: Answer) -> None:
    """A challenge in lower case, with a realm (RFC 9110 section 11.1; RFC 6750 section 3)."""
    if told := headers.get("WWW-Authenticate"):
        headers["WWW-Authenticate"] = re.sub(r"^Bearer ?", 'bearer realm="hospital", ', told).rstrip(", ")


def lower_case(headers: Headers, _: Answer) -> None:
    """Names of headers in lower case."""
    for name in list(headers):
        headers[name.lower()] = headers.pop(name)


def wordless(_: ConsumerRequest, answer: Answer) -> Answer:
    """A create is answered without a body, as it may be (FHIR R4, http: Prefer)."""
    kept = {name: value for name, value in answer.headers.items() if name.lower() != "content-type"}
    return replace(answer, body=b"", headers=kept) if answer.status == 201 else answer


def compressed(request: ConsumerRequest, answer: Answer) -> Answer:
    """A compressed body for who takes one."""
    if "gzip" not in request.header("Accept-Encoding") or not answer.body:
        return answer
    headers = {**answer.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return replace(answer, body=gzip.compress(answer.body), headers=headers)


MANNERS: dict[str, Manner] = {
    "airy": of_text(airy),
    "escaped": of_text(escaped),
    "in-utc": of_text(in_utc),
    "narrated": of_content(narrated),
    "terse-bundle": of_content(terse_bundle),
    "second-issue": of_content(second_issue),
    "by-diagnostics": of_content(by_diagnostics),
    "media-type-with-version": media_type("application/fhir+json;fhirVersion=4.0;charset=UTF-8"),
    "media-type-in-capitals": media_type('Application/FHIR+JSON; Charset="UTF-8"'),
    "retry-date": of_headers(retry_date),
    "relative": of_headers(relative),
    "versioned": of_headers(versioned),
    "challenge": of_headers(challenge),
    "lower-case": of_headers(lower_case),
    "wordless": wordless,
    "compressed": compressed,
}
# Manners of connections: chunked bodies; one request on each, of consumers or to the EHR.
IN_PIECES, CLOSING, CLOSING_UPSTREAM = "in-pieces", "closing", "closing-upstream"
SLOW, SLOW_S = "slow", 0.3  # every answer takes so long, as behind a distant EHR
SMALL_PAGES, MOST_ON_A_PAGE = "small-pages", 7  # whatever _count asks for (FHIR R4, search: page count)


class OtherManners(GatewayServer):
    """The server whose answers take some manners, in their order."""

    manners: tuple[str, ...] = ()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        asked = as_request(request)
        if SMALL_PAGES in self.manners:
            asked = replace(asked, raw_query=for_small_pages(asked.raw_query))
        answer = await self.gateway.answer(asked)
        if SLOW in self.manners:
            await asyncio.sleep(SLOW_S)
        for name in self.manners:
            answer = MANNERS[name](asked, answer) if name in MANNERS else answer
        if IN_PIECES in self.manners and answer.body:
            return await _in_pieces(request, answer)
        response = as_response(answer)
        if self.draining or CLOSING in self.manners:
            response.force_close()
        return response


def for_small_pages(query: str) -> str:
    """Return the query of a search for a small page, whether it asks for a page of any size or not."""
    if query.startswith("patient=") and "_count=" not in query:
        return f"{query}&_count={MOST_ON_A_PAGE}"
    return _COUNT.sub(lambda found: f"_count={min(int(found[1]), MOST_ON_A_PAGE)}", query)


async def _in_pieces(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.enable_chunked_encoding()
    await response.prepare(request)
    middle = len(answer.body) // 2
    for piece in filter(None, (answer.body[:middle], answer.body[middle:])):
        await response.write(piece)
    await response.write_eof()
    return response


class OneCallEach(EhrTransport):
    """A transport that asks the EHR to close the connection after each call, as many proxies do."""

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Send one attempt."""
        return await super().send(
            replace(request, headers={**request.headers, "Connection": "close"}), token, timeout_s
        )


if __name__ == "__main__":
    chosen = tuple(sys.argv[1].split(","))
    if strange := set(chosen) - {*MANNERS, IN_PIECES, CLOSING, CLOSING_UPSTREAM, SLOW, SMALL_PAGES}:
        sys.exit(f"no such manners: {', '.join(sorted(strange))}")
    parts = replace(Parts(), server=type("Server", (OtherManners,), {"manners": chosen}))
    sys.exit(run(replace(parts, transport=OneCallEach) if CLOSING_UPSTREAM in chosen else parts))
