"""Bulk export of some patients' records: POST [base]/Patient/$export, then a manifest, then files of NDJSON.

Nothing is collected ahead. An export is a list of sealed page tokens, one for each patient and type, and a file is what
the EHR holds, and the patient permits, when it is fetched. So a file is about one patient, as its audit record says,
and a patient who says no before it is fetched is not in it.

Source: https://hl7.org/fhir/uv/bulkdata/export.html (kick-off with `patient` and `_type`, status, files).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from reference_gateway.exchange import Answer, Caller, Exchange
from reference_gateway.json_text import Json, MalformedJson, read_strict, write
from reference_gateway.paging import Page
from reference_gateway.refusal import Refusal, invalid
from reference_gateway.routes import TYPES
from reference_gateway.search_parameters import required
from reference_gateway.search_rules import LARGEST_COUNT, parse_query
from reference_gateway.searches import Searches

EXPORTED = tuple(name for name in TYPES if ("patient",) in required(name))
EXPORTS = ("export", "export-status", "export-file")  # interactions
_PARAMETER = "_page"
_MOST_PATIENTS = 20
_MOST_PAGES = 20
_WHOLE = "export"  # stands where a page has its resource type


class BulkExports:
    """Serves kick-off, status and files."""

    def __init__(self, searches: Searches, base_url: str, wall: Callable[[], float]) -> None:
        self.searches = searches
        self.base_url = base_url
        self.wall = wall

    async def serve(self, exchange: Exchange) -> Answer:
        """Return 202, the manifest, or a file. Raises Refusal and EhrFailure."""
        assert exchange.caller is not None  # noqa: S101 - the pipeline sets it before
        if exchange.target.interaction == "export":
            return await self.begin(exchange, exchange.caller)
        page = self.opened(exchange, exchange.caller)
        if exchange.target.interaction == "export-status":
            return await self.manifest(exchange, exchange.caller, page)
        return await self.file(exchange, exchange.caller, page)

    async def begin(self, exchange: Exchange, caller: Caller) -> Answer:
        """Return 202 with the address of the status. Raises Refusal."""
        try:
            asked = read_strict(await self.searches.limits.body(exchange.request))
        except MalformedJson as error:
            raise invalid(str(error), code="structure") from None
        patients, types = self.wanted(asked)
        for resource_type in types:
            self.permit(exchange, caller, resource_type, patients)
        job = Page(_WHOLE, None, tuple(("patient", item) for item in patients), tuple(("_type", it) for it in types))
        return Answer(202, b"", {"Content-Location": self.address("status", job, caller)})

    def wanted(self, asked: Any) -> tuple[list[str], list[str]]:
        """Return patients and types of a kick-off. Raises Refusal 400 for anything that is not served."""
        try:
            if asked["resourceType"] != "Parameters":
                raise invalid("an export is asked for by Parameters")
            given = [(item["name"], item) for item in asked["parameter"]]
            patients = [item["valueReference"]["reference"] for name, item in given if name == "patient"]
            types = [text for name, item in given if name == "_type" for text in item["valueString"].split(",")]
        except (LookupError, TypeError, AttributeError):
            raise invalid("the Parameters of the export are malformed") from None
        if any(name not in ("patient", "_type") for name, _ in given) or not set(types) <= set(EXPORTED):
            raise invalid(f"an export takes patient, and _type of {', '.join(EXPORTED)}", code="not-supported")
        if not 0 < len(patients) <= _MOST_PATIENTS:
            raise invalid(f"an export is of 1 to {_MOST_PATIENTS} patients")
        return [self.searches.rules.patient(item) for item in patients], types or list(EXPORTED)

    def permit(self, exchange: Exchange, caller: Caller, resource_type: str, patients: list[str]) -> None:
        """Raise Refusal 403 for a type or patient that the token does not reach."""
        decision = self.searches.access.decide(caller, resource_type, "s")
        exchange.policy = decision.policy
        for patient in patients:
            self.searches.access.patient_for_search(decision, patient)

    def opened(self, exchange: Exchange, caller: Caller) -> Page:
        """Return what an address of an export stands for. Raises Refusal 400."""
        pairs = parse_query(exchange.request.raw_query)
        if len(pairs) != 1 or pairs[0][0] != _PARAMETER:
            raise invalid("an address of an export is used as it is")
        page = self.searches.pages.open(pairs[0][1], caller)
        if (page.resource_type == _WHOLE) != (exchange.target.interaction == "export-status"):
            raise invalid("the address belongs to something else")
        return page

    async def manifest(self, exchange: Exchange, caller: Caller, job: Page) -> Answer:
        """Return the list of files, of those patients who permit it. Raises Refusal."""
        types = [resource_type for _, resource_type in job.filters]
        output = []
        for _, patient in job.ehr_query:
            if await self.is_permitted(exchange, patient):
                output += [self.listed(resource_type, patient, caller) for resource_type in types]
        body = {
            "transactionTime": datetime.fromtimestamp(self.wall(), UTC).isoformat(timespec="milliseconds"),
            "request": f"{self.base_url}/Patient/$export",
            "requiresAccessToken": True,
            "output": output,
            "error": [],
        }
        return Answer(200, write(body), {"Content-Type": "application/json"})

    def listed(self, resource_type: str, patient: str, caller: Caller) -> Json:
        """Return the entry of a file."""
        query = (("patient", patient), ("_count", str(LARGEST_COUNT)))
        return {"type": resource_type, "url": self.address("file", Page(resource_type, patient, query, ()), caller)}

    async def is_permitted(self, exchange: Exchange, patient: str) -> bool:
        """Tell whether a patient lets anything be seen. Raises Refusal 503."""
        try:
            await self.searches.consent.admit(exchange, patient)
        except Refusal as refusal:
            if refusal.status != 403:
                raise
            return False
        return True

    async def file(self, exchange: Exchange, caller: Caller, page: Page) -> Answer:
        """Return one patient's records of one type. Raises Refusal and EhrFailure."""
        patient = str(page.patient)
        exchange.target = replace(exchange.target, resource_type=page.resource_type)
        exchange.patient = patient
        self.permit(exchange, caller, page.resource_type, [patient])
        await self.searches.consent.admit(exchange, patient)
        body = b"".join([write(resource) + b"\n" for resource in await self.records(exchange, page)])
        self.searches.delivered(len(body))
        return Answer(200, body, {"Content-Type": "application/fhir+ndjson"})

    async def records(self, exchange: Exchange, page: Page) -> list[Json]:
        """Return all records of a file. Raises Refusal and EhrFailure."""
        found: list[Json] = []
        for _ in range(_MOST_PAGES):
            part = await self.searches.ask(exchange, page)
            matches = self.searches.records.matches(part.matches, page.resource_type, page.patient, page.filters)
            found += await self.searches.consent.permitted(exchange, matches)
            if part.next_query is None:
                return found
            page = replace(page, ehr_query=part.next_query)
        raise Refusal(413, "too-costly", "the file would be too long; export fewer types", reason="limit")

    def address(self, what: str, page: Page, caller: Caller) -> str:
        """Return the address of a status or file."""
        return f"{self.base_url}/export/{what}?{_PARAMETER}={self.searches.pages.seal(page, caller)}"
