"""Unity behind the face of a FHIR server: what the rest of the gateway asks in FHIR is answered out of rows.

Searches bring every record of the patient that could fit; the gateway applies the parameters to what comes back.
"""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from reference_gateway.ehr_request import EhrReply, EhrRequest
from reference_gateway.json_text import Json, write
from reference_gateway.refusal import Refusal, invalid, not_found
from reference_gateway.unity_actions import UnityActions
from reference_gateway.unity_answers import Row
from reference_gateway.unity_ids import UnityIds
from reference_gateway.unity_patients import UnityPatients
from reference_gateway.unity_records import UnityRecords

MOST_PATIENTS = 25
AFTER = "_after"  # the record behind which a page begins
_HEADERS = {"content-type": "application/fhir+json"}


class UnityEhr:
    """Serves reads and searches; there are no writes."""

    def __init__(self, actions: UnityActions, ids: UnityIds, patients: UnityPatients, records: UnityRecords) -> None:
        self.actions = actions
        self.ids = ids
        self.patients = patients
        self.records = records

    async def call(self, request: EhrRequest) -> EhrReply:
        """Return the answer as a FHIR server would give it. Raises Refusal and EhrFailure."""
        if request.method != "GET":
            raise Refusal(405, "not-supported", "this EHR takes no writes here", reason="method-not-allowed")
        resource_type, _, resource_id = request.path.partition("/")
        if resource_id:
            return _reply(await self.read(request, resource_type, resource_id))
        return _reply(self.page(resource_type, await self.search(request, resource_type), request))

    async def read(self, request: EhrRequest, resource_type: str, resource_id: str) -> Json:
        """Return one record. Raises Refusal 404 when there is none."""
        found = await self.by_id(request, resource_type, resource_id)
        if found is None:
            raise not_found(f"this {resource_type}")
        return found

    async def by_id(self, request: EhrRequest, resource_type: str, resource_id: str) -> Json | None:
        """Return one record, None when there is none. Raises Refusal 404 for an id that was not made here."""
        if resource_type == "Patient":
            return await self.patient(request, self.ids.patient_number(resource_id))
        wanted = self.ids.read(resource_type, resource_id)
        records = await self.records.of_type(request, resource_type, wanted.patient)
        return next((record for record in records if record["id"] == resource_id), None)

    async def patient(self, request: EhrRequest, number: str) -> Json | None:
        """Return a patient by number; the row of blanks stands for nobody."""
        for row in await self.actions.patient(request, number):
            return self.patients.resource(row, self.ids.patient(number))
        return None

    async def search(self, request: EhrRequest, resource_type: str) -> list[Json]:
        """Return the records that could fit a search."""
        asked = dict(request.query)
        if "_id" in asked:
            try:
                found = await self.by_id(request, resource_type, asked["_id"])
            except Refusal as refusal:
                if refusal.status != 404:
                    raise
                found = None
            return [found] if found and self.is_of(asked, asked["_id"]) and self.is_numbered(found, asked) else []
        if resource_type == "Patient":
            return await self.people(request, asked)
        try:
            number = self.ids.patient_number(asked["patient"])
        except Refusal:  # nobody here has this id
            return []
        return await self.records.of_type(request, resource_type, number)

    def is_of(self, asked: dict[str, str], record_id: str) -> bool:
        """Tell whether a record belongs to the patient that a search names, if it names one."""
        return "patient" not in asked or record_id.startswith(f"{asked['patient']}.")

    def is_numbered(self, found: Json, asked: dict[str, str]) -> bool:
        """Tell whether a record has the number that a search names, if it names one."""
        if "identifier" not in asked:
            return True
        values = {item.get("value") for item in found.get("identifier", [])}
        return not values.isdisjoint(item.rpartition("|")[2] for item in asked["identifier"].split(","))

    async def people(self, request: EhrRequest, asked: dict[str, str]) -> list[Json]:
        """Return the patients who fit an identifier, a name, or a birth date."""
        texts = self.texts(asked)
        rows = [row for text in texts for row in await self.actions.found(request, text)]
        numbers = dict.fromkeys(row["ID"].strip(" ") for row in rows if self.may_fit(row, asked))
        if len(numbers) > MOST_PATIENTS:
            raise invalid("too many patients match; give more parameters", code="too-costly")
        found = [await self.patient(request, number) for number in numbers]
        return [patient for patient in found if patient is not None]

    def texts(self, asked: dict[str, str]) -> list[str]:
        """Return what to look for: Unity takes one text, which is a number, a date, or a name."""
        if "identifier" in asked:
            return [text for item in asked["identifier"].split(",") if (text := item.rpartition("|")[2])]
        if "birthdate" in asked:
            return [dt.date.fromisoformat(asked["birthdate"][-10:]).strftime("%m/%d/%Y")]
        return [f"{asked.get('family', '')}, {asked.get('given', '')}"]

    def may_fit(self, row: Row, asked: dict[str, str]) -> bool:
        """Tell whether a found patient can be meant: Unity looks for a number among names and telephones, too."""
        if "identifier" not in asked:
            return True
        return row["mrn"].strip(" ") in {item.rpartition("|")[2] for item in asked["identifier"].split(",")}

    def page(self, resource_type: str, records: list[Json], request: EhrRequest) -> Json:
        """Return one page of a searchset; the next link says behind which record the following one begins."""
        asked = dict(request.query)
        begin, count = self.begin(records, asked), int(asked["_count"])
        bundle: Json = {
            "resourceType": "Bundle",
            "type": "searchset",
            "entry": [{"resource": record} for record in records[begin : begin + count]],
        }
        if begin + count < len(records):
            last = records[begin + count - 1]["id"]
            query = urlencode([*(pair for pair in request.query if pair[0] != AFTER), (AFTER, last)])
            bundle["link"] = [{"relation": "next", "url": f"{resource_type}?{query}"}]
        return bundle

    def begin(self, records: list[Json], asked: dict[str, str]) -> int:
        """Return where a page begins: behind the last record of the page before, so that rows may come and go.

        Raises Refusal 409 when that record is gone: what follows it can no longer be told.
        """
        if AFTER not in asked:
            return 0
        place = next((number for number, record in enumerate(records) if record["id"] == asked[AFTER]), None)
        if place is None:
            text = "the records have changed since the last page; start the search again"
            raise Refusal(409, "conflict", text, reason="page-lost")
        return place + 1


def _reply(content: Json) -> EhrReply:
    return EhrReply(200, _HEADERS, write(content))
